import { addMs, type Instant } from '../base/clock.js';
import type { Money } from './money.js';
import type { RefundThere } from './pay-outcome.js';
import type { Moment, PaymentLife } from './payment.js';
import { type GivingBack, goneElsewhere, type Refund } from './refund.js';
import { EVEN_CANCELS, SLOWEST_MS, type TimingRules } from './timing.js';

/*
 * Books may be older than they seem: somebody put a copy back, and a refund made after the copy was taken is missing in them. Its id was
 * drawn by chance, so asking for it again would be another refund to the upstream. Only the upstream can tell.
 */

/**
 * What an inquiry lists as given back, or being given back, and no refund of these books stands for, in smallest units; a refund that is
 * called refused here stands for nothing. An amount that was not said, or is in other money, may be all of the payment.
 */
export function elsewhereOf(
  listed: readonly RefundThere[],
  known: readonly Pick<Refund, 'refundRequestId' | 'state'>[],
  of: Money,
): bigint {
  const ours = new Set<string>(known.filter(({ state }) => state !== 'refused').map(({ refundRequestId }) => refundRequestId));
  const unknown = new Map<string, bigint>();
  for (const { refundRequestId, resultStatus, amount } of listed) {
    if (resultStatus === 'F' || ours.has(refundRequestId)) continue;
    const value = amount === null || amount.currency !== of.currency ? of.value : amount.value;
    // Listed several times, as by an upstream that lists every attempt, it is one refund.
    const before = unknown.get(refundRequestId) ?? 0n;
    unknown.set(refundRequestId, BigInt(value) > before ? BigInt(value) : before);
  }
  return [...unknown.values()].reduce((sum, value) => sum + value, 0n);
}

/** Whether a refund of a part may be asked for by people only: it may be the very money that these books know nothing of. */
export function isForPeople(life: PaymentLife, by: GivingBack['kind']): boolean {
  return by !== 'operator' && goneElsewhere(life) > 0n;
}

/** Whether nothing that went back can be missing here: the payment began, or the upstream was asked, since these books were opened. */
export function isToldSince(life: PaymentLife, at: Moment, rules: TimingRules): boolean {
  // A time that is still to come was written by a clock that was wrong, and proves nothing.
  const counts = (time: Instant | undefined) => time !== undefined && time >= rules.booksSince && time <= at.local;
  return counts(life.createdAt) || counts(life.toldAt);
}

/**
 * When the inquiry before a first send is due: at once, then in the rhythm of cancels until it is answered. Only the
 * time of this run makes its pauses grow: nobody waits longer for the money because the bridge was away for a night.
 */
export function askBeforeAt(life: PaymentLife, wantedAt: Instant, rules: TimingRules): Instant {
  const { inquiredAt } = life;
  if (inquiredAt === null || inquiredAt < wantedAt) return wantedAt;
  const soFar = inquiredAt - Math.max(wantedAt, rules.booksSince);
  const grown = soFar - (EVEN_CANCELS - 1) * rules.cancelEveryMs;
  return addMs(inquiredAt, Math.max(rules.cancelEveryMs, Math.min(grown, SLOWEST_MS)));
}

/** When the inquiry that decides what a refusal means is due: at once, then in the same rhythm; one made before the refusal counts for nothing. */
export function askBehindAt(life: PaymentLife, refusedAt: Instant, rules: TimingRules): Instant {
  return life.inquiriesHere === 0 ? refusedAt : askBeforeAt(life, refusedAt, rules);
}
