import assert from 'node:assert/strict';
import { BridgeError } from '#src/base/bridge-error.js';
import { type PaymentRow, paymentFromRow } from '#src/books/payment-rows.js';
import { STATES, type StateName } from '#src/payment/payment.js';
import type { MoneyBack, RefundRequestId } from '#src/payment/refund.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

type Json = Record<string, unknown>;

const AMOUNT = { currency: 'JPY', value: '1980' };
const MONEY_BACK: MoneyBack = {
  undo: {
    by: 'cancel',
    state: 'refused',
    amount: AMOUNT,
    at: SAMPLE_START,
    asker: { kind: 'operator', name: 'mika' },
    cancel: { firstSentAt: SAMPLE_START, lastSentAt: SAMPLE_START, tries: 1, verdict: 'windowOver' },
    refundRequestId: null,
  },
  late: samplePayment('paid').life.paid,
  asked: '500',
  refunded: '0',
  open: [
    {
      refundRequestId: 'R-1' as RefundRequestId,
      amount: AMOUNT,
      isUndo: false,
      state: 'in_doubt',
      createdAt: SAMPLE_START,
      tries: 1,
      firstSentAt: SAMPLE_START,
      lastSentAt: SAMPLE_START,
      underWay: false,
      unclear: true,
      refusal: null,
    },
  ],
  elsewhere: '20',
};
const ALERT = { kind: 'amount_differs', at: SAMPLE_START, paymentId: null } as const;

/** A life in which every member says something. */
const full = {
  ...samplePayment('paid').life,
  cancel: samplePayment('cancelling').life.cancel,
  failure: samplePayment('failed').life.failure,
  oddMoney: ALERT,
  alerts: [ALERT],
  codeless: false,
  toldAt: SAMPLE_START,
  moneyBack: MONEY_BACK,
};
/** What may be left out at any place: members that came later, words of the upstream, and what names an asker. */
const MAY_BE_ABSENT = /^(codeless|toldAt|moneyBack|moneyBack\.elsewhere)$|quote\.|\.by\.id$|asker\.name$/;

const text = (life: unknown) => JSON.stringify(life);

function read(state: StateName, life: string) {
  const row = { payment_request_id: 'SHOP114-AAAA', lane_id: 'lane-1', state, life } as PaymentRow;
  return paymentFromRow(row).life;
}

function isRefused(state: StateName, life: string, what: string): void {
  assert.throws(
    () => read(state, life),
    (error) => error instanceof BridgeError && error.code === 'books.unreadableRow' && error.message.includes('Repair: '),
    what,
  );
}

/** Each place in a value, as a path and what takes it out or puts another value there. */
function places(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return [here, ...places(inner, here)];
  });
}

function changed(life: Json, path: string, put?: unknown): Json {
  const copy = structuredClone(life);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = copy;
  for (const name of names) at = at[name] as Json;
  if (put === undefined) delete at[last];
  else at[last] = put;
  return copy;
}

describe('stored life of a payment', () => {
  it('is read as it was written, in every state and with everything in it', () => {
    for (const state of STATES) assert.deepEqual(read(state, text(samplePayment(state).life)), samplePayment(state).life);
    assert.deepEqual(read('paid', text(full)), full);
  });

  it('of books before a member was added is read without it', () => {
    for (const path of places(full).filter((one) => MAY_BE_ABSENT.test(one)))
      assert.deepEqual(read('paid', text(changed(full, path))), changed(full, path), path);
  });

  it('that lacks a member, or has one of another shape, is refused in every state, the member named', () => {
    const lives = [...STATES.map((state) => samplePayment(state).life), full];
    for (const life of lives) {
      const all = life as unknown as Json;
      for (const path of places(all).filter((one) => !MAY_BE_ABSENT.test(one))) {
        if (!/\.\d+$/.test(path)) isRefused(life.state, text(changed(all, path)), `${life.state} without ${path}`);
        isRefused(life.state, text(changed(all, path, [{}])), `${life.state} with a list as ${path}`);
      }
    }
    assert.throws(() => read('paid', text(changed(full, 'sends.count'))), /life\.sends\.count is missing/);
  });

  it('says no number that is none, no half of a sum, and no state that there is not', () => {
    const endless = text({ ...full, stateSince: 1_234_567 }).replace('1234567', '1e999');
    isRefused('paid', endless, 'a time without end');
    isRefused('paid', text(changed(full, 'moneyBack.asked', '1.5')), 'half a yen');
    isRefused('paid', text(changed(full, 'moneyBack.asked', '-1')), 'less than nothing');
    isRefused('paid', text(changed(full, 'sends.count', -1)), 'fewer sends than none');
    isRefused('done' as StateName, text({ ...full, state: 'done' }), 'another state');
  });
});
