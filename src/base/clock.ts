/** A nominal type: `Brand<string, 'LaneId'>` is a string that only code which knows it is a lane id may make. */
export type Brand<T, B extends string> = T & { readonly __brand: B };

/** Milliseconds since the Unix epoch, UTC. */
export type Instant = Brand<number, 'Instant'>;

/** The port through which everything in the bridge learns the time and waits. Tests turn it by hand. */
export interface Clock {
  /** Wall time of this machine, right or wrong: for records and for rules about them. */
  now(): Instant;
  /** How often `now` has jumped so far: what was measured against it before says nothing about now. */
  wallSteps(): number;
  /** Milliseconds of a clock that never goes back: for time-outs and measurements only. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `stop` is aborted; never rejects. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
}

/** The only wrapper of a number as an instant outside of a clock. */
export function instant(ms: number): Instant {
  return ms as Instant;
}

export function addMs(at: Instant, ms: number): Instant {
  return (at + ms) as Instant;
}

/** RFC 3339 in UTC with milliseconds, e.g. `2026-03-05T02:15:30.412Z`. */
export function utcText(at: Instant): string {
  return new Date(at).toISOString();
}

/** ISO 8601 with the offset of UTC+8 and milliseconds, e.g. `2026-03-05T10:15:30.412+08:00`. */
export function utc8Text(at: Instant): string {
  return `${new Date(at + 8 * 3_600_000).toISOString().slice(0, -1)}+08:00`;
}

/** UTC in whole seconds, e.g. `2026-03-05T02:15:30Z`. */
export function wholeSecondsUtc(at: Instant): string {
  return utcText(at).replace(/\.\d{3}/, '');
}

/** UTC+8 in whole seconds, e.g. `2026-03-05T10:15:30+08:00`. */
export function wholeSecondsUtc8(at: Instant): string {
  return utc8Text(at).replace(/\.\d{3}/, '');
}

const ISO_WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/** The last millisecond that can be written with a year of four digits. */
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** Reads ISO 8601 with an offset, 1970 to 9999; `undefined` for anything else, also for a time without a zone. */
export function parseIsoTime(text: string): Instant | undefined {
  if (!ISO_WITH_OFFSET.test(text)) return undefined;
  const ms = Date.parse(text);
  return ms >= 0 && ms <= LAST_INSTANT ? (ms as Instant) : undefined;
}

/** Reads a time header of any dialect: ISO 8601 with an offset, or milliseconds since 1970 in digits; `undefined` for anything else. */
export function parseHeaderTime(text: string): Instant | undefined {
  if (!/^\d{12,14}$/.test(text)) return parseIsoTime(text);
  const ms = Number(text);
  return ms <= LAST_INSTANT ? (ms as Instant) : undefined;
}

/** Reads a time in GMT as certificates and the HTTP header `Date` write it, e.g. `Mar  5 02:15:30 2026 GMT`; `undefined` for anything else. */
export function parseGmtTime(text: string): Instant | undefined {
  if (!/^[A-Za-z0-9 ,:]+ GMT$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return ms >= 0 && ms <= LAST_INSTANT ? (ms as Instant) : undefined;
}

const STEP_MS = 1000;
let anchor = { wall: Date.now(), elapsed: performance.now() };
let steps = 0;

/**
 * Wall time that never goes back while the process lives: a clock set back would freeze every rhythm and keep codes alive. A clock set
 * forward, or a machine that slept, is followed at once; what is wrong for good is measured against the upstream and corrected there.
 */
function steadyNow(): Instant {
  const steady = anchor.wall + (performance.now() - anchor.elapsed);
  const wall = Date.now();
  if (wall - steady <= STEP_MS) return Math.floor(steady) as Instant;
  anchor = { wall, elapsed: performance.now() };
  steps += 1;
  return wall as Instant;
}

/** Resolves when everything else that waits has had its turn: for long work between its steps. It waits for no time. */
export function everyTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The real clock; the longest single timer is bounded because Node fires timers over 2^31 ms at once. */
export const systemClock: Clock = {
  now: steadyNow,
  wallSteps() {
    steadyNow();
    return steps;
  },
  elapsedMs: () => performance.now(),
  sleep: (ms, stop) =>
    new Promise((resolve) => {
      if (stop?.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        stop?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), 2_000_000_000));
      stop?.addEventListener('abort', done);
    }),
};
