import type { Instant } from '../base/clock.js';
import { applyEvidence, type EvidenceParts, momentFor } from './apply-evidence.js';
import { type NotRulable, type RuledAs, whyNotRulable } from './decide-ruling.js';
import type { DuePayments } from './due-payments.js';
import type { Moment, Payment, PaymentRequestId } from './payment.js';
import type { Ruling, RulingBooks } from './ruling.js';
import { expiryOf, offsetOf } from './timing.js';

export interface RulingDeskParts extends EvidenceParts {
  readonly rulings: RulingBooks;
  readonly duePayments: Pick<DuePayments, 'advance'>;
}

export type ProposeAnswer =
  /** `repeated`: the same person proposed the same before, and it is still open. */
  | { readonly kind: 'proposed' | 'repeated'; readonly ruling: Ruling }
  | { readonly kind: 'openAlready'; readonly ruling: Ruling }
  | { readonly kind: NotRulable; readonly payment: Payment }
  | { readonly kind: 'unknown' };

export type DecideAnswer =
  | { readonly kind: 'decided'; readonly ruling: Ruling }
  /** It was decided by somebody else or otherwise, or evidence of the upstream came first. */
  | { readonly kind: 'notOpen'; readonly ruling: Ruling }
  | { readonly kind: 'ownProposal'; readonly ruling: Ruling }
  | { readonly kind: NotRulable; readonly payment: Payment }
  | { readonly kind: 'unknown' };

/** How two people end a payment that the bridge cannot end. Nothing changes until the second one has confirmed. */
export interface RulingDesk extends Pick<RulingBooks, 'find' | 'list' | 'ofPayment'> {
  propose(id: PaymentRequestId, as: RuledAs, reason: string, by: string): Promise<ProposeAnswer>;
  confirm(rulingId: string, by: string): Promise<DecideAnswer>;
  reject(rulingId: string, by: string, reason: string | null): Promise<DecideAnswer>;
  /** Why a payment may not be ruled so at this moment (null: it may), and when its order runs out on our clock. */
  outlook(payment: Payment): RulingOutlook;
}

export interface RulingOutlook {
  readonly whyNot: Readonly<Record<RuledAs, NotRulable | null>>;
  readonly expiresAt: Instant | null;
}

export function createRulingDesk(parts: RulingDeskParts): RulingDesk {
  const { rulings } = parts;

  async function propose(id: PaymentRequestId, as: RuledAs, reason: string, by: string): Promise<ProposeAnswer> {
    const payment = await parts.books.find(id);
    if (payment === undefined) return { kind: 'unknown' };
    const why = whyNot(parts, payment, as);
    if (why !== null) return { kind: why, payment };
    const stored = await rulings.propose({ paymentRequestId: id, as, reason, proposedBy: by }, parts.clock.now());
    // It ended since the look.
    if (stored === 'notNeeding') return { kind: 'notNeeding', payment: (await parts.books.find(id)) ?? payment };
    if ('ruling' in stored) return { kind: 'proposed', ruling: stored.ruling };
    const { open } = stored;
    const isSame = open.as === as && open.reason === reason && open.proposedBy === by;
    return { kind: isSame ? 'repeated' : 'openAlready', ruling: open };
  }

  /** Looks at the ruling, then closes it; what others did meanwhile is told as it then stands. */
  async function decideOn(
    rulingId: string,
    by: string,
    state: 'confirmed' | 'rejected',
    close: (ruling: Ruling) => Promise<DecideAnswer | undefined>,
  ): Promise<DecideAnswer> {
    const ruling = await rulings.find(rulingId);
    if (ruling === undefined) return { kind: 'unknown' };
    if (ruling.proposedBy === by) return { kind: 'ownProposal', ruling };
    const refused = ruling.state === 'open' ? await close(ruling) : undefined;
    if (refused !== undefined) return refused;
    const now = (await rulings.find(rulingId)) ?? ruling;
    return { kind: now.state === state && now.decidedBy === by ? 'decided' : 'notOpen', ruling: now };
  }

  return {
    find: rulings.find,
    list: rulings.list,
    ofPayment: rulings.ofPayment,
    propose,
    confirm: (rulingId, by) =>
      decideOn(rulingId, by, 'confirmed', async (ruling) => {
        const { payment, weighed } = await applyEvidence(
          parts,
          ruling.paymentRequestId,
          { kind: 'ruled', as: ruling.as, rulingId },
          {
            // What may not be ruled now is no evidence: nothing of it is recorded.
            record: async (read, change) =>
              change.decision.kind === 'illegal' ? 'weighedBefore' : rulings.confirm(ruling, by, read, change),
          },
        );
        if (weighed) void parts.duePayments.advance(payment);
        const why = weighed ? null : whyNot(parts, payment, ruling.as);
        return why === 'notExpired' ? { kind: why, payment } : undefined;
      }),
    outlook(payment) {
      const why = (as: RuledAs) => whyNot(parts, payment, as);
      const isNeeded = payment.life.state === 'needs_attention';
      return {
        whyNot: { paid: why('paid'), failed: why('failed'), cancelled: why('cancelled') },
        expiresAt: isNeeded ? expiryOf(payment.life, offsetOf(nowFor(parts, payment))) : null,
      };
    },
    reject: (rulingId, by, reason) =>
      decideOn(rulingId, by, 'rejected', async (ruling) => {
        await rulings.reject(ruling, by, reason, parts.clock.now());
        return undefined;
      }),
  };
}

/** A payment that has ended is not asked for its upstream, which may have left the configuration. */
function whyNot(parts: RulingDeskParts, payment: Payment, as: RuledAs): NotRulable | null {
  return payment.life.state === 'needs_attention' ? whyNotRulable(payment.life, as, nowFor(parts, payment)) : 'notNeeding';
}

function nowFor({ clock, upstreamOf }: RulingDeskParts, { upstreamId }: Payment): Moment {
  return momentFor(clock, upstreamOf(upstreamId).upstream);
}
