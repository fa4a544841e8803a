import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addMs, type Instant } from '#src/base/clock.js';
import { nextAction } from '#src/payment/next-action.js';
import type { CancelOutcome, InquiryOutcome, RefundOutcome, RefundThere } from '#src/payment/pay-outcome.js';
import type { Evidence, PaidFacts, PaymentLife } from '#src/payment/payment.js';
import { goneElsewhere, leftToRefund, type MoneyBack, moneyBackOf, type RefundRequestId } from '#src/payment/refund.js';
import type { TimingRules } from '#src/payment/timing.js';
import { decide } from '#src/payment/transitions.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';
import { seededSuite } from '../support/seeded.js';

const OF = { currency: 'JPY', value: '100' };
const START = addMs(SAMPLE_START, 60_000);
const TIMING: TimingRules = {
  payPausesMs: [1_000],
  inquiryFirstAfterMs: 5_000,
  inquiryEveryMs: [3_000, 5_000],
  graceAfterExpiryMs: 15_000,
  cancelEveryMs: 10_000,
  laneReleaseAfterMs: 60_000,
  latePayment: 'undo',
  // The payments are older than the process: their books may be an older copy.
  booksSince: START,
};
const FACTS = samplePayment('paid').life.paid as PaidFacts;
const FAILURE = { reason: 'expired', resultCode: 'ORDER_IS_CLOSED', advice: 'new_sale_may_work' } as const;

/** What the world may do at a step: ask for money back, stay away, or answer what the bridge calls next. */
interface Step {
  readonly ask: 'refund' | 'undo' | 'notifiedPaid' | 'notifiedFailed' | null;
  readonly value: number;
  readonly waitMs: number;
  readonly refund: RefundOutcome | 'crash';
  readonly cancel: CancelOutcome | 'crash';
  readonly inquiry: Exclude<InquiryOutcome['kind'], 'questionRefused'> | 'paidAndCancelled' | 'closedByCancel' | 'crash';
  /** What an inquiry lists of the refunds that are under way. */
  readonly listed: 'S' | 'F' | 'U' | 'other' | null;
  /** False: this API lists no refunds at all. */
  readonly lists: boolean;
  /** What it lists besides, of which these books know nothing. */
  readonly elsewhere: number;
  readonly by: 'terminal' | 'operator';
}

const REFUNDED = { kind: 'refunded', facts: { refundId: 'RF', refundedAt: null, settlement: null } } as const;
const refused = (toCheck: boolean) => ({ kind: 'refused', code: 'X', toCheck, operations: false }) as const;

const step: fc.Arbitrary<Step> = fc.record({
  ask: fc.constantFrom('refund', 'refund', 'undo', 'notifiedPaid', 'notifiedFailed', null, null, null),
  value: fc.integer({ min: 1, max: 120 }),
  waitMs: fc.constantFrom(0, 10_000, 3_600_000, 90_000_000),
  refund: fc.constantFrom<Step['refund']>(
    REFUNDED,
    refused(false),
    refused(true),
    { kind: 'underWay' },
    { kind: 'odd', why: 'amount' },
    { kind: 'noAnswer', bytesMayHaveLeft: true },
    { kind: 'noAnswer', bytesMayHaveLeft: false },
    'crash',
  ),
  cancel: fc.constantFrom<Step['cancel']>(
    { kind: 'done' },
    { kind: 'nothingToCancel' },
    { kind: 'alreadyClosed' },
    { kind: 'windowOver' },
    { kind: 'windowOver' },
    { kind: 'refused', code: 'X' },
    { kind: 'noAnswer' },
    'crash',
  ),
  inquiry: fc.constantFrom<Step['inquiry']>(
    'paid',
    'paid',
    'paidAndCancelled',
    'closedUnpaid',
    'closedByCancel',
    'open',
    'notFound',
    'noAnswer',
    'crash',
  ),
  listed: fc.constantFrom<Step['listed']>('S', 'F', 'U', 'other', null),
  lists: fc.constantFrom(true, true, false),
  elsewhere: fc.constantFrom(0, 0, 0, 0, 30, 100),
  by: fc.constantFrom('terminal', 'operator'),
});

describe('the laws of money that goes back', () => {
  const seeded = seededSuite();

  for (const start of ['paid', 'failed', 'cancelled'] as const) {
    it(`hold from ${start}, whatever the world answers`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => walk(start, steps)),
        seeded.runs(1_500),
      );
    });
  }
});

function walk(start: 'paid' | 'failed' | 'cancelled', steps: readonly Step[]): void {
  let life: PaymentLife = samplePayment(start).life;
  let now: Instant = START;
  let isAsked = false;
  let ids = 0;
  const at = () => ({ local: now, upstream: now });
  const weigh = (evidence: Evidence) => {
    const decision = decide(life, evidence, at());
    check(life, evidence, decision.life);
    life = decision.life;
    return decision.kind !== 'illegal';
  };
  for (const one of steps) {
    now = addMs(now, one.waitMs);
    if (one.ask === 'undo') weigh({ kind: 'undoAsked', by: { kind: 'terminal', id: 'T01' }, of: OF });
    if (one.ask === 'refund') {
      ids += 1;
      const refundRequestId = `R${ids}` as RefundRequestId;
      const amount = { currency: 'JPY', value: String(one.value) };
      weigh({ kind: 'refundAsked', refundRequestId, amount, isUndo: false, of: OF, by: one.by });
    }
    if (one.ask === 'notifiedPaid') weigh({ kind: 'notifiedPaid', facts: FACTS });
    if (one.ask === 'notifiedFailed') weigh({ kind: 'notifiedFailed', failure: FAILURE, unlisted: false, paymentId: null });
    const action = nextAction(life, at(), TIMING, false);
    const { undo, open } = moneyBackOf(life);
    if (action.do === 'nothing') {
      assert.ok(open.length === 0 && undo?.state !== 'pending', 'something is under way and nothing is due');
      continue;
    }
    assert.ok(action.at - now <= 600_000, `${action.do} is due only in ${action.at - now} ms`);
    now = action.at > now ? action.at : now;
    if (action.do === 'undoLate') weigh({ kind: 'undoAsked', by: { kind: 'bridge', because: 'late_payment' }, of: OF });
    else if (action.do === 'openRefund' && leftToRefund(OF, life) <= 0n) weigh({ kind: 'undoImpossible' });
    else if (action.do === 'openRefund') {
      ids += 1;
      const amount = { currency: OF.currency, value: String(leftToRefund(OF, life)) };
      const isTaken = weigh({
        kind: 'refundAsked',
        refundRequestId: `R${ids}` as RefundRequestId,
        amount,
        isUndo: true,
        of: OF,
        by: 'terminal',
      });
      assert.ok(isTaken, 'the refund of an undo has room');
    } else if (action.do === 'refund') {
      const { refundRequestId } = action;
      const refund = open.find((each) => each.refundRequestId === refundRequestId);
      if (refund?.firstSentAt === null) {
        assert.ok(isAsked, `${refundRequestId} leaves, and nobody has asked what went back before`);
        const sum = BigInt(moneyBackOf(life).asked) + goneElsewhere(life);
        assert.ok(sum <= BigInt(OF.value), `${refundRequestId} leaves, and ${sum} would be back`);
      }
      weigh({ kind: 'callStarted', call: 'refund', refundRequestId });
      if (one.refund !== 'crash') weigh({ kind: 'refundAnswered', refundRequestId, outcome: one.refund });
    } else if (action.do === 'cancel') {
      weigh({ kind: 'callStarted', call: 'cancel' });
      if (one.cancel !== 'crash') weigh({ kind: 'cancelAnswered', outcome: one.cancel });
    } else if (action.do === 'inquire') {
      weigh({ kind: 'callStarted', call: 'inquiry' });
      if (one.inquiry === 'crash') continue;
      const isPaid = one.inquiry === 'paid' || one.inquiry === 'paidAndCancelled';
      isAsked ||= one.inquiry !== 'noAnswer';
      weigh({
        kind: 'inquiryAnswered',
        outcome: inquiryOf(one, life),
        ...(isPaid && one.lists && { elsewhere: String(one.elsewhere) }),
      });
    } else assert.fail(`${action.do} is nothing for an ended payment`);
  }
}

function inquiryOf({ inquiry, listed, lists }: Step, life: PaymentLife): InquiryOutcome {
  const refunds: RefundThere[] = moneyBackOf(life).open.flatMap(({ refundRequestId, amount }) => {
    if (listed === null) return [];
    const there = listed === 'other' ? { currency: 'JPY', value: `${amount.value}1` } : amount;
    return { refundRequestId, resultStatus: listed === 'other' ? 'S' : listed, amount: there, refundId: 'RF', at: null };
  });
  switch (inquiry) {
    case 'paid':
    case 'paidAndCancelled':
      return { kind: 'paid', facts: FACTS, cancelledThere: inquiry !== 'paid', refunds: lists ? refunds : undefined };
    case 'closedUnpaid':
      return { kind: 'closedUnpaid', failure: FAILURE, unlisted: false };
    case 'closedByCancel':
      return { kind: 'closedUnpaid', failure: FAILURE, unlisted: false, cancelledThere: true };
    case 'oddMoney':
      return { kind: 'oddMoney', why: 'amount', paymentId: null };
    case 'open':
      return { kind: 'open', paymentId: null };
    case 'notFound':
    case 'noAnswer':
    case 'crash':
      return { kind: inquiry === 'notFound' ? 'notFound' : 'noAnswer' };
  }
}

function isSaid(evidence: Evidence): boolean {
  if (evidence.kind === 'refundAnswered') return evidence.outcome.kind === 'refunded' || evidence.outcome.kind === 'refused';
  if (evidence.kind === 'cancelAnswered') return evidence.outcome.kind === 'done';
  // Whatever there was went back already, as an inquiry has listed.
  if (evidence.kind === 'undoImpossible') return true;
  return evidence.kind === 'inquiryAnswered' && (evidence.outcome.kind === 'paid' || evidence.outcome.kind === 'closedUnpaid');
}

/** What no evidence may ever do to money that goes back. */
function check(before: PaymentLife, evidence: Evidence, after: PaymentLife): void {
  const [was, is]: MoneyBack[] = [moneyBackOf(before), moneyBackOf(after)];
  assert.ok(was !== undefined && is !== undefined);
  const what = `${JSON.stringify(was)} --${JSON.stringify(evidence)}--> ${JSON.stringify(is)}`;
  assert.equal(after.state, before.state, `the state was left: ${what}`);
  const open = is.open.reduce((sum, { amount }) => sum + BigInt(amount.value), 0n);
  assert.equal(BigInt(is.asked), BigInt(is.refunded) + open, `the sums do not tie: ${what}`);
  assert.ok(BigInt(is.asked) <= BigInt(OF.value), `more than was paid: ${what}`);
  assert.ok(BigInt(is.refunded) >= BigInt(was.refunded), `a refund was taken back: ${what}`);
  // Silence, doubt and the clock settle nothing.
  const settled = was.open.some(({ refundRequestId }) => is.open.every((one) => one.refundRequestId !== refundRequestId));
  const undoEnded = was.undo?.state === 'pending' && is.undo?.state !== 'pending';
  if (settled || undoEnded) assert.ok(isSaid(evidence), `settled by nothing: ${what}`);
  // Where an inquiry lists no refunds, it says nothing about any.
  const isSilentAboutRefunds =
    evidence.kind === 'inquiryAnswered' && evidence.outcome.kind === 'paid' && evidence.outcome.refunds === undefined;
  if (isSilentAboutRefunds) assert.ok(!settled, `settled by an inquiry that lists no refunds: ${what}`);
  // What is called done leaves nothing with the shop, and nothing under way.
  if (is.undo?.state === 'done' && is.undo.by === 'refund')
    assert.ok(
      BigInt(is.refunded) + BigInt(is.elsewhere ?? '0') >= BigInt(OF.value) && is.open.length === 0,
      `done, and not all went back: ${what}`,
    );
  assert.ok(goneElsewhere(after) >= goneElsewhere(before), `money that went back was forgotten: ${what}`);
  // An F after an unclear send settles nothing by itself.
  if (evidence.kind === 'refundAnswered' && evidence.outcome.kind === 'refused') {
    const mine = was.open.find(({ refundRequestId }) => refundRequestId === evidence.refundRequestId);
    if (mine?.unclear === true) assert.ok(!settled, `refused by an F after silence: ${what}`);
  }
  if (was.undo !== null) {
    assert.ok(is.undo !== null, `an undo was forgotten: ${what}`);
    if (was.undo.state !== 'pending') assert.deepEqual(is.undo, was.undo, `an undo that had ended went on: ${what}`);
    if (was.undo.by === 'cancel' && is.undo.by === 'refund') {
      const saysPaid = evidence.kind === 'inquiryAnswered' && evidence.outcome.kind === 'paid';
      assert.ok(was.undo.cancel?.verdict === 'windowOver' && saysPaid, `the undo changed its way: ${what}`);
    }
    if (was.undo.by === 'refund') assert.equal(is.undo.by, 'refund', what);
  }
  // Late money goes back only when an inquiry has said that it is there.
  if (before.state !== 'paid' && is.undo !== null) assert.ok(is.late !== null, `late money nobody confirmed: ${what}`);
}
