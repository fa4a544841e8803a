import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Knex } from 'knex';
import { instant } from '../base/clock.js';
import type { PaymentRequestId } from '../payment/payment.js';
import type { Claims, ClaimWishes } from './claims.js';

/**
 * How much longer a claim lasts than the longest call, ms: for a slow commit before the call and a late timer after it. Half of it must
 * be left when a call begins.
 */
const SPARE_MS = 4000;

/** One clock for all processes: those of the machines may differ by more than a claim lasts. */
const SERVER_NOW = 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)';

interface TakenRow {
  readonly payment_request_id: string;
}

/**
 * Claims as leases on the payments' rows. A claim outlasts every call that is begun under it, so it is renewed before a call and never
 * during one; a process that dies loses its claims when they run out, and whatever ran out is due.
 */
export function postgresClaims(db: Knex, { clock, longestCallMs }: ClaimWishes): Claims {
  const me = `${hostname()} ${process.pid} ${randomBytes(6).toString('hex')}`;
  const leaseMs = longestCallMs + SPARE_MS;
  /** Until when each claim holds for certain, counted here from before the server counted. */
  const heldUntil = new Map<PaymentRequestId, number>();
  const claimed = () => ({ claimed_by: me, claimed_until: db.raw(`${SERVER_NOW} + cast(? as bigint)`, [leaseMs]) });
  const free = `claimed_by is null or claimed_by = :me or claimed_until <= ${SERVER_NOW}`;
  const whereFree: Claims['whereFree'] = (rows) => void rows.whereRaw(`(${free})`, { me });

  const stillHas = (id: PaymentRequestId) => (heldUntil.get(id) ?? 0) - clock.elapsedMs() >= longestCallMs + SPARE_MS / 2;

  return {
    whereFree,
    stillHas,
    async take(id) {
      if (stillHas(id)) return true;
      const before = clock.elapsedMs();
      const taken = await db('payments').where('payment_request_id', id).andWhereRaw(`(${free})`, { me }).update(claimed());
      if (taken === 1) heldUntil.set(id, before + leaseMs);
      else heldUntil.delete(id);
      return taken === 1;
    },
    async release(id) {
      if (!heldUntil.delete(id)) return;
      await db('payments').where({ payment_request_id: id, claimed_by: me }).update({ claimed_by: null, claimed_until: null });
    },
    ofNew(id) {
      const before = clock.elapsedMs();
      return { columns: claimed(), isStored: () => void heldUntil.set(id, before + leaseMs) };
    },
    async takeDue(upstreamId, most, atWork) {
      const before = clock.elapsedMs();
      const now = clock.now();
      const { rows } = (await db.raw(
        `with due as (
           select payment_request_id from payments
           where upstream_id = :upstreamId and (due_at <= :now or claimed_until <= ${SERVER_NOW}) and (${free}) and payment_request_id <> all (cast(:atWork as text[]))
           order by due_at limit :most for update skip locked
         )
         update payments set claimed_by = :me, claimed_until = ${SERVER_NOW} + cast(:leaseMs as bigint)
         from due where payments.payment_request_id = due.payment_request_id
         returning payments.payment_request_id`,
        { upstreamId, now, me, most, leaseMs, atWork: [...atWork] },
      )) as { readonly rows: readonly TakenRow[] };
      const taken = rows.map((row) => row.payment_request_id as PaymentRequestId);
      for (const id of taken) heldUntil.set(id, before + leaseMs);
      return { taken, nextAt: await nextAt(upstreamId, atWork) };
    },
    async releaseAll() {
      heldUntil.clear();
      await db('payments')
        .whereNotNull('claimed_until')
        .andWhere('claimed_by', me)
        .update({ claimed_by: null, claimed_until: null });
    },
  };

  /** The next due time among those nobody works on, or the end of the first claim of another process, on our clock. */
  async function nextAt(upstreamId: string, atWork: readonly PaymentRequestId[]) {
    const { rows } = (await db.raw(
      `select
         (select min(due_at) from payments
           where upstream_id = :upstreamId and claimed_by is null and payment_request_id <> all (cast(:atWork as text[]))) as due_at,
         (select min(claimed_until) - ${SERVER_NOW} from payments
           where upstream_id = :upstreamId and claimed_until is not null and claimed_by <> :me) as ends_in`,
      { upstreamId, me, atWork: [...atWork] },
    )) as { readonly rows: readonly { readonly due_at: number | null; readonly ends_in: number | null }[] };
    const { due_at = null, ends_in = null } = rows[0] ?? {};
    const times = [due_at, ends_in === null ? null : clock.now() + ends_in].filter((time) => time !== null);
    return times.length === 0 ? null : instant(Math.min(...times));
  }
}
