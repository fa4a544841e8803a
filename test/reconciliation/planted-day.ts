import { addMs, instant, parseIsoTime } from '#src/base/clock.js';
import type { OurRow } from '#src/reconciliation/recon-words.js';
import { dayAfter } from '#src/simulator/clearing-entries.js';
import type { PlantedFault } from '#src/simulator/clearing-faults.js';
import { writeClearing } from '#src/simulator/clearing-files.js';
import { type BookedOrder, createOrderBook } from '#src/simulator/order-book.js';
import { ORDER_CODE_FACE } from '#src/simulator/order-code-face.js';
import { createSeededNames } from '#src/simulator/seeded-names.js';
import type { SimulatorTime } from '#src/simulator/simulator-words.js';
import { INSTANCE } from '../support/recon-bench.js';
import type { Seeded } from '../support/seeded.js';

/** A shop's day in the upstream's account book, what our books would hold of it, and the reports with what was planted in them. */
export interface PlantedDay {
  readonly date: string;
  readonly ours: readonly OurRow[];
  /** Reports of the day and of the next one. */
  readonly files: ReturnType<typeof writeClearing>['files'];
  readonly planted: ReturnType<typeof writeClearing>['planted'];
}

const DATE = '2026-03-05';
const ACQUIRER = '1020000000000000001';

function rowsOf({ paymentRequestId, paymentId, asked, state, paidAt, givenBack }: BookedOrder): OurRow[] {
  if (asked === null) return [];
  const standing = { paid: 'completed', cancelled: 'cancelled', closed: 'failed', open: 'undecided' } as const;
  const none = { paymentRequestId, refundRequestId: null, refundId: null };
  const payment: OurRow = {
    ...none,
    type: 'payment',
    paymentId,
    standing: standing[state],
    day: state === 'paid' || state === 'cancelled' ? DATE : null,
    amount: asked.amount,
    settlement: null,
  };
  const refunds = givenBack
    .filter(({ type }) => type === 'REFUND')
    .map(
      ({ requestId, transactionId, amount, settlementAmount }): OurRow => ({
        type: 'refund',
        paymentRequestId,
        paymentId: null,
        refundRequestId: requestId,
        refundId: transactionId,
        standing: 'completed',
        day: DATE,
        amount,
        settlement: settlementAmount,
      }),
    );
  return [paidAt === null ? payment : { ...payment, paymentId }, ...refunds];
}

/** Sells, cancels, declines and refunds as the seed says, and writes the reports with these faults. */
export function plantedDay(seeded: Seeded, faultsOf: (payments: number, refunds: number) => readonly PlantedFault[]): PlantedDay {
  const start = parseIsoTime(`${DATE}T09:00:00+08:00`) ?? instant(0);
  let now = start;
  const time: SimulatorTime = { now: () => now, shown: (at) => at, meant: (at) => at };
  const names = createSeededNames(String(seeded.seed));
  const nothing = () => {};
  const book = createOrderBook({
    names,
    time,
    orderLifeMs: 3_600_000,
    cancelWindow: 'open',
    ended: nothing,
    changed: nothing,
    placed: nothing,
  });
  const many = seeded.whole(12, 30);
  let payments = 0;
  let refunds = 0;
  for (let n = 0; n < many; n += 1) {
    now = addMs(now, seeded.whole(1_000, 600_000));
    const paymentRequestId = `${INSTANCE}-${seeded.seed.toString(16)}x${seeded.whole(1, 1e9).toString(16)}x${n}`;
    const value = String(seeded.whole(200, 90_000));
    const asked = {
      paymentRequestId,
      amount: { currency: 'JPY', value },
      settlementCurrency: 'USD',
      notifyUrl: '',
      cashierNotifyUrl: undefined,
      token: undefined,
      face: ORDER_CODE_FACE,
      shownExpiry: undefined,
      keyValues: '',
      merchantName: null,
      description: null,
    };
    const { order } = book.place(asked, 'client');
    // The first ones are one of each, so that every fault finds something to pick.
    const end =
      n < 3
        ? 'refund'
        : n === 3
          ? 'cancel'
          : n === 4
            ? 'decline'
            : seeded.pick(['pay', 'pay', 'pay', 'cancel', 'decline', 'refund']);
    if (end === 'decline') book.close(order, 'USER_DECLINED');
    else book.pay(order);
    if (end === 'cancel') book.cancel({ paymentRequestId }, 'client');
    if (end === 'pay' || end === 'refund') payments += 1;
    if (end !== 'refund') continue;
    now = addMs(now, seeded.whole(1_000, 60_000));
    book.refund({ paymentRequestId }, `${paymentRequestId}r`, {
      currency: 'JPY',
      value: String(seeded.whole(100, Number(value))),
    });
    refunds += 1;
  }
  const world = { orders: book.all(), time, acquirerId: ACQUIRER };
  const faults = faultsOf(payments, refunds);
  const written = writeClearing({ date: DATE, parts: seeded.whole(1, 3), faults }, world);
  const after = faults.filter(({ name }) => name === 'clearing_next_cycle');
  const next = writeClearing({ date: dayAfter(DATE, 1), parts: 1, faults: after }, world);
  return {
    date: DATE,
    ours: book.all().flatMap(rowsOf),
    files: [...written.files, ...next.files].filter(({ name }) => !name.startsWith('settlement')),
    planted: written.planted,
  };
}
