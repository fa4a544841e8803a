import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { ALL_RESULTS, actionAfter, failureFor, INVENTED, type ResultLine } from '../support/order-code-results.js';

const LOST: Fault = { name: 'lose', times: 0 };
const ENDED = new Set(['paid', 'failed', 'cancelled']);

/** A listed code that describes a request and not the payment: it never ends one. */
const aboutTheRequest = (line: ResultLine) => line.class === 'CHECK' && line.status === 'F';

function assertRefused(seen: SeenPayment, line: ResultLine): void {
  const failure = failureFor(line);
  assert.ok(failure !== undefined);
  assert.equal(seen.state, 'failed');
  assert.deepEqual(seen.failure, failure);
  assert.equal(seen.next.action, actionAfter(failure.advice));
  assert.equal(seen.next.newSaleAllowed, true);
  assert.equal(seen.orderCode, null);
}

describe('every result code', () => {
  let shop: Harness;
  before(async () => {
    shop = await startHarness({ displays: [] });
  });
  after(() => shop.stop());

  const play = (...faults: Fault[]) => assert.equal(shop.simulator.setFaults(faults), undefined);
  const named = ({ code, status, class: cls }: ResultLine) => `${code} with ${status} (${cls})`;

  /** Clears the lane for the next code. */
  afterEach(async () => {
    play(LOST);
    const { openPayment } = (await shop.till('/v1/lanes/lane-1')).json<{ openPayment: SeenPayment | null }>();
    if (openPayment === null) return;
    await shop.cancel(openPayment.paymentRequestId);
    await shop.untilState(openPayment.paymentRequestId, [...ENDED], 30_000);
  });

  describe('as the answer to pay', () => {
    for (const line of ALL_RESULTS) {
      it(`${named(line)}`, async () => {
        play({ name: `result:${line.code}:${line.status}`, call: 'pay' }, LOST);
        const placed = await shop.place();
        const { lastResult } = placed;
        if (failureFor(line) !== undefined) {
          assertRefused(placed, line);
          assert.equal(placed.endedBy, 'pay_answer');
          assert.deepEqual([lastResult?.['call'], lastResult?.['resultCode']], ['pay', line.code]);
          assert.equal(shop.calls(undefined, placed.paymentRequestId).length, 1);
          return;
        }
        switch (line.class) {
          case 'RENDER':
            assert.equal(placed.state, 'awaiting_payer');
            break;
          case 'BACKOFF':
          case 'RETRY_SAME': {
            assert.equal(placed.state, 'submitting');
            assert.equal(lastResult?.['resultCode'], line.code);
            await shop.clock.advance(line.class === 'BACKOFF' ? 1_999 : 999);
            assert.equal((await shop.read(placed.paymentRequestId)).sends, 1);
            await shop.clock.advance(1);
            const seen = await shop.read(placed.paymentRequestId);
            assert.deepEqual([seen.state, seen.sends], ['awaiting_payer', 2]);
            break;
          }
          default: {
            // S: inquired, and open without a code, so cancelled. F: an order of ours with other values; inquired, not there, cancelled.
            const seen = await shop.untilState(placed.paymentRequestId, [...ENDED], 1_000);
            assert.equal(seen.state, 'cancelled');
            assert.equal(seen.cancelReason, line.status === 'S' ? 'code_missing' : 'id_conflict');
            assert.deepEqual(
              shop.calls(undefined, placed.paymentRequestId).map(({ call }) => call),
              ['pay', 'inquiry', 'cancel'],
            );
          }
        }
      });
    }
  });

  describe('as what an inquiry says of the payment', () => {
    for (const line of ALL_RESULTS) {
      it(`${named(line)}`, async () => {
        play({ name: `payment_result:${line.code}:${line.status}`, call: 'inquiry' }, LOST);
        const { paymentRequestId: id } = await shop.place();
        await shop.clock.advance(5_000);
        const seen = await shop.read(id);
        assert.equal(shop.calls('inquiry', id).length, 1);
        if (line.status === 'S') {
          assert.deepEqual([seen.state, seen.endedBy], ['paid', 'inquiry']);
        } else if (line.status === 'F' && !aboutTheRequest(line)) {
          assertRefused(seen, line);
          assert.equal(seen.endedBy, 'inquiry');
        } else {
          assert.equal(seen.state, 'awaiting_payer');
        }
        assert.deepEqual(
          [seen.lastResult?.['call'], seen.lastResult?.['resultStatus'], seen.lastResult?.['resultCode']],
          ['inquiry', line.status, line.code],
        );
      });
    }
  });

  describe('as what a notification says of the payment', () => {
    for (const line of ALL_RESULTS) {
      it(`${named(line)}`, async () => {
        const { paymentRequestId: id } = await shop.place();
        const delivery = await shop.simulator.inventNotification(id, line.code, line.status);
        assert.ok(typeof delivery === 'object' && delivery.acknowledged, 'acknowledged whatever it says');
        await shop.clock.settle();
        const seen = await shop.read(id);
        if (line.status === 'S') {
          assert.deepEqual([seen.state, seen.endedBy], ['paid', 'notification']);
        } else if (line.status === 'F' && !aboutTheRequest(line)) {
          assertRefused(seen, line);
          assert.equal(seen.endedBy, 'notification');
        } else {
          // U and A never come in a notification, and the rest describes a request: the upstream is asked.
          assert.equal(seen.state, 'awaiting_payer');
          assert.equal(shop.calls('inquiry', id).length, 1);
        }
      });
    }
  });

  describe('an unlisted F after the end of the order means that it ran out', () => {
    for (const line of INVENTED.filter(({ status }) => status === 'F')) {
      for (const by of ['inquiry', 'notification'] as const) {
        it(`${line.code} by ${by}`, async () => {
          play(LOST, { name: 'deaf', call: 'inquiry', times: 0 });
          const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
          await shop.untilState(id, ['in_doubt'], 31_000);
          if (by === 'notification') await shop.simulator.inventNotification(id, line.code, 'F');
          else play(LOST, { name: `payment_result:${line.code}:F`, call: 'inquiry', times: 0 });
          const seen = await shop.untilState(id, [...ENDED], 14_000);
          assert.deepEqual(seen.failure, { reason: 'expired', resultCode: line.code, advice: 'new_sale_may_work' });
        });
      }
    }
  });

  describe('as the answer to a cancel', () => {
    const REFUSALS = ALL_RESULTS.filter(({ status, code }) => status === 'F' && code !== 'ORDER_IS_CLOSED');
    for (const line of REFUSALS) {
      it(`${named(line)} asks, and a person decides while the order is open`, async () => {
        const { paymentRequestId: id } = await shop.place();
        play(LOST, { name: `result:${line.code}:F`, call: 'cancel' });
        await shop.cancel(id);
        await shop.clock.settle();
        assert.equal((await shop.read(id)).state, 'needs_attention');
        assert.deepEqual(
          shop.calls(undefined, id).map(({ call }) => call),
          ['pay', 'inquiry', 'cancel', 'inquiry'],
        );
        // The lane is free; the next cancel, asked by a person, ends it.
        play(LOST);
        await shop.cancel(id);
        assert.equal((await shop.untilState(id, [...ENDED], 60_000)).state, 'cancelled');
      });
    }

    for (const line of ALL_RESULTS.filter(({ status }) => status === 'U' || status === 'A')) {
      it(`${named(line)} is repeated until it is S`, async () => {
        const { paymentRequestId: id } = await shop.place();
        play(LOST, { name: `processed_result:${line.code}:${line.status}`, call: 'cancel', times: 2 });
        await shop.cancel(id);
        assert.equal((await shop.untilState(id, [...ENDED], 30_000)).state, 'cancelled');
        assert.equal(shop.calls('cancel', id).length, 3);
      });
    }

    it('any word with S is the end', async () => {
      const { paymentRequestId: id } = await shop.place();
      play(LOST, { name: 'result:WONDERFUL_NEWS:S', call: 'cancel' });
      await shop.cancel(id);
      await shop.clock.settle();
      assert.equal((await shop.read(id)).state, 'cancelled');
    });
  });
});
