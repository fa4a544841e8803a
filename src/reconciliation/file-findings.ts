import type { Instant } from '../base/clock.js';
import { clearingIdentities, type StatedTotal, settlementIdentities } from './check-identities.js';
import { REPORT_KINDS, type ReportKind } from './clearing-name.js';
import { type Cause, toldException } from './exception-sentences.js';
import type { FoundException, KeptLine, MissingFile, StoredFile } from './recon-ports.js';
import { isNet, isStated, placeOf } from './stated-lines.js';

/** The three reports of a clearing cycle. */
const CLEARING_KINDS = REPORT_KINDS.filter((kind) => kind !== 'settlement');

/** For which participant, currency and agreement reports are expected every day. */
export interface ExpectedSet {
  readonly participantId: string;
  readonly settlementCurrency: string;
  readonly participantAgreementId: string;
}

/** The reports of one cycle that belong together; `batchId` null: none of an expected set has arrived. */
interface ReportSet extends ExpectedSet {
  readonly batchId: string | null;
  readonly files: readonly StoredFile[];
}

/** One entry of a day's list of files. */
export interface FileEntry {
  readonly name: string;
  readonly kind: ReportKind;
  readonly state: 'arrived' | 'missing' | 'refused';
}

const sameSet = (a: ExpectedSet, b: ExpectedSet) =>
  a.participantId === b.participantId &&
  a.settlementCurrency === b.settlementCurrency &&
  a.participantAgreementId === b.participantAgreementId;

/** Files by what belongs together: participant, currency, agreement and batch. */
function groupsOf(files: readonly StoredFile[]): readonly ReportSet[] {
  const byBatch = new Map<string, StoredFile[]>();
  for (const file of files) {
    const key = `${file.participantId} ${file.settlementCurrency} ${file.participantAgreementId} ${file.batchId}`;
    byBatch.set(key, [...(byBatch.get(key) ?? []), file]);
  }
  return [...byBatch.values()].map((own): ReportSet => {
    const [{ participantId, settlementCurrency, participantAgreementId, batchId }] = own as [StoredFile];
    return { participantId, settlementCurrency, participantAgreementId, batchId, files: own };
  });
}

/** The sets of a day: one for each batch that has arrived, and one for each expected set of which nothing has. */
function setsOf(files: readonly StoredFile[], expected: readonly ExpectedSet[]): readonly ReportSet[] {
  const arrived = groupsOf(files.filter(({ kind, state }) => kind !== 'settlement' && state === 'arrived'));
  const absent = expected.filter((set) => !arrived.some((one) => sameSet(one, set)));
  return [...arrived, ...absent.map((set): ReportSet => ({ ...set, batchId: null, files: [] }))];
}

/** Part numbers that are missing below the highest one that is there. */
function missingParts(files: readonly StoredFile[]): readonly number[] {
  const parts = new Set(files.map(({ part }) => part));
  const highest = Math.max(-1, ...parts);
  return Array.from({ length: Math.max(0, highest) }, (_unused, part) => part).filter((part) => !parts.has(part));
}

function nameOf(kind: ReportKind, set: ReportSet, day: string, part: number): string {
  const batch = set.batchId ?? `${day.replaceAll('-', '')}*`;
  const number = String(part).padStart(3, '0');
  return `${kind}_${set.participantId}_${set.settlementCurrency}_${batch}_${set.participantAgreementId}_${number}.csv`;
}

/** A report, or a part of one, that has not arrived. */
interface Missing extends MissingFile {
  readonly isWhole: boolean;
  readonly part: number;
  /** Nothing of its set has arrived, but something of sets that are not expected: both, as a sentence names them. */
  readonly mixUp: { readonly own: string; readonly others: string } | null;
}

const idsOf = ({ participantId, settlementCurrency, participantAgreementId }: ExpectedSet) =>
  `${participantId} ${settlementCurrency} ${participantAgreementId}`;

/** What is missing of a day: whole kinds, and parts before the last one that is there. */
function missingOf(files: readonly StoredFile[], expected: readonly ExpectedSet[], day: string): readonly Missing[] {
  const sets = setsOf(files, expected);
  const strangers = sets.filter((set) => !expected.some((one) => sameSet(one, set)));
  const others = [...new Set(strangers.map(idsOf))].join(', ');
  return sets.flatMap((set) =>
    CLEARING_KINDS.flatMap((kind) => {
      const own = set.files.filter((file) => file.kind === kind);
      const parts = own.length === 0 ? [0] : missingParts(own);
      const mixUp = set.batchId === null && others !== '' ? { own: idsOf(set), others } : null;
      return parts.map((part) => ({ kind, isWhole: own.length === 0, part, mixUp, name: nameOf(kind, set, day, part) }));
    }),
  );
}

/** Settlement reports are expected on no day; of one that has come, parts may be missing. */
function missingSettlements(files: readonly StoredFile[], day: string): readonly Missing[] {
  return settlementsOf(files).flatMap((set) =>
    missingParts(set.files).map(
      (part): Missing => ({
        kind: 'settlement',
        isWhole: false,
        part,
        mixUp: null,
        name: nameOf('settlement', set, day, part),
      }),
    ),
  );
}

function settlementsOf(files: readonly StoredFile[]): readonly ReportSet[] {
  return groupsOf(files.filter(({ kind, state }) => kind === 'settlement' && state === 'arrived'));
}

/** Whether fees can be compared with the lines of a file: the reports of both kinds are there without a gap. */
export function haveFees(
  files: readonly StoredFile[],
  { batchId, participantAgreementId, settlementCurrency }: StoredFile,
): boolean {
  const set = files.filter(
    (file) =>
      file.batchId === batchId &&
      file.participantAgreementId === participantAgreementId &&
      file.settlementCurrency === settlementCurrency,
  );
  return (['transactionItems', 'feeItems'] as const).every((kind) => {
    const own = set.filter((file) => file.kind === kind);
    return own.length > 0 && missingParts(own).length === 0;
  });
}

/** Whether every set of a cycle is there without a gap (till API contract 5); a day without any file is not. */
export function isCycleComplete(files: readonly StoredFile[], expected: readonly ExpectedSet[], day: string): boolean {
  const own = files.filter((file) => file.day === day);
  return setsOf(own, expected).length > 0 && missingOf(own, expected, day).length === 0;
}

function entriesOf(files: readonly StoredFile[], missing: readonly MissingFile[]): readonly FileEntry[] {
  const entries = [
    ...files.map(({ name, kind, state }): FileEntry => ({ name, kind, state: state === 'refused' ? 'refused' : 'arrived' })),
    ...missing.map(({ name, kind }): FileEntry => ({ name, kind, state: 'missing' })),
  ];
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The list of files of a day: what is there, what was refused, what is missing. */
export function fileEntries(files: readonly StoredFile[], expected: readonly ExpectedSet[], day: string): readonly FileEntry[] {
  return entriesOf(files, [...missingOf(files, expected, day), ...missingSettlements(files, day)]);
}

function isFor({ name: pattern }: MissingFile, { name }: StoredFile): boolean {
  const [before = '', behind] = pattern.split('*');
  return behind === undefined ? name === pattern : name.startsWith(before) && name.endsWith(behind);
}

/** The list of files of a sealed day, whatever is configured today: what was there, refused and missing by then, and what came late. */
export function sealedEntries(
  files: readonly StoredFile[],
  missing: readonly MissingFile[],
  sealedAt: Instant,
): readonly FileEntry[] {
  const known = files.filter(({ state, importedAt }) => state !== 'refused' || importedAt <= sealedAt);
  const taken = known.filter(({ state }) => state !== 'refused');
  return entriesOf(
    known,
    missing.filter((one) => !taken.some((file) => isFor(one, file))),
  );
}

const nobody = { paymentRequestId: null, refundRequestId: null } as const;

/** The exception for a file whose day was sealed before it came. */
export function lateFile(name: string, day: string): FoundException {
  return {
    kind: 'late_file',
    ...toldException('act.late', ['cause.late', { file: name, day }]),
    ...nobody,
    file: name,
    line: null,
  };
}

function missingFile({ kind, isWhole, part, name, mixUp }: Missing): FoundException {
  const cause: Cause = isWhole
    ? ['cause.kind_missing', { kind, file: name }]
    : ['cause.part_missing', { kind, file: name, part: String(part).padStart(3, '0') }];
  const more: readonly Cause[] = mixUp === null ? [] : [['cause.kind_missing.others', mixUp]];
  return {
    kind: isWhole ? 'file_missing' : 'file_part_missing',
    ...toldException('act.file_missing', cause, ...more),
    ...nobody,
    file: null,
    line: null,
  };
}

function totalsDiffer(cause: Cause, { file, line }: Pick<FoundException, 'file' | 'line'>): FoundException {
  return { kind: 'totals_differ', ...toldException('act.totals', cause), ...nobody, file, line };
}

/** What all parts of a kind state and come to. */
function figuresOf(files: readonly StoredFile[], kind: ReportKind) {
  const own = files.filter((file) => file.kind === kind);
  const counted = own.reduce<{ count: number; value: bigint }>(
    (sum, { figures }) => ({ count: sum.count + (figures.counted.count ?? 0), value: sum.value + figures.counted.value }),
    { count: 0, value: 0n },
  );
  const stated: StatedTotal | null = own.find(({ part }) => part === 0)?.figures.stated ?? null;
  // What lacks a part in the middle is told as such; its sums say nothing.
  const isWhole = own.length > 0 && missingParts(own).length === 0;
  return { isThere: isWhole, counted, stated: isWhole ? (stated ?? counted) : counted };
}

/** The NET line of the summary reports of one set, signed; null where there is none. */
function netOf(files: readonly StoredFile[]): StatedTotal | null {
  const line = files
    .filter(({ kind }) => kind === 'summary')
    .flatMap(({ figures }) => figures.kept)
    .find(isNet);
  if (line === undefined) return null;
  const value = BigInt(line.fields['settlementAmountValue'] ?? '0');
  return { count: null, value: line.fields['fundDirection'] === 'C' ? value : -value };
}

/** Identities of the clearing sets; only of what is there. */
function clearingFindings(files: readonly StoredFile[]): readonly FoundException[] {
  return setsOf(files, []).flatMap((set) => {
    const [transactions, fees] = [figuresOf(set.files, 'transactionItems'), figuresOf(set.files, 'feeItems')];
    const isThere = transactions.isThere && fees.isThere;
    const net = isThere ? netOf(set.files) : null;
    const name = `batch ${set.batchId} ${set.settlementCurrency}`;
    const summary = figuresOf(set.files, 'summary');
    const failed = [...clearingIdentities({ name, currency: set.settlementCurrency, transactions, fees, net })];
    const lines = transactions.counted.count + fees.counted.count;
    // An empty cycle may be summed up by no line at all.
    if (isThere && summary.isThere && net === null && lines > 0) failed.push(['cause.net_missing', { batch: name }]);
    return failed.map((cause) => {
      const { kind = 'summary' } = cause[1];
      const own = set.files.filter((file) => file.kind === kind);
      return totalsDiffer(cause, placeOf(own, kind === 'summary' ? isNet : isStated));
    });
  });
}

/** Identities of settlement reports that are there whole; `netOfBatch` knows what the books hold of a clearing batch of the same set. */
async function settlementFindings(
  files: readonly StoredFile[],
  netOfBatch: (batchId: string, set: ExpectedSet) => Promise<bigint | null>,
): Promise<readonly FoundException[]> {
  const found: FoundException[] = [];
  for (const set of settlementsOf(files)) {
    const stated = set.files.find(({ part }) => part === 0)?.figures.stated?.value;
    if (stated === undefined || missingParts(set.files).length > 0) continue;
    const lines = set.files.flatMap(({ figures }) => figures.kept).filter(({ section }) => section === 'detail');
    const batches = await Promise.all(
      lines.map(async ({ fields }) => {
        const value = BigInt(fields['settlementAmountValue'] ?? '0');
        const batchId = fields['clearingBatchId'] ?? '';
        const cleared = await netOfBatch(batchId, set);
        return { batchId, paid: fields['fundDirection'] === 'C' ? value : -value, cleared };
      }),
    );
    for (const cause of settlementIdentities({
      name: `settlement ${set.batchId}`,
      currency: set.settlementCurrency,
      stated,
      batches,
    })) {
      const { other } = cause[1];
      const isIt = ({ section, fields }: KeptLine) => section === 'detail' && fields['clearingBatchId'] === other;
      found.push(totalsDiffer(cause, placeOf(set.files, other === undefined ? isStated : isIt)));
    }
  }
  return found;
}

/** Everything that is wrong with the files of a day as files, in the order of the kinds. */
export async function fileFindings(
  files: readonly StoredFile[],
  expected: readonly ExpectedSet[],
  day: string,
  batchFiles: (batchId: string) => Promise<readonly StoredFile[]>,
): Promise<readonly FoundException[]> {
  const arrived = files.filter(({ state }) => state === 'arrived');
  const netOfBatch = async (batchId: string, set: ExpectedSet) => {
    const summaries = (await batchFiles(batchId)).filter((file) => sameSet(file, set));
    return missingParts(summaries).length > 0 ? null : (netOf(summaries)?.value ?? null);
  };
  return [
    ...[...missingOf(arrived, expected, day), ...missingSettlements(arrived, day)].map(missingFile),
    ...clearingFindings(arrived),
    ...(await settlementFindings(arrived, netOfBatch)),
  ];
}
