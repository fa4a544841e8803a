import { isBooksTrouble } from '../base/bridge-error.js';
import type { Clock, Instant } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import { errorText, type Log } from '../base/log.js';
import { applyEvidence, type EvidenceParts } from '../payment/apply-evidence.js';
import type { Change } from '../payment/books-port.js';
import type { Evidence, Payment, PaymentRequestId } from '../payment/payment.js';
import { type Dialect, failureBy, refuses } from '../upstream/dialect.js';
import { PaymentNotification, readMessage } from '../upstream/message-fields.js';
import { misfitOf, paidFactsOf, type Verdict, verdictOf } from '../upstream/payment-words.js';
import type { CodeRules } from '../upstream/scan-code.js';
import { isTrue, readClaim, type SignedContext } from '../upstream/signature.js';
import { type UpstreamKeys, withoutSecrets } from '../upstream/signed-call.js';
import { createLateCodes } from './late-codes.js';
import { createRepeatCount } from './repeat-count.js';

/** One upstream as its notifications see it. */
export interface NotifyingUpstream {
  readonly id: string;
  readonly dialect: Dialect;
  readonly clientId: string;
  readonly acquirerId: string | undefined;
  /** The public path of our notify URL: what they sign. */
  readonly notifyPath: string;
  readonly keys: () => UpstreamKeys;
  /** Where a code may come by a message of its own; undefined: nowhere. */
  readonly cashierNotifyPath: string | undefined;
  readonly codeRules: CodeRules;
}

/** Lower-case names; a header that came twice holds both values. */
export type RawHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** A notification as it came over the wire. */
export interface RawNotification {
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

export interface StoredRaw {
  readonly id: number;
  readonly upstreamId: string;
  readonly path: string;
  readonly receivedAt: Instant;
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
  /** These two say false when another process has applied it before. */
  markApplied(trx: Trx, id: number, paymentRequestId: string | null, quarantine: string | null): Promise<boolean>;
  quarantine(id: number, paymentRequestId: string | null, why: string): Promise<boolean>;
}

export interface ReceiveParts<Trx> extends EvidenceParts {
  readonly notifications: NotificationStore<Trx>;
  readonly recordWith: (
    payment: Payment,
    change: Change,
    alongWith: (trx: Trx) => Promise<boolean>,
  ) => Promise<Payment | 'overtaken' | 'weighedBefore'>;
  /** The newest payment of an upstream that has this id there. */
  readonly findByOrder: (upstreamId: string, paymentId: string) => Promise<Payment | undefined>;
  readonly upstreams: readonly NotifyingUpstream[];
  readonly clock: Clock;
  readonly log: Log;
}

/** `notYet`: stored, and to be sent again, because what it belongs to is not known yet. */
export type Receipt = { readonly kind: 'stored' | 'notYet' } | { readonly kind: 'notGenuine'; readonly why: string };

/** Receives notifications: raw bytes verified, stored, committed, applied as evidence. */
export interface NotificationReceiver {
  /** Why a message with these headers cannot be genuine, whatever its body says; undefined when the body decides. Costs next to nothing. */
  refusal(upstream: NotifyingUpstream, headers: RawHeaders): string | undefined;
  /** Resolves after everything is committed; rejects when the books cannot be written, and then nothing may be acknowledged. */
  receive(upstream: NotifyingUpstream, raw: RawNotification): Promise<Receipt>;
  /** Applies what is stored and was not applied; rejects when the books fail as a whole. */
  applyLeftOver(): Promise<void>;
  /** True while a code is stored whose payment is not known yet. */
  codesWait(): boolean;
}

type Aside = (upstream: NotifyingUpstream, stored: StoredRaw, paymentRequestId: string | null, why: string) => Promise<void>;

export function createNotificationReceiver<Trx>(parts: ReceiveParts<Trx>): NotificationReceiver {
  const { notifications, log } = parts;

  const seenOften = createRepeatCount();

  /** Could not be applied, and that was told. */
  const stuck = new Set<number>();

  const apply = oneAtATime(applyOnce);

  /** It is kept and tried again from time to time; only when the books fail as a whole does the sender have to come again. */
  function putOff(upstream: NotifyingUpstream, stored: StoredRaw, error: unknown): void {
    if (isBooksTrouble(error)) throw error;
    if (!stuck.has(stored.id))
      log.alarm('a stored notification could not be applied', { upstreamId: upstream.id, error: errorText(error) });
    stuck.add(stored.id);
  }

  const lateCodes = createLateCodes(parts);

  async function applyOnce(upstream: NotifyingUpstream, stored: StoredRaw): Promise<void> {
    if (stored.path === upstream.cashierNotifyPath)
      return lateCodes.apply(upstream, stored, (why) => aside(upstream, stored, null, why));
    const words = readMessage(PaymentNotification, stored.body, upstream.dialect);
    const verdict = words && verdictOf(upstream.dialect, upstream.dialect.notificationSays, words);
    if (words === undefined || verdict === 'unreadable') return aside(upstream, stored, null, 'unreadable');
    const payment = await parts.books.find(words.paymentRequestId as PaymentRequestId);
    if (payment === undefined || payment.upstreamId !== upstream.id) return aside(upstream, stored, null, 'unknownPayment');
    const { evidence, quarantine } = read(upstream, payment, words, verdict);
    const { resultStatus = null, resultCode = null } = verdict ?? {};
    const { weighed } = await applyEvidence(parts, payment.paymentRequestId, evidence, {
      heard: { call: 'notification', verified: true, resultStatus, resultCode },
      record: (current, change) =>
        parts.recordWith(current, change, (trx) =>
          notifications.markApplied(trx, stored.id, payment.paymentRequestId, quarantine),
        ),
    });
    if (weighed && quarantine !== null) sayAside(log, upstream, payment.paymentRequestId, quarantine);
  }

  const aside: Aside = async (upstream, stored, paymentRequestId, why) => {
    if (await notifications.quarantine(stored.id, paymentRequestId, why)) sayAside(log, upstream, paymentRequestId, why);
  };

  return {
    refusal(upstream, headers) {
      const claim = claimOf(upstream, headers);
      return typeof claim === 'string' ? claim : undefined;
    },
    async receive(upstream, raw) {
      const signed = claimOf(upstream, raw.headers);
      if (typeof signed === 'string') return { kind: 'notGenuine', why: signed };
      const { claim, context } = signed;
      if (!isTrue(claim, context, raw.body)) return { kind: 'notGenuine', why: 'mismatch' };
      if (claim.keyVersionUnknown)
        log.warn('a notification names an unknown key version; the only configured key fits', { upstreamId: upstream.id });
      if (seenOften.isTooOften(claim.raw)) return { kind: 'stored' };
      killPoint('notification.read');
      const stored = await notifications.store({
        upstreamId: upstream.id,
        path: upstream.notifyPath,
        headers: withoutSecrets(raw.headers),
        body: raw.body,
        verdict: 'good',
      });
      killPoint('notification.stored');
      await apply(upstream, stored).catch((error: unknown) => putOff(upstream, stored, error));
      seenOften.count(claim.raw);
      return { kind: lateCodes.isWaiting(stored.id) ? 'notYet' : 'stored' };
    },
    codesWait: lateCodes.anyWaiting,
    async applyLeftOver() {
      for (const stored of await notifications.unapplied()) {
        const upstream = parts.upstreams.find((u) => u.id === stored.upstreamId);
        if (upstream !== undefined) await apply(upstream, stored).catch((error: unknown) => putOff(upstream, stored, error));
      }
    },
  };
}

/** Whoever comes while a message is being applied, like the look for what was left over, joins in instead of doing it twice. */
function oneAtATime(applyOnce: (upstream: NotifyingUpstream, stored: StoredRaw) => Promise<void>): typeof applyOnce {
  const inHand = new Map<number, Promise<void>>();
  return (upstream, stored) => {
    const running = inHand.get(stored.id);
    if (running !== undefined) return running;
    const run = applyOnce(upstream, stored).finally(() => inHand.delete(stored.id));
    inHand.set(stored.id, run);
    return run;
  };
}

function sayAside(log: Log, upstream: NotifyingUpstream, paymentRequestId: string | null, why: string): void {
  log.alarm('a genuine notification was put into quarantine', {
    upstreamId: upstream.id,
    why,
    ...(paymentRequestId !== null && { paymentRequestId }),
  });
}

/**
 * What the headers claim, or why they cannot be genuine. Client id, time and signature must be there exactly once (order-code
 * reference 4.2). Old times are fine: repeats may be a day old.
 */
function claimOf(upstream: NotifyingUpstream, headers: RawHeaders) {
  const one = (name: string) => (headers[name]?.length === 1 ? headers[name][0] : undefined);
  const clientId = one('client-id');
  const time = one('request-time');
  if (clientId === undefined || clientId !== upstream.clientId) return 'clientId';
  if (time === undefined || time === '') return 'time';
  const signatures = headers['signature'] ?? [];
  const header = signatures.length === 1 ? signatures[0] : signatures;
  const claim = readClaim(upstream.keys().verifying, upstream.dialect.signing.algorithmText, header);
  if (claim.kind !== 'claim') return claim.kind === 'unsigned' ? 'unsigned' : claim.why;
  const context: SignedContext = { path: upstream.notifyPath, clientId, time };
  return { claim, context };
}

type Words = NonNullable<ReturnType<typeof readMessage<(typeof PaymentNotification)['_output']>>>;

/** What a genuine notification says about one payment of ours. */
function read(
  upstream: NotifyingUpstream,
  payment: Payment,
  words: Words,
  verdict: Verdict | undefined,
): { evidence: Evidence; quarantine: string | null } {
  const resultStatus = verdict?.resultStatus;
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
  if (verdict === undefined || resultStatus !== 'F' || !refuses(verdict.class))
    return { evidence: { kind: 'inquiryAsked', because: `notification with ${resultStatus ?? 'no result'}` }, quarantine: null };
  const failure = failureBy(verdict, verdict.resultCode);
  return { evidence: { kind: 'notifiedFailed', failure, unlisted: !verdict.listed, paymentId }, quarantine: null };
}
