import { type Instant, instant } from '../base/clock.js';
import type { RuledAs } from '../payment/decide-ruling.js';
import type { PaymentRequestId } from '../payment/payment.js';
import type { Ruling } from '../payment/ruling.js';
import type { Db } from './database-kind.js';

/** A row of `rulings` as the driver gives it. */
export interface RulingRow {
  readonly id: number;
  readonly payment_request_id: string;
  readonly ruled_as: string;
  readonly reason: string;
  readonly proposed_by: string;
  readonly proposed_at: number;
  readonly state: string;
  readonly decided_by: string | null;
  readonly decided_at: number | null;
  readonly decided_why: string | null;
}

export function rulingFromRow(row: RulingRow): Ruling {
  return {
    id: String(row.id),
    paymentRequestId: row.payment_request_id as PaymentRequestId,
    as: row.ruled_as as RuledAs,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: instant(row.proposed_at),
    state: row.state as Ruling['state'],
    decidedBy: row.decided_by,
    decidedAt: row.decided_at === null ? null : instant(row.decided_at),
    decidedWhy: row.decided_why,
  };
}

/** Evidence of the upstream came first: nobody has to decide any more. */
export async function voidRulings(trx: Db, paymentRequestId: string, now: Instant): Promise<void> {
  await trx<RulingRow>('rulings')
    .where({ payment_request_id: paymentRequestId, state: 'open' })
    .update({ state: 'void', decided_at: now });
}
