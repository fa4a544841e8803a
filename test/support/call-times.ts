import type { CallRecord } from '#src/simulator/call-log.js';

/** When each call came in, seconds after `from`. */
export function secondsOf(calls: readonly CallRecord[], from: string | number): readonly number[] {
  const zero = typeof from === 'number' ? from : Date.parse(from);
  return calls.map(({ at }) => (Date.parse(at) - zero) / 1000);
}

/** The pauses between calls, s. */
export function pausesOf(calls: readonly CallRecord[]): readonly number[] {
  const times = calls.map(({ at }) => Date.parse(at));
  return times.slice(1).map((at, index) => (at - (times[index] ?? at)) / 1000);
}
