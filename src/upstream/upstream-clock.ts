import type { Instant } from '../base/clock.js';

/** A difference above this is worth an alarm: requests may be refused and local clocks of tills mislead (order-code reference 7.2, case 21). */
export const CLOCK_ALARM_MS = 60_000;

const SAMPLES_KEPT = 5;
/** No call takes as long: somebody set the clock in the middle of it. */
const LONGEST_CALL_MS = 120_000;
/** Smaller movements are noise and change nothing. */
const NOISE_MS = 500;

/** How far upstream's clock is from ours. */
export interface UpstreamClock {
  /** Upstream minus ours, ms; 0 until something verified was heard. */
  offsetMs(): number;
  /** Takes the `Response-Time` of a verified answer. The true difference lies between the two ends of the call; the middle is taken. */
  heard(responseTime: Instant, sentAt: Instant, receivedAt: Instant): void;
}

/**
 * The median of the newest five verified answers: one stale or absurd time moves nothing once others are known, and a corrected
 * local clock is followed after three, or after one where it is known that our clock jumped (`wallSteps`). `known` is what the books
 * remember from before a restart. It serves until the first answer, which is believed alone, because nobody saw what was done to our
 * clock meanwhile; then it is one of the five, so that a first answer that was absurd is forgotten with the second.
 */
export function createUpstreamClock(
  known: number | undefined,
  wallSteps: () => number,
  changed: (offsetMs: number) => void,
): UpstreamClock {
  const samples: number[] = known === undefined ? [] : [known];
  let offset = known ?? 0;
  let steps = wallSteps();
  let isFirst = true;
  return {
    offsetMs: () => offset,
    heard(responseTime, sentAt, receivedAt) {
      if (receivedAt - sentAt > LONGEST_CALL_MS) return;
      if (wallSteps() !== steps) samples.length = 0;
      steps = wallSteps();
      // A whole-second Response-Time, or a call that took a while, is no reason to correct a good clock.
      const middle = (sentAt + receivedAt) / 2;
      const slack = Math.max(1000, (receivedAt - sentAt) / 2);
      const difference = responseTime - middle;
      const sample = Math.abs(difference) <= slack ? 0 : Math.round(difference);
      samples.push(sample);
      if (samples.length > SAMPLES_KEPT) samples.shift();
      const median = isFirst ? sample : medianNear(offset, samples);
      isFirst = false;
      if (median === offset || (median !== 0 && Math.abs(median - offset) <= NOISE_MS)) return;
      offset = median;
      changed(offset);
    },
  };
}

/** The middle sample; of two middle ones the one nearer to what is believed so far, so that one against one moves nothing. */
function medianNear(believed: number, samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const upper = sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0;
  return Math.abs(upper - believed) < Math.abs(lower - believed) ? upper : lower;
}
