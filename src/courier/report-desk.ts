import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { FileEntry } from '../reconciliation/file-findings.js';
import type { FileError } from '../reconciliation/import-clearing.js';
import type { ImportedEntry, ReconDesk } from '../reconciliation/recon-desk.js';
import type { ClearingBooks, FileSource } from '../reconciliation/recon-ports.js';
import {
  type FetchedFile,
  type FetchOutcome,
  type FetchStep,
  type FetchTrouble,
  fetchReports,
  type ReportPlace,
} from './fetch-reports.js';
import { createLookedFiles } from './looked-files.js';

/** What fetching a day answers. */
export interface FetchAnswer {
  readonly date: string;
  /** Whether everything that belongs to the day is in the books now. */
  readonly complete: boolean;
  /** What was fetched, and what is still missing. */
  readonly files: readonly (ImportedEntry | FileEntry)[];
  /** What the server has and could not be taken in: now or at all. */
  readonly notTaken: readonly NotTaken[];
  readonly troubles: readonly FetchTrouble[];
}

export interface NotTaken {
  readonly name: string;
  readonly outcome: Exclude<FetchedFile['outcome'], 'imported'>;
  readonly message: string;
  readonly errors: readonly FileError[];
}

/** What a desk for fetching is joined to. */
export interface ReportDeskParts {
  /** One for each account and participant; none where everything is brought by hand. */
  readonly places: readonly ReportPlace[];
  readonly desk: Pick<ReconDesk, 'import' | 'day' | 'run'>;
  readonly books: Pick<ClearingBooks, 'findByName' | 'files'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Fetches reports; one fetch at a time in this process. */
export interface ReportDesk {
  /** Whether a server is configured at all. */
  readonly canFetch: boolean;
  /** Fetches one clearing day whole, known files too, so that a changed one is noticed; `by` stands in the trail of acts. */
  fetch(date: string, by: string): Promise<FetchAnswer>;
  /** What the fetch under way is at; null while there is none. */
  progress(): FetchStep | null;
  /** Fetches what is not known of some days, and looks at what is in the books once after a start and whenever it changes. */
  fetchMissing(days: ReadonlySet<string>, stop: AbortSignal): Promise<FetchOutcome>;
}

/** How the trail of acts names whoever fetches in the morning; no user is called so. */
const ITSELF = 'sftp';

export function createReportDesk({ places, desk, books, clock, log }: ReportDeskParts): ReportDesk {
  let last: Promise<unknown> = Promise.resolve();
  let step: FetchStep | null = null;
  const lookedFiles = createLookedFiles({ books, desk });
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work).finally(() => {
      step = null;
    });
    last = mine.catch(() => undefined);
    return mine;
  }
  const sharedBy = (who: string) => ({
    places,
    clock,
    log,
    looked: lookedFiles.looked,
    take: (sources: readonly FileSource[]) => desk.import(sources, who),
    tell: (now: FetchStep) => {
      step = now;
    },
  });

  return {
    canFetch: places.length > 0,
    progress: () => step,
    fetch: (date, by) =>
      inTurn(async () => {
        const never = new AbortController().signal;
        const { files, troubles } = await fetchReports(new Set([date]), {
          ...sharedBy(by),
          isKnown: async () => false,
          stop: never,
        });
        const taken = files.flatMap((file) => (file.outcome === 'imported' ? [file.entry] : []));
        const notTaken = files.flatMap((file): NotTaken[] => {
          if (file.outcome === 'imported') return [];
          const { name, outcome, message } = file;
          return [{ name, outcome, message, errors: file.outcome === 'refused' ? file.errors : [] }];
        });
        const { files: entries } = await desk.day(date);
        const missing = entries.filter(({ state }) => state === 'missing');
        const complete = entries.length > 0 && missing.length === 0;
        return { date, complete, files: [...taken, ...missing], notTaken, troubles };
      }),
    fetchMissing: (days, stop) =>
      inTurn(() => {
        const { isKnown } = lookedFiles.visit(days);
        return fetchReports(days, { ...sharedBy(ITSELF), isKnown, stop });
      }),
  };
}
