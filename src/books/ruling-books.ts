import { invariant } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { Ruling, RulingBooks } from '../payment/ruling.js';
import { type Act, recordAct } from './act-books.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import type { StoredPaymentBooks } from './payment-books.js';
import { type RulingRow, rulingFromRow } from './ruling-rows.js';

type Decided = Pick<RulingRow, 'state' | 'decided_by'> & Partial<Pick<RulingRow, 'decided_why'>>;

/** Proposals and what became of them; what is confirmed is recorded with the end of its payment. */
export function createRulingBooks({ db, kind }: Database, payments: Pick<StoredPaymentBooks, 'recordWith'>): RulingBooks {
  const rows = (on: Db) => on<RulingRow>('rulings');
  const openOf = (on: Db, id: string) => rows(on).where({ payment_request_id: id, state: 'open' }).first();

  /** Whoever comes second changes nothing. */
  async function close(trx: Db, { id }: Ruling, decided: Decided, at: Instant): Promise<boolean> {
    const changed = await rows(trx)
      .where({ id: Number(id), state: 'open' })
      .update({ ...decided, decided_at: at });
    return changed === 1;
  }

  return {
    async propose({ paymentRequestId, as, reason, proposedBy }, at) {
      const proposed = {
        payment_request_id: paymentRequestId,
        ruled_as: as,
        reason,
        proposed_by: proposedBy,
        proposed_at: at,
        state: 'open',
      };
      const answer = await inTransaction(db, async (trx) => {
        // Held until the end: the payment cannot end, and void nothing, between this look and the proposal.
        const payment = await trx('payments').where('payment_request_id', paymentRequestId).forUpdate().first('state');
        if (payment?.state !== 'needs_attention') return 'notNeeding' as const;
        const open = await openOf(trx, paymentRequestId);
        if (open !== undefined) return { open: rulingFromRow(open) };
        const [stored] = await rows(trx).insert(proposed).returning('*');
        invariant(stored !== undefined, 'a ruling just inserted is in the books');
        const ruling = rulingFromRow(stored as RulingRow);
        await recordAct(kind, trx, actOf(ruling, 'ruling.propose', proposedBy, reason), at);
        return { ruling };
      });
      if (answer !== 'notNeeding' && 'ruling' in answer) killPoint('ruling.stored', 'propose');
      return answer;
    },
    async find(id) {
      const row = await rows(db).where('id', Number(id)).first();
      return row && rulingFromRow(row);
    },
    async list({ open, limit, after, oldestFirst = false }) {
      const listed = rows(db)
        .orderBy('id', oldestFirst ? 'asc' : 'desc')
        .limit(limit);
      // Word for word the conditions of the indexes: a database does not take them for a value it does not know yet.
      if (open !== null) void listed.whereRaw(open ? "state = 'open'" : "state <> 'open'");
      if (after !== null) void listed.where('id', oldestFirst ? '>' : '<', Number(after));
      return (await listed).map(rulingFromRow);
    },
    async ofPayment(id) {
      return (await rows(db).where('payment_request_id', id).orderBy('id')).map(rulingFromRow);
    },
    confirm: (ruling, by, payment, change) =>
      payments.recordWith(payment, change, async (trx) => {
        if (!(await close(trx, ruling, { state: 'confirmed', decided_by: by }, change.at.local))) return false;
        await recordAct(kind, trx, actOf(ruling, 'ruling.confirm', by, ruling.reason), change.at.local);
        return true;
      }),
    async reject(ruling, by, reason, at) {
      const isClosed = await inTransaction(db, async (trx) => {
        if (!(await close(trx, ruling, { state: 'rejected', decided_by: by, decided_why: reason }, at))) return false;
        await recordAct(kind, trx, actOf(ruling, 'ruling.reject', by, reason ?? ''), at);
        return true;
      });
      if (isClosed) killPoint('ruling.stored', 'reject');
      return isClosed;
    },
  };
}

function actOf({ id, as, paymentRequestId }: Ruling, what: string, who: string, why: string): Act {
  return { who, what, about: paymentRequestId, why, detail: { rulingId: id, as } };
}
