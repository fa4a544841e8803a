import type { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { DatabaseKind } from './database-kind.js';

/** Whether the books can be written, known from a small real write from time to time and from every verb that fails. */
export interface BooksHealth {
  /** What keeps the books from being written; null while nothing is known to. */
  trouble(): BridgeError | null;
  /** Takes in what a verb of the books threw, and gives back what to throw instead. */
  heard(error: unknown): unknown;
  /** Tries a small write, unless the last one is not older than a few seconds; gives `trouble()` as it is then. Never rejects. */
  ask(): Promise<BridgeError | null>;
  /** Resolves when the file is found damaged: nothing that is read or written from then on can be trusted. */
  readonly damaged: Promise<BridgeError>;
  /** Tries a small write every minute, and every second in trouble, until `stop`. Never rejects. */
  watch(stop: AbortSignal): Promise<void>;
}

export interface BooksHealthParts {
  /** A small write that reaches the disk and needs fresh pages there, as a sale does. */
  readonly tryWrite: () => Promise<void>;
  readonly kind: Pick<DatabaseKind, 'troubleOf' | 'hangs'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each change, both ways. */
  readonly changed: () => void;
}

const TRIED_EVERY_MS = 60_000;
const AGAIN_AFTER_MS = 1000;
/** Trouble that comes back within this time after it passed is tried again at growing pauses: at the edge of a full disk small writes pass and sales fail. */
const RELAPSE_WITHIN_MS = 60_000;
const LONGEST_PAUSE_MS = 60_000;
/** An answer to `ask` may be this old. */
const FRESH_MS = 5000;
/** Longer than a driver waits for a lock. */
const WRITE_PATIENCE_MS = 8000;

interface Known {
  trouble: BridgeError | null;
  /** On the clock that never goes back, as all times here. */
  since: number;
  triedAt: number;
  relapses: number;
}

/** Owns what is known about the books' health; sets nothing going before `watch`. */
export function createBooksHealth(parts: BooksHealthParts): BooksHealth {
  const { clock, log } = parts;
  const known: Known = { trouble: null, since: Number.NEGATIVE_INFINITY, triedAt: Number.NEGATIVE_INFINITY, relapses: 0 };
  let tellDamage: (error: BridgeError) => void = () => {};
  const damaged = new Promise<BridgeError>((resolve) => {
    tellDamage = resolve;
  });
  let trying: Promise<void> | undefined;
  let wake = new AbortController();

  const isDamaged = () => known.trouble?.code === 'books.corrupt';

  function fell(trouble: BridgeError): void {
    if (isDamaged() || known.trouble?.code === trouble.code) return;
    const wasWell = known.trouble === null;
    if (wasWell) known.relapses = clock.elapsedMs() - known.since < RELAPSE_WITHIN_MS ? known.relapses + 1 : 0;
    known.trouble = trouble;
    if (wasWell) known.since = clock.elapsedMs();
    log.alarm('the books cannot be used; no sale is taken, no code is shown', { errorCode: trouble.code, why: trouble.message });
    if (isDamaged()) tellDamage(trouble);
    wake.abort();
    parts.changed();
  }

  function rose(): void {
    if (known.trouble === null || isDamaged()) return;
    log.info('the books can be used again', { errorCode: known.trouble.code, ms: Math.round(clock.elapsedMs() - known.since) });
    known.trouble = null;
    known.since = clock.elapsedMs();
    parts.changed();
  }

  function heard(error: unknown): unknown {
    const cause = parts.kind.troubleOf(error);
    if (cause === undefined) return error;
    if (cause.code !== 'books.unreadableRow') fell(cause);
    return cause;
  }

  async function tryNow(): Promise<void> {
    const done = new AbortController();
    const written = parts.tryWrite().then(rose, heard);
    const late = clock.sleep(WRITE_PATIENCE_MS, done.signal).then(() => {
      if (!done.signal.aborted) fell(parts.kind.hangs());
    });
    // A write that comes back after all says so; nobody waits for it.
    await Promise.race([written, late]);
    done.abort();
    known.triedAt = clock.elapsedMs();
  }

  /** One at a time, however many ask. */
  function tryOnce(): Promise<void> {
    trying ??= tryNow().finally(() => {
      trying = undefined;
    });
    return trying;
  }

  return {
    trouble: () => known.trouble,
    heard,
    async ask() {
      if (clock.elapsedMs() - known.triedAt > FRESH_MS && known.trouble === null) await tryOnce();
      return known.trouble;
    },
    damaged,
    async watch(stop) {
      const forward = () => wake.abort();
      stop.addEventListener('abort', forward);
      while (!stop.aborted) {
        wake = new AbortController();
        if (!isDamaged()) await tryOnce();
        if (!stop.aborted) await clock.sleep(pauseMs(known), wake.signal);
        // Trouble was found meanwhile: it gets its pause, too.
        if (wake.signal.aborted) await clock.sleep(pauseMs(known), stop);
      }
      stop.removeEventListener('abort', forward);
    },
  };
}

function pauseMs({ trouble, relapses }: Known): number {
  if (trouble === null || trouble.code === 'books.corrupt') return TRIED_EVERY_MS;
  return Math.min(AGAIN_AFTER_MS * 2 ** Math.min(relapses, 10), LONGEST_PAUSE_MS);
}
