import { randomBytes } from 'node:crypto';
import { addMs, type Clock, type Instant, instant } from '../../base/clock.js';
import { Problem } from '../../http/problem.js';
import { currencyExponent } from '../../payment/money.js';
import { isFinal, type Payment, type PaymentRequestId, STATES } from '../../payment/payment.js';
import { leftToRefund, moneyBackOf } from '../../payment/refund.js';
import type { RulingDesk } from '../../payment/ruling-desk.js';
import { createPaymentActs, type PaymentActParts } from '../payment-acts.js';
import { cursorOf, type ListPlace, type PaymentFinder, readCursor } from '../payment-routes.js';
import { createRefundCalls, type RefundCallParts } from '../refund-calls.js';
import { stretchOf } from '../timeline-json.js';
import { seenBy } from '../timeline-seen.js';
import { mayRefund, mayUndo } from './alert-models.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageForm, PageRouter } from './page-router.js';
import { rulingBox } from './ruling-pages.js';
import { moneyShown, typedAmount } from './shown.js';
import { timelineOf } from './timeline-model.js';

export interface PaymentPagesParts extends PaymentActParts, Pick<RefundCallParts, 'refundsOf'> {
  readonly finder: PaymentFinder;
  /** The JSON of a payment as tills get it. */
  readonly view: (payment: Payment) => object;
  readonly rulings: RulingDesk;
  readonly lanes: readonly string[];
  /** How long it is kept what displays showed, ms. */
  readonly glassKeptMs: number;
  readonly clock: Clock;
  readonly pages: PageRouter;
  readonly kit: PageKit;
}

const PAYMENTS_A_PAGE = 50;
/** Entries of a timeline on one page, with their bytes. */
const LINES_A_PAGE = 200;
/** A search call looks at a bounded number of rows; a page makes so many calls before it lets the person go on. */
const CALLS_A_PAGE = 5;
const DAY_MS = 86_400_000;
const FIELDS = ['q', 'state', 'lane', 'amount', 'currency', 'from', 'to'] as const;

/** The list of payments, a payment with its timeline, and what may be done about it. */
export function paymentPages(parts: PaymentPagesParts): void {
  const { finder, pages } = parts;
  const acts = createPaymentActs(parts);
  const refunds = createRefundCalls(parts);
  const existing = async (call: PageCall): Promise<Payment> => {
    const payment = await finder.find(call.param('id') as PaymentRequestId);
    if (payment === undefined) throw new Problem('not_found', 'The books hold no payment of this id.');
    return payment;
  };
  const backTo = ({ paymentRequestId }: Payment, told: string) =>
    `/payments/${encodeURIComponent(paymentRequestId)}?told=${told}`;

  pages.page('/payments', 'viewer', (call) => listPage(call, parts));
  pages.page('/payments/:id', 'viewer', async (call) => paymentPage(call, await existing(call), parts));
  pages.form('/payments/:id/inquire', 'operator', async (call) => {
    const payment = await existing(call);
    await acts.inquire(payment, call.caller.person);
    return backTo(payment, 'inquired');
  });
  pages.form('/payments/:id/cancel', 'operator', async (call) => {
    const { payment } = await acts.cancel(await existing(call), call.caller.person);
    return backTo(payment, 'cancelling');
  });
  pages.form('/payments/:id/undo', 'operator', async (call) => {
    const { payment } = await acts.undo(await existing(call), call.caller.person);
    return backTo(payment, 'undoing');
  });
  pages.form('/payments/:id/refunds', 'operator', async (call, form) => {
    const payment = await existing(call);
    await refunds.start(call.caller.person, payment.paymentRequestId, refundFrom(form, payment));
    return backTo(payment, 'refunding');
  });
}

function refundFrom(form: PageForm, { amount: { currency } }: Payment) {
  const value = typedAmount(currency, form.field('amount'));
  if (value === undefined || (currency === 'IDR' && !value.endsWith('00')))
    throw new Problem(
      'invalid_request',
      `amount: an amount of ${currency} with at most ${currencyExponent(currency) ?? 0} decimals`,
    );
  const refundReference = form.field('refundReference');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(refundReference))
    throw new Problem('invalid_request', 'refundReference: load the page again');
  const reason = form.field('reason');
  if ([...reason].length > 256) throw new Problem('invalid_request', 'reason: at most 256 characters');
  return { refundReference, amount: { currency, value }, ...(reason !== '' && { reason }) };
}

type Wanted = Parameters<PaymentFinder['search']>[0];

/** What the form asks for; `null` when the amount cannot be read. */
function wantedOf({ asked }: PageCall, { shop }: PageKit): Omit<Wanted, 'id' | 'reference'> | null {
  const currency = asked('currency').normalize('NFKC').toUpperCase();
  const amount = asked('amount');
  const value = amount === '' ? null : typedAmount(currency, amount);
  if (value === undefined) return null;
  const until = shop.startOf(asked('to'));
  return {
    state: STATES.find((state) => state === asked('state')) ?? null,
    laneId: asked('lane') === '' ? null : asked('lane'),
    from: shop.startOf(asked('from')) ?? null,
    to: until === undefined ? null : dayAfter(until, shop),
    currency: /^[A-Z]{3}$/.test(currency) ? currency : null,
    value,
    limit: PAYMENTS_A_PAGE,
    after: readCursor(asked('cursor')) ?? null,
  };
}

/** The next midnight of the shop, also where a day has 23 or 25 hours. */
function dayAfter(begin: Instant, shop: PageKit['shop']): Instant {
  return shop.startOf(shop.day(addMs(begin, DAY_MS * 1.5))) ?? addMs(begin, DAY_MS);
}

async function searched(finder: PaymentFinder, wanted: Wanted) {
  const found: Payment[] = [];
  let next: ListPlace | null = wanted.after;
  for (let calls = 0; calls < CALLS_A_PAGE; calls += 1) {
    const page: Awaited<ReturnType<PaymentFinder['search']>> = await finder.search({
      ...wanted,
      after: next,
      limit: wanted.limit - found.length,
    });
    found.push(...page.payments);
    next = page.next;
    if (next === null || found.length >= wanted.limit) break;
  }
  return { payments: found, next };
}

async function listPage(call: PageCall, { finder, kit, lanes }: PaymentPagesParts): Promise<Page> {
  const wanted = wantedOf(call, kit);
  const q = call.asked('q').normalize('NFKC');
  const isText = /^[A-Za-z0-9_-]{1,128}$/.test(q);
  let found: Awaited<ReturnType<typeof searched>> = { payments: [], next: null };
  if (wanted !== null && q === '') found = await searched(finder, { ...wanted, id: null, reference: null });
  else if (wanted !== null && isText) {
    // A whole id of any kind is found at once; anything else is taken for the beginning of a reference.
    if (wanted.after === null) found = await searched(finder, { ...wanted, id: q, reference: null });
    if (found.payments.length === 0 && q.length <= 64) found = await searched(finder, { ...wanted, id: null, reference: q });
  }
  const asked = Object.fromEntries(FIELDS.map((name) => [name, call.asked(name)]));
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
  return {
    template: 'payments',
    title: call.say('nav.payments'),
    at: '/payments',
    model: {
      asked,
      wrong: wanted === null,
      states: STATES,
      lanes,
      payments: found.payments.map((payment) => ({ ...payment, back: moneyBackOf(payment.life) })),
      query: query.toString(),
      more: found.next === null ? null : cursorOf(found.next),
      isFirst: call.asked('cursor') === '',
    },
  };
}

async function paymentPage(call: PageCall, payment: Payment, parts: PaymentPagesParts): Promise<Page> {
  const { paymentRequestId, life, amount } = payment;
  const wish = stretchOf(call.asked('from'), LINES_A_PAGE);
  const [page, refunds, ruling] = await Promise.all([
    parts.finder.timelinePage(paymentRequestId, wish),
    parts.refundsOf(paymentRequestId),
    rulingBox(parts.rulings, payment),
  ]);
  const canAsk = parts.desk.canAsk(payment);
  const left = leftToRefund(amount, life);
  const { undo } = moneyBackOf(life);
  return {
    template: 'payment',
    title: call.say('pay.title', { reference: payment.saleReference }),
    at: '/payments',
    model: {
      payment,
      view: parts.view(payment),
      refunds,
      ruling,
      undo,
      timeline: timelineOf(seenBy(call.caller.person, payment, page.lines)),
      stretch: { ...page, lines: page.lines.length, size: LINES_A_PAGE },
      kept: { days: Math.floor(parts.glassKeptMs / DAY_MS), isGone: parts.clock.now() - life.createdAt > parts.glassKeptMs },
      may: {
        inquire: canAsk && (!isFinal(life.state) || life.alerts.length > 0),
        cancel: !isFinal(life.state),
        undo: canAsk && mayUndo(payment),
        refund: canAsk && mayRefund(payment),
      },
      left: moneyShown({ currency: amount.currency, value: String(left) }),
      // Drawn with the page: pressing the button twice, or going back and pressing again, is one refund.
      refundReference: `BO-${randomBytes(9).toString('base64url')}`,
      paidAt: life.paid?.paidAt == null ? null : instant(life.paid.paidAt),
    },
  };
}
