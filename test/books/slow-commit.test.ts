import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { type AdvanceParts, advancePayment } from '#src/payment/advance-payment.js';
import type { Heard, PayOutcome, RefundOutcome, Upstream } from '#src/payment/pay-outcome.js';
import type { Payment } from '#src/payment/payment.js';
import type { Refund, RefundRequestId } from '#src/payment/refund.js';
import { type BooksBench, openBench } from '../support/books-bench.js';
import { needPostgres, type TestDatabase } from '../support/postgres.js';

const TIMING = {
  payPausesMs: [1000, 3000],
  inquiryFirstAfterMs: 5000,
  inquiryEveryMs: [3000, 5000] as const,
  latePayment: 'undo' as const,
  booksSince: instant(0),
  graceAfterExpiryMs: 15_000,
  cancelEveryMs: 10_000,
  laneReleaseAfterMs: 60_000,
};

describe('a call whose commit was slow', () => {
  let database: TestDatabase;
  let one: BooksBench;
  let other: BooksBench;
  let sent: string[];

  before(async function () {
    await needPostgres(this);
  });
  beforeEach(async function () {
    database = await (await needPostgres(this)).createDatabase();
    const place = { place: { client: 'pg', connection: database.connection } as const, remove: () => database.drop() };
    [one, other] = [await openBench(place), await openBench(place)];
    sent = [];
  });
  afterEach(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  /** What a worker of `bench` works with; each first record of a call takes `slowMs`, and `meanwhile` happens in that time. */
  function partsOf(
    bench: BooksBench,
    name: string,
    slowMs = 0,
    meanwhile: () => Promise<unknown> = async () => {},
  ): AdvanceParts {
    const heard = { call: 'pay', verified: false, resultStatus: null, resultCode: null } as const;
    const silence = { ...heard, outcome: { kind: 'silent', bytesMayHaveLeft: true } } as unknown as Heard<PayOutcome>;
    const upstream = {
      id: 'u',
      defaultLifeMs: 180_000,
      clockOffsetMs: () => 0,
      slowed: () => false,
      async pay({ paymentRequestId }: Payment) {
        sent.push(`${name} ${paymentRequestId}`);
        return silence;
      },
      async refund(_payment: Payment, { refundRequestId }: Refund) {
        sent.push(`${name} ${refundRequestId}`);
        return {
          ...heard,
          call: 'refund',
          outcome: { kind: 'noAnswer', bytesMayHaveLeft: true },
        } as unknown as Heard<RefundOutcome>;
      },
    } as unknown as Upstream;
    const record: AdvanceParts['books']['record'] = async (payment, change) => {
      const recorded = await bench.payments.record(payment, change);
      if (change.evidence.kind === 'callStarted' && slowMs > 0) {
        await bench.clock.advance(slowMs);
        await meanwhile();
      }
      return recorded;
    };
    return {
      books: { ...bench.payments, record },
      claims: bench.claims,
      newRefundId: () => 'TEST1-refund' as RefundRequestId,
      clock: bench.clock,
      log: silentLog,
      upstreamOf: () => ({ upstream, timing: TIMING }),
    };
  }

  it('is made when there is time for it before another process may come', async () => {
    const { paymentRequestId: id } = await one.opened();
    await advancePayment(partsOf(one, 'one', 1500), id, () => true);
    assert.deepEqual(sent, [`one ${id}`]);
  });

  it('is not made when there is none, and the payment goes on as after silence', async () => {
    const { paymentRequestId: id } = await one.opened();
    const after = await advancePayment(partsOf(one, 'one', 2500), id, () => true);
    assert.deepEqual(sent, []);
    assert.deepEqual([after?.life.state, after?.life.sends.underWay, after?.life.sends.count], ['submitting', false, 1]);
  });

  it('is not made after another process has taken over and sent', async () => {
    const { paymentRequestId: id } = await one.opened();
    const takeOver = async () => {
      await database.query('update payments set claimed_until = 1');
      assert.equal(await other.claims.take(id), true);
      await other.clock.advance(20_000);
      await advancePayment(partsOf(other, 'other'), id, () => true);
      // The pause after a lost send.
      await other.clock.advance(1500);
      await advancePayment(partsOf(other, 'other'), id, () => true);
    };
    await advancePayment(partsOf(one, 'one', 20_000, takeOver), id, () => true);
    assert.deepEqual([...new Set(sent.map((line) => line.split(' ')[0]))], ['other']);
  });

  describe('and whose refund is read slowly', () => {
    const REFUND = 'TEST1-refund' as RefundRequestId;

    async function refundAsked(): Promise<Payment> {
      const nothing = {
        paidAt: null,
        pspId: null,
        walletBrandName: null,
        mppPaymentId: null,
        customerId: null,
        settlement: null,
      };
      const paid = await one.record(await one.opened(), { kind: 'notifiedPaid', facts: { ...nothing, paymentId: 'P' } });
      const refund = { refundRequestId: REFUND, isUndo: false, amount: { currency: 'JPY', value: '1' } };
      const change = one.change(paid, { kind: 'refundAsked', ...refund, of: paid.amount, by: 'terminal' });
      const request = { path: '/refund', body: Buffer.from('{}'), bodySha256: 'a'.repeat(64) };
      const asked = { refundReference: 'R', reason: null, askedBy: { kind: 'operator', name: 'kim' } as const, request };
      const opened = await one.payments.openRefund(paid, change, { ...refund, ...asked });
      assert.ok(typeof opened === 'object');
      return opened;
    }

    /** Works on the payment while each read of a refund takes `slowMs` and `meanwhile` happens in that time. */
    async function advance(id: Payment['paymentRequestId'], slowMs: number, meanwhile: () => Promise<unknown> = async () => {}) {
      const parts = partsOf(one, 'one');
      const findRefund: AdvanceParts['books']['findRefund'] = async (named) => {
        const refund = await parts.books.findRefund(named);
        await one.clock.advance(slowMs);
        await meanwhile();
        return refund;
      };
      await advancePayment({ ...parts, books: { ...parts.books, findRefund } }, id, () => true);
    }

    it('is made under a claim that is whole again', async () => {
      const { paymentRequestId: id } = await refundAsked();
      // On the server's clock the time of the reading passes, too.
      await advance(id, 20_000, () => database.query('update payments set claimed_until = 1'));
      assert.deepEqual(sent, [`one ${REFUND}`]);
      assert.deepEqual(await database.query('select claimed_until > extract(epoch from now()) * 1000 as held from payments'), [
        { held: true },
      ]);
    });

    it('is not made after another process has taken over and sent', async () => {
      const { paymentRequestId: id } = await refundAsked();
      await advance(id, 20_000, async () => {
        await database.query('update payments set claimed_until = 1');
        assert.equal(await other.claims.take(id), true);
        await other.clock.advance(20_000);
        await advancePayment(partsOf(other, 'other'), id, () => true);
      });
      assert.deepEqual(sent, [`other ${REFUND}`]);
    });
  });
});
