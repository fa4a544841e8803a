import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { applyEvidence, type EvidenceParts } from '../payment/apply-evidence.js';
import type { Change } from '../payment/books-port.js';
import type { Evidence, Payment, PaymentRequestId } from '../payment/payment.js';
import { classOf, type Dialect, failureOf } from '../upstream/dialect.js';
import { PaymentNotification, readMessage } from '../upstream/message-fields.js';
import { misfitOf, paidFactsOf } from '../upstream/payment-words.js';
import { verifySignature } from '../upstream/signature.js';
import type { UpstreamKeys } from '../upstream/signed-call.js';

/** One upstream as its notifications see it. */
export interface NotifyingUpstream {
  readonly id: string;
  readonly dialect: Dialect;
  readonly clientId: string;
  readonly acquirerId: string | undefined;
  /** The public path of our notify URL: what they sign. */
  readonly notifyPath: string;
  readonly keys: () => UpstreamKeys;
}

/** A notification as it came over the wire; a header that came twice holds both values. */
export interface RawNotification {
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface StoredRaw {
  readonly id: number;
  readonly upstreamId: string;
  readonly body: Uint8Array;
}

/** Port of this folder; `books/notification-books.ts` fits. */
export interface NotificationStore<Trx> {
  store(received: {
    readonly upstreamId: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    readonly verdict: string;
  }): Promise<StoredRaw>;
  unapplied(): Promise<readonly StoredRaw[]>;
  markApplied(trx: Trx, id: number, paymentRequestId: string | null, quarantine: string | null): Promise<void>;
  quarantine(id: number, paymentRequestId: string | null, why: string): Promise<void>;
}

export interface ReceiveParts<Trx> extends EvidenceParts {
  readonly notifications: NotificationStore<Trx>;
  readonly recordWith: (
    payment: Payment,
    change: Change,
    alongWith: (trx: Trx) => Promise<void>,
  ) => Promise<Payment | 'overtaken'>;
  readonly upstreams: readonly NotifyingUpstream[];
  readonly clock: Clock;
  readonly log: Log;
}

export type Receipt = { readonly kind: 'stored' } | { readonly kind: 'notGenuine'; readonly why: string };

/** Receives notifications: raw bytes verified, stored, committed, applied as evidence. */
export interface NotificationReceiver {
  /** Resolves after everything is committed; rejects when the books cannot be written, and then nothing may be acknowledged. */
  receive(upstream: NotifyingUpstream, raw: RawNotification): Promise<Receipt>;
  /** Applies what an earlier process stored and did not live to apply. */
  applyLeftOver(): Promise<void>;
}

export function createNotificationReceiver<Trx>(parts: ReceiveParts<Trx>): NotificationReceiver {
  const { notifications, log } = parts;

  /** Being applied at this moment, so that the look for what was left over joins in instead of doing it twice. */
  const inHand = new Map<number, Promise<void>>();

  function apply(upstream: NotifyingUpstream, stored: StoredRaw): Promise<void> {
    const running = inHand.get(stored.id);
    if (running !== undefined) return running;
    const run = applyOnce(upstream, stored).finally(() => inHand.delete(stored.id));
    inHand.set(stored.id, run);
    return run;
  }

  async function applyOnce(upstream: NotifyingUpstream, stored: StoredRaw): Promise<void> {
    const words = readMessage(PaymentNotification, stored.body);
    if (words === undefined) return aside(upstream, stored, null, 'unreadable');
    const payment = await parts.books.find(words.paymentRequestId as PaymentRequestId);
    if (payment === undefined || payment.upstreamId !== upstream.id) return aside(upstream, stored, null, 'unknownPayment');
    const { evidence, quarantine } = read(upstream, payment, words);
    const { resultStatus, resultCode } = words.paymentResult;
    await applyEvidence(parts, payment.paymentRequestId, evidence, {
      heard: { call: 'notification', verified: true, resultStatus, resultCode },
      record: (current, change) =>
        parts.recordWith(current, change, (trx) =>
          notifications.markApplied(trx, stored.id, payment.paymentRequestId, quarantine),
        ),
    });
    if (quarantine !== null) sayAside(upstream, payment.paymentRequestId, quarantine);
  }

  async function aside(
    upstream: NotifyingUpstream,
    stored: StoredRaw,
    paymentRequestId: string | null,
    why: string,
  ): Promise<void> {
    await notifications.quarantine(stored.id, paymentRequestId, why);
    sayAside(upstream, paymentRequestId, why);
  }

  function sayAside(upstream: NotifyingUpstream, paymentRequestId: string | null, why: string): void {
    log.alarm('a genuine notification was put into quarantine', {
      upstreamId: upstream.id,
      why,
      ...(paymentRequestId !== null && { paymentRequestId }),
    });
  }

  return {
    async receive(upstream, raw) {
      const verdict = genuine(upstream, raw);
      if (verdict.kind === 'no') {
        log.warn('a notification is not genuine', { upstreamId: upstream.id, why: verdict.why });
        return { kind: 'notGenuine', why: verdict.why };
      }
      if (verdict.keyVersionUnknown)
        log.warn('a notification names an unknown key version; the only configured key fits', { upstreamId: upstream.id });
      const headers = Object.fromEntries(Object.entries(raw.headers).map(([name, values]) => [name, (values ?? []).join(', ')]));
      const stored = await notifications.store({
        upstreamId: upstream.id,
        path: upstream.notifyPath,
        headers,
        body: raw.body,
        verdict: 'good',
      });
      await apply(upstream, stored);
      return { kind: 'stored' };
    },
    async applyLeftOver() {
      for (const stored of await notifications.unapplied()) {
        const upstream = parts.upstreams.find((u) => u.id === stored.upstreamId);
        if (upstream === undefined) continue;
        try {
          await apply(upstream, stored);
        } catch (error) {
          log.alarm('a stored notification could not be applied', { upstreamId: upstream.id, error: errorText(error) });
        }
      }
    },
  };
}

/** Client id, time and signature; each must be there exactly once (order-code reference 4.2). Old times are fine: repeats may be a day old. */
function genuine(
  upstream: NotifyingUpstream,
  { headers, body }: RawNotification,
): { kind: 'yes'; keyVersionUnknown: boolean } | { kind: 'no'; why: string } {
  const one = (name: string) => (headers[name]?.length === 1 ? headers[name][0] : undefined);
  const clientId = one('client-id');
  const time = one('request-time');
  if (clientId === undefined || clientId !== upstream.clientId) return { kind: 'no', why: 'clientId' };
  if (time === undefined || time === '') return { kind: 'no', why: 'time' };
  const context = { path: upstream.notifyPath, clientId, time };
  const signatures = headers['signature'] ?? [];
  const header = signatures.length === 1 ? signatures[0] : signatures;
  const verdict = verifySignature(upstream.keys().verifying, upstream.dialect.signing.algorithmText, header, context, body);
  if (verdict.kind === 'good') return { kind: 'yes', keyVersionUnknown: verdict.keyVersionUnknown };
  return { kind: 'no', why: verdict.kind === 'unsigned' ? 'unsigned' : verdict.why };
}

type Words = NonNullable<ReturnType<typeof readMessage<(typeof PaymentNotification)['_output']>>>;

/** What a genuine notification says about one payment of ours. */
function read(upstream: NotifyingUpstream, payment: Payment, words: Words): { evidence: Evidence; quarantine: string | null } {
  const { resultStatus, resultCode } = words.paymentResult;
  const misfit = misfitOf(payment, words, upstream.acquirerId);
  const paymentId = words.paymentId ?? null;
  if (misfit !== undefined && misfit.what !== 'amountAbsent') {
    const saysPaid = resultStatus === 'S';
    return {
      evidence: { kind: 'notifiedOdd', saysPaid, moneyDiffers: misfit.what === 'amount', paymentId, why: misfit.what },
      quarantine: misfit.what,
    };
  }
  if (resultStatus === 'S') {
    // Without an amount nothing can be compared: the inquiry has to say it.
    if (misfit !== undefined)
      return { evidence: { kind: 'inquiryAsked', because: 'notification without amount' }, quarantine: null };
    return { evidence: { kind: 'notifiedPaid', facts: paidFactsOf(words) }, quarantine: null };
  }
  const rule = classOf(upstream.dialect, resultStatus, resultCode);
  const aboutThePayment = resultStatus === 'F' && rule.class !== 'CHECK' && rule.class !== 'BACKOFF';
  if (!aboutThePayment)
    return { evidence: { kind: 'inquiryAsked', because: `notification with ${resultStatus}` }, quarantine: null };
  const failure = failureOf(upstream.dialect, resultCode, resultStatus);
  return { evidence: { kind: 'notifiedFailed', failure, unlisted: !rule.listed, paymentId }, quarantine: null };
}
