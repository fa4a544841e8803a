import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import type { LaneId } from '../payment/payment.js';
import { type CodeDeadline, codeDeadline } from './code-deadline.js';
import { type DisplayedPayment, IDLE, type Wanted, whatToShow } from './what-to-show.js';

/** What a lane's payment wants on its glasses; nothing here ever throws. */
export interface LaneWish {
  /** At this instant. A payment that cannot be shown leaves the glass idle and is told to the log once. */
  of(payment: DisplayedPayment | null): Wanted;
  /** When the code that was wanted last leaves, `elapsedMs` of the clock; undefined before the first. */
  codeEndsAt(): number | undefined;
}

/** What a lane's wish is made of; `offsetMs`: the upstream's clock minus ours, and it may throw. */
export interface LaneWishParts {
  readonly laneId: LaneId;
  readonly offsetMs: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads a lane's payment for its glasses, with the deadline of its code on the clock that never goes back. */
export function createLaneWish({ laneId, offsetMs, clock, log }: LaneWishParts): LaneWish {
  let known = 0;
  let deadline: CodeDeadline | undefined;
  let isFailing = false;

  function offsetNow(): number {
    try {
      const offset = offsetMs();
      if (Number.isFinite(offset)) known = offset;
    } catch {
      // The last known difference serves on.
    }
    return known;
  }

  function read(payment: DisplayedPayment | null): Wanted {
    const offset = offsetNow();
    const wanted = whatToShow(payment, clock.now(), offset);
    if (wanted.frame.kind !== 'scan' || payment === null) return wanted;
    const about = `${payment.paymentRequestId} ${payment.life.code?.expiresAt}`;
    deadline = codeDeadline(deadline, { about, offsetMs: offset, expiresAt: wanted.frame.expiresAt }, clock);
    return deadline.at <= clock.elapsedMs() ? IDLE : wanted;
  }

  return {
    of(payment) {
      try {
        const wanted = read(payment);
        isFailing = false;
        return wanted;
      } catch (error) {
        // One lane's mistake must not end the loops that keep this glass right, and with them the process.
        if (!isFailing) log.error('display cannot show its payment', { laneId, error: errorText(error) });
        isFailing = true;
        return IDLE;
      }
    },
    codeEndsAt: () => deadline?.at,
  };
}
