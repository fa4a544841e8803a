import { createHash } from 'node:crypto';
import { parseIsoTime } from '#src/base/clock.js';
import { createClearingBooks } from '#src/books/clearing-books.js';
import { openBooks } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { createDayBooks } from '#src/books/day-books.js';
import { createOurRows } from '#src/books/our-rows.js';
import { writeShop } from '#src/books/shop-books.js';
import type { PaidFacts } from '#src/payment/payment.js';
import { createReconDesk, type ReconDesk } from '#src/reconciliation/recon-desk.js';
import type { FileSource } from '#src/reconciliation/recon-ports.js';
import type { OurRow } from '#src/reconciliation/recon-words.js';
import type { ReconRules } from '#src/reconciliation/run-day.js';
import type { NewPlace } from './books-places.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import { samplePayment } from './payment-samples.js';

/** Books and a desk for clearing days, and what a test does to them. */
export interface ReconBench {
  readonly open: OpenBooks;
  readonly clock: ManualClock;
  readonly desk: ReconDesk;
  /** The same where only these upstreams are named under `reconciliation`, or something else is expected. */
  deskOf(upstreams: readonly string[], wanted?: readonly ReconRules[]): ReconDesk;
  /** Payments that were asked about. */
  readonly inquired: readonly string[];
  /** Stores rows of ours as a shop would have them. */
  insert(rows: readonly OurRow[]): Promise<void>;
  close(): Promise<void>;
}

export const INSTANCE = 'SHOP1';
/** The usual set, with no fees agreed. */
export const SET: ReconRules = {
  participantId: '1020000000000000001',
  settlementCurrency: 'USD',
  participantAgreementId: '2188000000000001',
  fees: [],
};

/** A file out of text, under any path. */
export function textFile(name: string, text: string): FileSource {
  const bytes = Buffer.from(text);
  return {
    path: `/inbox/${name}`,
    name,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *open() {
      yield bytes;
    },
  };
}

/** What an inquiry told of money that came late. */
export const LATE_FACTS: PaidFacts = {
  paymentId: '901',
  paidAt: null,
  pspId: null,
  walletBrandName: null,
  mppPaymentId: null,
  customerId: null,
  settlement: null,
};

/** The life of a row; late money of which no refund is known is left to people. */
function lifeOf({ late, standing }: OurRow) {
  const { life } = samplePayment(STATE_OF[standing]);
  if (late === undefined) return life;
  return { ...life, moneyBack: { undo: null, late: LATE_FACTS, asked: '0', refunded: '0', open: [] } };
}

function noonOf(day: string): number {
  return parseIsoTime(`${day}T12:00:00+08:00`) ?? 0;
}

const STATE_OF = { completed: 'paid', cancelled: 'cancelled', failed: 'failed', undecided: 'in_doubt' } as const;

function paymentRow(row: OurRow) {
  const state = STATE_OF[row.standing];
  return {
    payment_request_id: row.paymentRequestId,
    lane_id: 'lane-1',
    terminal_id: 'T01',
    sale_reference: row.paymentRequestId,
    upstream_id: 'u',
    merchant_id: 'm',
    currency: row.amount.currency,
    value: row.amount.value,
    sale: '{}',
    request_path: '/pay',
    request_body: Buffer.from('{}'),
    request_sha256: '0',
    state,
    holds_lane: 0,
    under_way: 0,
    life: JSON.stringify(lifeOf(row)),
    version: 1,
    revision: 1,
    created_at: 0,
    updated_at: 0,
    paid_at: state === 'paid' && row.day !== null ? noonOf(row.day) : null,
    clearing_standing: row.standing,
    clearing_day: row.day,
    upstream_payment_id: row.paymentId,
    settled_currency: row.settlement?.currency ?? null,
    settled_value: row.settlement?.value ?? null,
  };
}

function refundRow(row: OurRow) {
  return {
    refund_request_id: row.refundRequestId,
    payment_request_id: row.paymentRequestId,
    refund_reference: row.refundRequestId,
    is_undo: 0,
    currency: row.amount.currency,
    value: row.amount.value,
    asked_by: '{}',
    request_path: '/refund',
    request_body: Buffer.from('{}'),
    request_sha256: '0',
    state: { completed: 'refunded', cancelled: 'refused', failed: 'refused', undecided: 'pending' }[row.standing],
    refund_id: row.refundId,
    refunded_at: row.day === null ? null : noonOf(row.day),
    settlement_currency: row.settlement?.currency ?? null,
    settlement_value: row.settlement?.value ?? null,
    version: 1,
    created_at: 0,
    updated_at: 0,
  };
}

/** Opens books at a place with an empty shop and a desk on them. */
export async function openReconBench(place: NewPlace, rules: readonly ReconRules[] = [SET]): Promise<ReconBench> {
  const open = await openBooks(place.place);
  const clock = createManualClock();
  await writeShop(open, clock, {
    lanes: [{ id: 'lane-1', merchant: 'm', upstream: 'u' }],
    terminals: [{ id: 'T01', lanes: ['lane-1'] }],
  });
  const inquired: string[] = [];
  const deskOf = (upstreams: readonly string[], wanted = rules) =>
    createReconDesk({
      books: createClearingBooks(open, clock),
      days: createDayBooks(open, clock),
      rows: createOurRows(open, upstreams),
      upstreams,
      rules: wanted,
      instanceId: INSTANCE,
      clock,
      inquire: async (id) => void inquired.push(id),
    });
  return {
    open,
    clock,
    desk: deskOf([]),
    deskOf,
    inquired,
    async insert(rows) {
      const payments = rows.filter(({ type }) => type === 'payment').map(paymentRow);
      const refunds = rows.filter(({ type }) => type === 'refund').map(refundRow);
      if (payments.length > 0) await open.db.batchInsert('payments', payments, 100);
      if (refunds.length > 0) await open.db.batchInsert('refunds', refunds, 100);
    },
    close: open.close,
  };
}
