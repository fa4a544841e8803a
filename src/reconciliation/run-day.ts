import { killPoint } from '../base/kill-point.js';
import { type Money, moneyText } from '../payment/money.js';
import { carriedExceptions, grownExceptions, lateMoneyMissing } from './carried-rows.js';
import type { ContractFee } from './check-fees.js';
import { type ComparedPage, compareDay } from './compare-day.js';
import { carriedDays, createLeaning, filesOf, type GrownDay, grownDays, NEAR_DAYS } from './day-basis.js';
import { createPacker } from './day-line-text.js';
import { countedOf, createTotalsTally, type TotalsTally } from './day-totals.js';
import { type Cause, toldException } from './exception-sentences.js';
import { type ExpectedSet, fileFindings, haveFees, isCycleComplete } from './file-findings.js';
import { cycleAfter } from './match-day.js';
import { sumsOf } from './plain-pairs.js';
import type { ClearingBooks, DayBooks, DayLine, FoundException, OurRows, StoredFile } from './recon-ports.js';
import { type ComparedLine, isToUs, isWorthNothing, type LineException, type OurRow, type TheirLine } from './recon-words.js';
import { settledByQuote } from './settlement-quote.js';
import { shownElsewhere } from './shown-elsewhere.js';
import { createWriteBehind } from './write-behind.js';

/** What is configured for one participant, currency and agreement. */
export interface ReconRules extends ExpectedSet {
  readonly fees: readonly ContractFee[];
}

/** What a run needs. */
export interface RunParts {
  readonly books: ClearingBooks;
  readonly days: DayBooks;
  readonly rows: OurRows;
  /** The upstreams whose rows are compared; none: all. */
  readonly upstreams: readonly string[];
  readonly rules: readonly ReconRules[];
  readonly instanceId: string;
  /** Who asked for it. */
  readonly by: string;
  /** Asks the upstream about a payment that has no end here and is paid there. */
  readonly inquire: (paymentRequestId: string) => Promise<void>;
  readonly progress?: (now: { readonly lines: number; readonly linesOfAll: number }) => void;
}

/** A row that stands nowhere near is looked for in cycles this far away, days. */
export const FAR_DAYS = 31;
/** More inquiries than this at once would only meet the traffic limit; the others follow with the next run. */
const MOST_INQUIRIES = 200;
const MOST_TRIES = 3;
/** Every commit waits for the disk: so many packs of lines share one. */
const PACKS_AT_ONCE = 20;

/**
 * Compares a day anew and puts the result in force: the same books and files give the same result. `sealed`: the day is sealed, nothing
 * has changed. What a run that dies leaves is seen by nobody.
 */
export async function runDay(day: string, parts: RunParts): Promise<'done' | 'sealed'> {
  for (let tries = 1; ; tries += 1) {
    const before = await parts.days.find(day);
    if (before.seal !== null) return 'sealed';
    const run = await parts.days.beginRun(day);
    const { inquire, ...result } = await compareAll(day, run, parts);
    killPoint('match.compared');
    const done = await parts.days.putInForce(before, run, result, parts.by);
    if (done === 'overtaken' && tries < MOST_TRIES) continue;
    if (done === 'sealed') return 'sealed';
    if (done === 'overtaken') throw new Error('the day was changed by others at every try');
    for (const id of inquire) await parts.inquire(id);
    return 'done';
  }
}

async function compareAll(day: string, run: number, parts: RunParts) {
  const { books, days, rows, rules } = parts;
  const [from, to] = [cycleAfter(day, -FAR_DAYS), cycleAfter(day, FAR_DAYS)];
  // Before they are read: what comes meanwhile makes the comparison an old one.
  const ownRows = await rows.stateOf(day);
  const all = await books.files(from, to);
  const near = all.filter(({ state }) => state === 'arrived');
  const files = near.filter((file) => file.day === day);
  const isComplete = isCycleComplete(near, rules, day);
  const isNextComplete = isCycleComplete(near, rules, cycleAfter(day, 1));
  // While a cycle is not whole nothing is called missing, and a look at the neighbours is enough.
  const reach = isComplete && isNextComplete ? FAR_DAYS : NEAR_DAYS;
  const [first, last] = [cycleAfter(day, -reach), cycleAfter(day, reach)];
  const around = all.filter((file) => file.state !== 'refused' && file.day !== day && file.day >= first && file.day <= last);
  const ofFiles = await fileFindings(files, rules, day, (batchId) => books.filesOfBatch('summary', batchId));
  if (ofFiles.length > 0) await days.addExceptions(day, run, ofFiles);
  const sealed = await days.sealedBetween(from, cycleAfter(day, NEAR_DAYS));
  const carried = carriedDays(day, sealed);
  const grown = isComplete ? await grownDays(day, sealed, rows.stateOf) : [];
  const lateDays = sealed.filter((one) => one.basis?.lateOpen === true).map((one) => one.day);
  for await (const found of foundElsewhere({ day, all, carried: isComplete ? carried : [], lateDays, grown }, parts))
    await days.addExceptions(day, run, found);
  const leaning = createLeaning(day);
  let lateOpen = false;
  for await (const found of lateMoneyMissing(day, day, all, parts)) {
    leaning.addBeside();
    lateOpen = !isComplete || !isNextComplete;
    if (!lateOpen) await days.addExceptions(day, run, found);
  }
  const shown = await shownElsewhere(day, sealed, parts);
  const tally = createTotalsTally(day, rules[0]?.settlementCurrency ?? files[0]?.settlementCurrency ?? '');
  const inquire: string[] = [];
  const linesOfAll = files.reduce((sum, { kind, figures }) => sum + (kind === 'transactionItems' ? figures.lines : 0), 0);
  let lines = 0;
  const input = { ...parts, day, files, around, shown, isComplete, isNextComplete, feesOf: feesIn(files, rules) };
  const names = new Map(files.map(({ id, name }) => [id, name]));
  const packer = createPacker();
  const behind = createWriteBehind();
  const store = async () => {
    const packs = packer.packs.splice(0);
    if (packs.length > 0) await behind.begin(() => days.addLines(day, run, packs));
  };
  try {
    for await (const page of compareDay(input)) {
      packer.addPlain(page.plain, (fileId) => names.get(fileId) ?? '');
      packer.add(page.same);
      packer.add(await listPage(day, run, page, parts));
      if (packer.packs.length >= PACKS_AT_ONCE) await store();
      noteInquiries(page, inquire);
      leaning.add(page.lines);
      addUp(tally, page);
      lines += page.plain.count + page.same.length + page.lines.filter(({ theirs }) => theirs !== null).length;
      parts.progress?.({ lines, linesOfAll });
      killPoint('match.page');
    }
    packer.end();
    await store();
    await behind.done();
  } finally {
    await behind.settled();
  }
  const leansOn = leaning.days();
  const basis = {
    complete: isComplete,
    leansOn,
    around: filesOf(leansOn, all),
    carried,
    rows: ownRows,
    upstreams: parts.upstreams,
    lateOpen,
    grown: Object.fromEntries(grown.map((one) => [one.day, one.state])),
  };
  return { totals: tally.totals(), filesRead: files.length, basis, inquire };
}

interface Elsewhere {
  readonly day: string;
  readonly all: readonly StoredFile[];
  readonly carried: readonly string[];
  /** Sealed days that did not know yet whether late money is in a report. */
  readonly lateDays: readonly string[];
  readonly grown: readonly GrownDay[];
}

/** What this day tells of sealed ones: their rows that no report has, and the payments of late money that went back on them. */
async function* foundElsewhere({ day, all, carried, lateDays, grown }: Elsewhere, parts: RunParts) {
  const told = new Set<string>();
  for (const one of carried)
    for await (const found of carriedExceptions(one, all, parts)) {
      for (const { paymentRequestId, refundRequestId } of found) told.add(String(refundRequestId ?? paymentRequestId));
      yield found;
    }
  for (const one of grown)
    for await (const found of grownExceptions(one, day, all, parts))
      yield found.filter(({ paymentRequestId, refundRequestId }) => !told.has(String(refundRequestId ?? paymentRequestId)));
  const withRefunds = new Set([...lateDays.filter((one) => carried.includes(one)), ...grown.map((one) => one.day)]);
  for (const one of withRefunds) yield* lateMoneyMissing(one, day, all, parts);
}

function addUp(tally: TotalsTally, { plain, same, lines }: ComparedPage): void {
  tally.addSums(sumsOf(plain));
  tally.addPlain(same);
  tally.add(lines);
}

function noteInquiries({ lines }: ComparedPage, inquire: string[]): void {
  for (const { ours, inquire: isAsked } of lines)
    if (isAsked && ours !== null && inquire.length < MOST_INQUIRIES) inquire.push(ours.paymentRequestId);
}

/** The fees of a file's set, looked up once a file; null where none can be compared. */
function feesIn(files: readonly StoredFile[], rules: readonly ReconRules[]) {
  const fees = new Map(files.map((file) => [file.id, haveFees(files, file) ? feesOf(rules, file) : null]));
  return ({ id }: StoredFile) => fees.get(id) ?? null;
}

function feesOf(rules: readonly ReconRules[], file: StoredFile): readonly ContractFee[] | null {
  const own = rules.find(
    (rule) =>
      rule.participantId === file.participantId &&
      rule.settlementCurrency === file.settlementCurrency &&
      rule.participantAgreementId === file.participantAgreementId,
  );
  return own === undefined || own.fees.length === 0 ? null : own.fees;
}

/** The exception of a line. Where the amount differs, what the row settles to by its stored quote is told with the arithmetic. */
async function explained({ ours, theirs }: ComparedLine, found: LineException, rows: OurRows): Promise<FoundException> {
  const row = ours ?? theirs;
  const about = {
    paymentRequestId: ours?.paymentRequestId ?? theirs?.paymentRequestId ?? null,
    refundRequestId: row?.type === 'refund' ? (ours?.refundRequestId ?? theirs?.refundRequestId ?? null) : null,
    file: theirs?.file ?? null,
    line: theirs?.line ?? null,
  };
  if (ours === null || found.kind !== 'amount_differs') return { ...found, ...about };
  const settled = settledByQuote(ours.amount, await rows.quoteOf(ours));
  if (settled === null) return { ...found, ...about };
  const pieces: Cause[] = [...found.words.cause, ['cause.money.quote', { amount: settled }]];
  if (ours.settlement !== null) pieces.push(['cause.money.told', { amount: moneyText(ours.settlement) }]);
  return { kind: found.kind, ...toldException(found.words.act, ...pieces), ...about };
}

/** The lines of a page as they are listed; what is wrong with them is stored at once. */
async function listPage(day: string, run: number, { lines, fees }: ComparedPage, { days, rows }: RunParts): Promise<DayLine[]> {
  const told: FoundException[] = [];
  for (const line of lines) if (line.exception !== null) told.push(await explained(line, line.exception, rows));
  const ids = told.length + fees.length === 0 ? [] : await days.addExceptions(day, run, [...told, ...fees]);
  let next = 0;
  return lines.map((line) => dayLine(line, day, line.exception === null ? null : (ids[next++] ?? null)));
}

/** Signed; `isUp`: money to us. */
function signedText(money: Money, isUp: boolean): string {
  // Once a line and side: only what is no plain number needs more than its text.
  const { currency, value } = money.value.startsWith('0') ? { ...money, value: String(BigInt(money.value)) } : money;
  const text = moneyText({ currency, value });
  return isUp || value === '0' ? text : text.replace(' ', ' -');
}

function ourMoney(row: OurRow | null, money: OurRow['settlement']): string | null {
  if (row === null || money === null) return null;
  if (isWorthNothing(row)) return signedText({ ...money, value: '0' }, true);
  return signedText(money, row.type === 'payment');
}

function theirMoney(line: TheirLine, money: TheirLine['amount']): string | null {
  return money === null ? null : signedText(money, isToUs(line));
}

function dayLine(line: ComparedLine, day: string, exceptionId: string | null): DayLine {
  const { verdict, ours, theirs } = line;
  const row = ours ?? theirs;
  return {
    type: row?.type ?? 'payment',
    verdict,
    paymentRequestId: row?.paymentRequestId ?? null,
    refundRequestId: row?.refundRequestId ?? null,
    file: theirs?.file ?? null,
    line: theirs?.line ?? null,
    exceptionId,
    money: {
      ours: ourMoney(ours, ours?.amount ?? null),
      theirs: theirs === null ? null : theirMoney(theirs, theirs.amount),
      oursSettled: ourMoney(ours, ours?.settlement ?? null),
      theirsSettled: theirs === null ? null : theirMoney(theirs, theirs.settlement),
    },
    counted: countedOf(line, day),
  };
}
