import { endRuled } from './moves.js';
import type { Decision, Moment, PaymentLife } from './payment.js';
import { isExpired } from './timing.js';

/** How two people may end what the bridge cannot. */
export const RULED_AS = ['paid', 'failed', 'cancelled'] as const;
export type RuledAs = (typeof RULED_AS)[number];

/**
 * Why nobody may rule so now: `notNeeding` while the bridge has legal moves of its own, or the payment has ended; `notExpired` while
 * somebody may still pay the order that shall be called unpaid.
 */
export type NotRulable = 'notNeeding' | 'notExpired';

export function whyNotRulable(life: PaymentLife, as: RuledAs, at: Moment): NotRulable | null {
  if (life.state !== 'needs_attention') return 'notNeeding';
  // A send without an outcome may still make the order: its expiry is not known yet.
  return as !== 'paid' && (life.sends.underWay || !isExpired(life, at)) ? 'notExpired' : null;
}

/** A ruling that two people made ends the payment, and the upstream is asked once more what it says to it. */
export function decideRuling(life: PaymentLife, as: RuledAs, at: Moment): Decision {
  return whyNotRulable(life, as, at) === null ? endRuled(life, as, at) : { kind: 'illegal', life };
}
