import assert from 'node:assert/strict';
import { alertStory } from '#src/backoffice/pages/alert-models.js';
import { instant } from '#src/base/clock.js';
import type { AlertKind, PaidFacts, Payment, PaymentLife, StateName } from '#src/payment/payment.js';
import type { MoneyBack, UndoFacts } from '#src/payment/refund.js';

const AMOUNT = { currency: 'JPY', value: '1980' };
const FACTS = { paymentId: 'x' } as PaidFacts;

function paymentIn(state: StateName, facts: Partial<PaymentLife> = {}): Payment {
  const life = { state, paid: state === 'paid' ? FACTS : null, alertToConfirm: false, ...facts } as PaymentLife;
  return { amount: AMOUNT, life } as Payment;
}

const back = (some: Partial<MoneyBack>): { moneyBack: MoneyBack } => ({
  moneyBack: { undo: null, late: null, asked: '0', refunded: '0', open: [], ...some },
});
const undo = (state: UndoFacts['state']): UndoFacts => ({
  by: 'refund',
  state,
  amount: AMOUNT,
  at: instant(0),
  asker: { kind: 'bridge', because: 'late_payment' },
  cancel: null,
  refundRequestId: null,
});

describe('the story of an alert', () => {
  for (const [told, kind, payment, rule, expected] of [
    ['asks first', 'paid_after_failed', paymentIn('failed', { alertToConfirm: true }), 'undo', ['asking', 'wait', false, false]],
    ['finds no money', 'paid_after_failed', paymentIn('failed'), 'undo', ['notthere', 'notthere', false, false]],
    [
      'will give back by itself',
      'paid_after_cancelled',
      paymentIn('cancelled', back({ late: FACTS })),
      'undo',
      ['willundo', 'wait', true, false],
    ],
    [
      'leaves it to people',
      'paid_after_cancelled',
      paymentIn('cancelled', back({ late: FACTS })),
      'ask',
      ['ask', 'ask', true, false],
    ],
    [
      'is giving back',
      'paid_after_failed',
      paymentIn('failed', back({ late: FACTS, undo: undo('pending') })),
      'undo',
      ['undo.pending', 'undo.pending', false, false],
    ],
    [
      'has given back',
      'paid_after_failed',
      paymentIn('failed', back({ late: FACTS, undo: undo('done') })),
      'ask',
      ['undo.done', 'undo.done', false, false],
    ],
    [
      'was refused',
      'paid_after_failed',
      paymentIn('failed', back({ late: FACTS, undo: undo('refused') })),
      'undo',
      ['undo.refused', 'undo.refused', false, false],
    ],
    ['keeps paid paid', 'failed_after_paid', paymentIn('paid'), 'undo', ['asked', 'failed_after_paid', true, true]],
    [
      'asks about another amount',
      'amount_differs',
      paymentIn('paid', { alertToConfirm: true }),
      'undo',
      ['asking', 'amount_differs', true, true],
    ],
    [
      'has nothing left to give',
      'amount_differs',
      paymentIn('paid', back({ asked: '1980' })),
      'undo',
      ['asked', 'amount_differs', false, false],
    ],
  ] satisfies readonly (readonly [string, AlertKind, Payment, 'undo' | 'ask', readonly [string, string, boolean, boolean]])[])
    it(`says what the bridge does and what is left to do: ${told}`, () => {
      const { does, todo, may } = alertStory(kind, payment, rule);
      assert.deepEqual(
        [does, todo, may.undo, may.refund],
        [`alert.does.${expected[0]}`, `alert.todo.${expected[1]}`, ...expected.slice(2)],
      );
    });
});
