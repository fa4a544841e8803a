import type { z } from 'zod';
import type { Clock, Instant } from '../base/clock.js';
import { addMs } from '../base/clock.js';
import { applyEvidence, type EvidenceParts } from '../payment/apply-evidence.js';
import type { Change } from '../payment/books-port.js';
import type { Evidence, Payment, PaymentRequestId } from '../payment/payment.js';
import { LateCode, readMessage } from '../upstream/message-fields.js';
import { redirectCode } from '../upstream/scan-code.js';
import type { NotificationStore, NotifyingUpstream, StoredRaw } from './receive-notification.js';

/** A code whose payment has not turned up by then belongs to nothing of ours: no pay answer takes as long. */
const WAITS_MS = 10 * 60_000;

export interface LateCodeParts<Trx> extends EvidenceParts {
  readonly notifications: NotificationStore<Trx>;
  readonly recordWith: (
    payment: Payment,
    change: Change,
    alongWith: (trx: Trx) => Promise<boolean>,
  ) => Promise<Payment | 'overtaken' | 'weighedBefore'>;
  readonly findByOrder: (upstreamId: string, paymentId: string) => Promise<Payment | undefined>;
  readonly clock: Clock;
}

/** Codes that come by a message of their own, some before the answer they belong to (sibling reference 1.6). */
export interface LateCodes {
  /** Applies one, or keeps it until its payment is known; `aside` takes one that fits nothing, with the reason. */
  apply(upstream: NotifyingUpstream, stored: StoredRaw, aside: (why: string) => Promise<void>): Promise<void>;
  isWaiting(id: number): boolean;
  anyWaiting(): boolean;
}

export function createLateCodes<Trx>(parts: LateCodeParts<Trx>): LateCodes {
  const waiting = new Set<number>();

  /** The payment that is meant; `notYet`: what it belongs to is not known, or its pay answer has not come. */
  async function whose(
    upstream: NotifyingUpstream,
    { paymentId, paymentRequestId = '' }: z.output<typeof LateCode>,
  ): Promise<Payment | 'notYet' | 'nobody'> {
    if (paymentId !== undefined) return (await parts.findByOrder(upstream.id, paymentId)) ?? 'notYet';
    const payment = await parts.books.find(paymentRequestId as PaymentRequestId);
    // Our own ids are in the books before they leave.
    if (payment === undefined || payment.upstreamId !== upstream.id) return 'nobody';
    return payment.life.state === 'received' || payment.life.state === 'submitting' ? 'notYet' : payment;
  }

  async function applied(upstream: NotifyingUpstream, stored: StoredRaw): Promise<string | undefined> {
    const words = readMessage(LateCode, stored.body);
    if (words === undefined) return 'unreadable';
    const named = await whose(upstream, words);
    if (named === 'nobody') return 'unknownPayment';
    if (named === 'notYet') {
      if (parts.clock.now() > addMs(stored.receivedAt, WAITS_MS)) {
        waiting.delete(stored.id);
        return 'unknownPayment';
      }
      waiting.add(stored.id);
      return undefined;
    }
    const payment = named;
    // The pay answer has brought the paymentId: a code that still names another payment of ours is nobody's.
    if (words.paymentRequestId !== undefined && words.paymentRequestId !== payment.paymentRequestId) return 'paymentRequestId';
    const url = words.cashierRedirectUrl ?? words.cashierUrl;
    const offered = redirectCode(url, undefined, upstream.codeRules);
    const evidence: Evidence =
      'refused' in offered
        ? { kind: 'codeUnusable', because: offered.refused }
        : { kind: 'codeArrived', code: { text: offered.text, expiresAt: expiryOf(payment, parts.clock.now()) } };
    const id = payment.paymentRequestId as PaymentRequestId;
    await applyEvidence(parts, id, evidence, {
      record: (current, change) =>
        parts.recordWith(current, change, (trx) => parts.notifications.markApplied(trx, stored.id, id, null)),
    });
    waiting.delete(stored.id);
    return undefined;
  }

  return {
    async apply(upstream, stored, aside) {
      const why = await applied(upstream, stored);
      if (why !== undefined) await aside(why);
    },
    isWaiting: (id) => waiting.has(id),
    anyWaiting: () => waiting.size > 0,
  };
}

/** On the upstream's clock, as our request named it. */
function expiryOf({ request, life }: Payment, now: Instant): Instant {
  return request.expiresAt ?? addMs(life.sends.lastAt ?? now, life.defaultLifeMs);
}
