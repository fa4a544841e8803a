import { Readable } from 'node:stream';
import { type Clock, type Instant, instant, parseIsoTime } from '../../base/clock.js';
import { Problem } from '../../http/problem.js';
import { isCalendarDay } from '../../payment/clearing-day.js';
import { BASES, figureOf, type LinePick, SIDES, VERDICTS } from '../../reconciliation/pick-lines.js';
import type { ReconDesk } from '../../reconciliation/recon-desk.js';
import type { DayView, ExceptionView } from '../../reconciliation/recon-views.js';
import { notBegun } from '../clearing-routes.js';
import {
  bandOf,
  clearingDayOf,
  dayAway,
  dayWord,
  isCalendarMonth,
  listedAmounts,
  monthAway,
  stripsOf,
  weeksOf,
} from './day-models.js';
import { saidIn } from './exception-words.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageRouter } from './page-router.js';
import { reasonFrom, takenPage } from './taken-page.js';
import type { Say } from './words/words.js';

export interface DayPagesParts {
  readonly recon: ReconDesk;
  readonly pages: PageRouter;
  readonly kit: PageKit;
  readonly clock: Clock;
  readonly site: Site;
}

/** Whose printed report it is. */
export interface Site {
  /** Names of the merchants, as customers know them. */
  readonly shop: string;
  readonly instanceId: string;
}

const EXCEPTIONS_A_PAGE = 100;
const LINES_A_PAGE = 100;

/** The calendar, a day, its lines, and the line of a file as it was read. */
export function dayPages({ recon, pages, kit, clock, site }: DayPagesParts): void {
  pages.page('/days', 'viewer', (call) => calendar(call, recon, clock.now()));
  pages.page('/days/go', 'viewer', async (call) => {
    call.ctx.redirect(isCalendarDay(call.asked('date')) ? `/days/${call.asked('date')}` : '/days');
    call.ctx.status = 303;
    return undefined;
  });
  pages.page('/days/:date', 'viewer', (call) => dayPage(call, recon, { kit, site }));
  pages.page('/days/:date/lines', 'viewer', (call) => linesPage(call, recon));
  pages.page('/days/:date/export.csv', 'viewer', async (call) => {
    const date = dateOf(call);
    call.ctx.body = Readable.from(marked(recon.exportCsv(date)));
    call.ctx.set('Content-Type', 'text/csv; charset=utf-8');
    call.ctx.set('Content-Disposition', `attachment; filename="clearing-${date}.csv"`);
    call.ctx.set('Cache-Control', 'no-store');
    return undefined;
  });
  pages.page('/clearing-files/:name', 'viewer', (call) => filePage(call, recon));
  pages.page('/clearing-files/:name/lines/:line', 'viewer', (call) => fileLine(call, recon));
  pages.form('/days/:date/run', 'operator', async (call) => {
    const date = dateOf(call);
    const run = await recon.run(date, call.caller.person.name);
    if (run === 'sealed') throw sealed(date);
    if (run === 'notBegun') throw notBegun(date);
    return `/days/${date}?told=compared`;
  });
  pages.form('/days/:date/close', 'approver', async (call) => {
    const date = dateOf(call);
    const day = await recon.close(date, call.caller.person.name);
    if (day === 'sealed') throw sealed(date);
    if (day === 'open') throw new Problem('exceptions_open', `${date} has open exceptions: resolve them first.`);
    if (day === 'running')
      throw new Problem('exceptions_open', `${date} is not over yet in UTC+8, and its reports are not there.`);
    if (day === 'newFiles')
      throw new Problem(
        'exceptions_open',
        `Files or sales of ${date}, or files beside it, have arrived since it was compared, or a day before it was sealed: compare it again.`,
      );
    if (day === 'neverRun') throw new Problem('exceptions_open', `${date} was never compared: compare it first.`);
    return `/days/${date}?told=sealed`;
  });
  pages.page('/exceptions/:id', 'viewer', async (call) => {
    const address = await exceptionAddress(recon, call.param('id'));
    if (address === undefined) throw new Problem('not_found', GONE);
    call.ctx.redirect(address);
    call.ctx.status = 303;
    return undefined;
  });
  pages.form('/exceptions/:id/resolve', 'operator', async (call, form) => {
    const { name } = call.caller.person;
    const reason = reasonFrom(form);
    const done = await recon.resolve(call.param('id'), name, reason);
    if (done === 'unknown') throw new Problem('not_found', GONE);
    if (done === 'sealed') throw new Problem('day_closed', 'The day of this exception is sealed: it never changes again.');
    const { resolution, date } = done;
    if (resolution === null || (resolution.by === name && resolution.reason === reason))
      return (await exceptionAddress(recon, done.id, 'resolved')) ?? `/days/${date}?told=resolved`;
    return takenPage(call, {
      sentence: call.say('taken.dealt', { by: resolution.by, at: kit.shop.full(momentOf(resolution.at)) }),
      said: resolution.reason,
      wrote: reason,
      href: `/exceptions/${encodeURIComponent(done.id)}`,
      link: call.say('day.title', { date }),
      at: '/days',
    });
  });
}

const GONE = 'There is no such exception any more; it was compared again.';

/** The page of a day that holds an exception, at its row; undefined when there is none of that id. `told`: what the page says has been done. */
async function exceptionAddress(recon: ReconDesk, id: string, told?: string): Promise<string | undefined> {
  const found = await recon.placeOf(id);
  if (found === undefined) return undefined;
  // Places may be missing but never stand twice: a page that begins here reaches at least to the next multiple.
  const from = found.place - ((found.place - 1) % EXCEPTIONS_A_PAGE);
  const query = new URLSearchParams({ ...(from > 1 && { from: String(from) }), ...(told !== undefined && { told }) });
  return `/days/${found.date}${query.size > 0 ? `?${query}` : ''}#${encodeURIComponent(id)}`;
}

/** With the mark by which spreadsheets know UTF-8; programs get the same bytes without it from `/api`. */
async function* marked(parts: AsyncIterable<string>): AsyncGenerator<string> {
  yield '\ufeff';
  yield* parts;
}

function sealed(date: string): Problem {
  return new Problem('day_closed', `The clearing day ${date} is sealed: it never changes again.`);
}

function dateOf(call: PageCall): string {
  const date = call.param('date');
  if (!isCalendarDay(date)) throw new Problem('not_found', 'There is no such clearing day.');
  return date;
}

async function calendar({ say, asked }: PageCall, recon: ReconDesk, now: Instant): Promise<Page | undefined> {
  const today = clearingDayOf(now);
  const month = isCalendarMonth(asked('month')) ? asked('month') : today.slice(0, 7);
  const weeks = weeksOf(month);
  const days: DayView[] = [];
  // One after the other: all at once they would fill the queue to a SQLite file for seconds on a busy machine, and be refused themselves.
  for (const date of weeks.flat()) days.push(await recon.day(date));
  const shown = new Map(
    days.map((day) => [day.date, { date: day.date, word: dayWord(day, today), isOther: !day.date.startsWith(month) }]),
  );
  return {
    template: 'days',
    title: say('nav.days'),
    at: '/days',
    model: {
      month,
      today,
      earlier: monthAway(month, -1),
      later: monthAway(month, 1),
      weekdays: say('days.weekdays').split(' '),
      weeks: weeks.map((week) => week.map((date) => shown.get(date))),
      scripts: ['upload.js'],
    },
  };
}

async function dayPage(call: PageCall, recon: ReconDesk, { kit, site }: Pick<DayPagesParts, 'kit' | 'site'>): Promise<Page> {
  const date = dateOf(call);
  const from = wholeOf(call.asked('from'));
  const [day, exceptions] = await Promise.all([recon.day(date), recon.exceptions(date, from, EXCEPTIONS_A_PAGE)]);
  return {
    template: 'day',
    title: call.say('day.title', { date }),
    at: '/days',
    model: {
      day: { ...day, sealedAt: momentOf(day.sealedAt) },
      site,
      word: dayWord(day, dayAway(date, 1)),
      before: dayAway(date, -1),
      after: dayAway(date, 1),
      band: bandOf(date, kit.shop),
      strips: stripsOf(day.totals),
      exceptions: exceptions.items.map((one) => exceptionModel(one, call.say)),
      more: exceptions.nextCursor,
      from,
      canSeal: !day.sealed && day.compared && !day.compareAgain && day.exceptions.open === 0,
      scripts: ['upload.js'],
    },
  };
}

/** With its sentences in the language of the page, where they are kept as words; `isEnglish`: they stand as they were found. */
function exceptionModel(one: ExceptionView, say: Say) {
  const { resolution, words } = one;
  const said = words === null ? { isEnglish: true } : { ...saidIn(words, say), isEnglish: false };
  return {
    ...one,
    ...said,
    isKnown: one.links.timeline !== null,
    foundAt: momentOf(one.foundAt),
    resolution: resolution && { ...resolution, at: momentOf(resolution.at) },
  };
}

function momentOf(utc: string | null): Instant {
  return (utc === null ? undefined : parseIsoTime(utc)) ?? instant(0);
}

function wholeOf(text: string): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : 0;
}

/** Which lines an address asks for. */
function pickOf({ asked }: PageCall): LinePick {
  const one = <T extends string>(names: readonly T[], name: string) => names.find((known) => known === asked(name)) ?? null;
  return {
    verdict: one(VERDICTS, 'verdict'),
    basis: one(BASES, 'basis'),
    currency: /^[A-Z]{3}$/.test(asked('currency')) ? asked('currency') : null,
    side: one(SIDES, 'side'),
  };
}

/** What is picked but for the verdict, as the query of an address. */
function queryOf({ basis, currency, side }: LinePick): string {
  const all = Object.entries({ basis, currency, side }).filter((pair): pair is [string, string] => pair[1] !== null);
  return String(new URLSearchParams(all));
}

/** What is picked, in words: `our books, JPY, as customers paid: matched`. */
function pickedWords({ verdict, basis, currency, side }: LinePick, say: Say): string {
  const all = [side && say(`day.${side}`), currency, basis && say(`day.${basis}`)].filter((one) => one !== null);
  const picked = say(side !== null && verdict === null ? 'day.total' : `day.verdict.${verdict ?? 'all'}`);
  return all.length === 0 ? picked : say('day.lines.picked', { what: all.join(', '), verdict: picked });
}

async function linesPage(call: PageCall, recon: ReconDesk): Promise<Page> {
  const date = dateOf(call);
  const pick = pickOf(call);
  const from = wholeOf(call.asked('from'));
  const isWhole = Object.values(pick).every((one) => one === null);
  const [day, lines] = await Promise.all([recon.day(date), recon.lines(date, from, LINES_A_PAGE, isWhole ? undefined : pick)]);
  return {
    template: 'day-lines',
    title: call.say('day.title', { date }),
    at: '/days',
    model: {
      day,
      pick,
      query: queryOf(pick),
      from,
      verdicts: VERDICTS,
      heading: call.say('day.lines.of', { verdict: pickedWords(pick, call.say) }),
      figure: figureOf(day.totals, pick),
      lines: lines.items.map((line) => ({ ...line, amounts: listedAmounts(line) })),
      known: await recon.knownPayments(lines.items.map(({ paymentRequestId }) => paymentRequestId)),
      more: lines.nextCursor,
    },
  };
}

async function filePage(call: PageCall, recon: ReconDesk): Promise<Page> {
  const file = await recon.file(call.param('name'));
  if (file === undefined) throw new Problem('not_found', 'The books hold no such file.');
  const model = { file: { ...file, importedAt: momentOf(file.importedAt) }, date: file.date };
  return { template: 'clearing-file', title: file.name, at: '/days', model };
}

async function fileLine(call: PageCall, recon: ReconDesk): Promise<Page> {
  const [file, line] = [call.param('name'), call.param('line')];
  const found = /^[1-9]\d{0,9}$/.test(line) ? await recon.lineOfFile(file, Number(line)) : undefined;
  if (found === undefined) throw new Problem('not_found', 'The books hold no such line of such a file.');
  const paymentRequestId = 'fields' in found ? null : found.paymentRequestId;
  return {
    template: 'file-line',
    title: call.say('line.title', { line, file }),
    at: '/days',
    model: {
      raw: found.raw,
      columns: Object.entries(found.columns),
      file,
      date: dayOfFile(file),
      paymentRequestId,
      isKnown: (await recon.knownPayments([paymentRequestId])).size > 0,
    },
  };
}

/** The first eight digits of the batch in a file's name; null where it is named otherwise. */
function dayOfFile(name: string): string | null {
  const digits = /^[A-Za-z]+_[^_]+_[^_]+_(\d{4})(\d{2})(\d{2})/.exec(name);
  return digits === null ? null : `${digits[1]}-${digits[2]}-${digits[3]}`;
}
