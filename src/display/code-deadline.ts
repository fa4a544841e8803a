import type { Clock, Instant } from '../base/clock.js';

/** When a code leaves the glass by the clock that never goes back. */
export interface CodeDeadline {
  /** The payment and its expiry: another one begins a new deadline. */
  readonly about: string;
  /** The upstream's clock minus ours when it was worked out, ms. */
  readonly offsetMs: number;
  /** `elapsedMs` of the clock. */
  readonly at: number;
}

/** A measured difference of the clocks that moves by less leaves the deadline of a code where it is. */
const OFFSET_STEP_MS = 250;

/**
 * The deadline of a code that expires at `expiresAt` on our wall clock: never later than the one known for the same code, so that a
 * wall clock put back does not keep the code on the glass.
 */
export function codeDeadline(
  known: CodeDeadline | undefined,
  now: { readonly about: string; readonly offsetMs: number; readonly expiresAt: Instant },
  clock: Clock,
): CodeDeadline {
  const { about, offsetMs } = now;
  const at = clock.elapsedMs() + (now.expiresAt - clock.now());
  const isSame = known?.about === about && Math.abs(known.offsetMs - offsetMs) < OFFSET_STEP_MS;
  return isSame && known.at <= at ? known : { about, offsetMs: isSame ? known.offsetMs : offsetMs, at };
}
