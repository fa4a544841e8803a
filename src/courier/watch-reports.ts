import { isBooksTrouble } from '../base/bridge-error.js';
import { type Clock, utc8Text } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { cycleAfter } from '../reconciliation/match-day.js';
import type { ReconDesk } from '../reconciliation/recon-desk.js';
import type { ClearingBooks, OurRows } from '../reconciliation/recon-ports.js';
import type { FetchOutcome } from './fetch-reports.js';
import { type ExpectedReports, isAnythingDue, type LateDay, lateDays, recentDays } from './late-days.js';
import type { ReportDesk } from './report-desk.js';

/** What the watch is joined to. */
export interface WatchParts {
  readonly expected: readonly ExpectedReports[];
  readonly reports: Pick<ReportDesk, 'canFetch' | 'fetchMissing'>;
  readonly desk: Pick<ReconDesk, 'day' | 'run'>;
  readonly books: Pick<ClearingBooks, 'files'>;
  readonly rows: Pick<OurRows, 'ofDay'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks after the clearing reports of a running bridge. */
export interface ReportWatch {
  /** Recent days whose reports are late now, worked out from the books. */
  late(): Promise<readonly LateDay[]>;
  /** Until `stop`: fetches what is due, compares days that have become whole, raises alarms. Never rejects. */
  watch(stop: AbortSignal): Promise<void>;
}

const LOOK_EVERY_MS = 5 * 60_000;
/** Order-code reference 6.3. */
const FETCH_EVERY_MS = 30 * 60_000;
/** Settlement reports come on days that nobody knows beforehand, and late files at any time. */
const FETCH_ANYWAY_EVERY_MS = 3 * 3_600_000;
/** As far back as a file says that reports were expected then. */
const KNOWN_DAYS = 31;

export function createReportWatch(parts: WatchParts): ReportWatch {
  const { expected, reports, books, rows, clock, log } = parts;
  const told = new Set<string>();
  let fetchedAt: number | undefined;

  async function recentFiles() {
    const today = utc8Text(clock.now()).slice(0, 10);
    return books.files(cycleAfter(today, -KNOWN_DAYS), today);
  }

  /** A bridge that was set up today does not miss last week. */
  async function late(): Promise<readonly LateDay[]> {
    const files = await recentFiles();
    const yesterday = recentDays(clock.now()).at(-1);
    const days: LateDay[] = [];
    for (const one of lateDays(clock.now(), expected, files)) {
      const isExpected = one.day === yesterday || files.some(({ day }) => day <= one.day);
      if (isExpected || (await rows.ofDay(one.day, '', 1)).count > 0) days.push(one);
    }
    return days;
  }

  async function fetchWhatIsDue(stop: AbortSignal): Promise<void> {
    if (!reports.canFetch) return;
    const every = isAnythingDue(clock.now(), expected, await recentFiles()) ? FETCH_EVERY_MS : FETCH_ANYWAY_EVERY_MS;
    if (fetchedAt !== undefined && clock.elapsedMs() - fetchedAt < every) return;
    fetchedAt = clock.elapsedMs();
    const days = new Set([...recentDays(clock.now()), utc8Text(clock.now()).slice(0, 10)]);
    const outcome = await reports.fetchMissing(days, stop);
    tellSealed(outcome, parts);
    if (!stop.aborted) await compareWhole(outcome, parts, stop);
  }

  async function tellLate(): Promise<void> {
    for (const { day, isUrgent, message } of await late()) {
      const key = `${day} ${isUrgent}`;
      if (told.has(key)) continue;
      told.add(key);
      log.alarm('clearing reports are late', { why: message });
    }
  }

  async function look(stop: AbortSignal): Promise<void> {
    await fetchWhatIsDue(stop);
    if (!stop.aborted) await tellLate();
  }

  return {
    late,
    async watch(stop) {
      if (expected.length === 0) return;
      const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
      while (!stop.aborted) {
        const looked = look(stop).catch((error: unknown) => {
          if (!stop.aborted && !isBooksTrouble(error))
            log.error('the clearing reports could not be looked after', { error: errorText(error) });
        });
        // An import may last longer than stopping may: what it leaves is thrown away by the next one.
        await Promise.race([looked, stopped]);
        await clock.sleep(LOOK_EVERY_MS, stop);
      }
    },
  };
}

/** What came after its day was sealed moves nothing: a person has to look at it. */
function tellSealed({ files }: FetchOutcome, { log }: WatchParts): void {
  for (const file of files) {
    if (file.outcome !== 'imported' || !file.entry.late || file.entry.unchanged) continue;
    log.alarm('a clearing report came after its day was sealed', { why: `${file.entry.name}; the sealed figures stay` });
  }
}

/** Compares whole days that were never compared, or got a file, or whose next cycle did: that one ends their waiting lines. */
async function compareWhole({ files }: FetchOutcome, { desk, clock, log }: WatchParts, stop: AbortSignal): Promise<void> {
  const fresh = new Set(files.flatMap((file) => (file.outcome === 'imported' && !file.entry.unchanged ? [file.entry.date] : [])));
  for (const day of recentDays(clock.now())) {
    const { compared, compareAgain, sealed, files: entries } = await desk.day(day);
    // Of a settlement, too, a part may be missing: the cycle of the day does not wait for it.
    const isWhole = entries.length > 0 && entries.every(({ kind, state }) => kind === 'settlement' || state !== 'missing');
    const isNew = !compared || compareAgain || fresh.has(day) || fresh.has(cycleAfter(day, 1));
    if (!isWhole || sealed || !isNew || stop.aborted) continue;
    const done = await desk.run(day);
    if (typeof done !== 'string') log.info('a clearing day was compared', { call: day, count: done.exceptions.open });
  }
}
