import { type Instant, instant } from '../base/clock.js';
import type { Database } from './database-kind.js';
import { type DealtColumns, type DealtWith, dealtFrom, dealWith, type ListWish } from './dealt-with.js';

/** A notification that was authentic and fitted nothing. */
export interface QuarantinedRow {
  readonly id: string;
  readonly receivedAt: Instant;
  readonly upstreamId: string;
  readonly path: string;
  readonly paymentRequestId: string | null;
  readonly why: string;
  readonly verdict: string;
  readonly headers: unknown;
  readonly body: Uint8Array;
  readonly bodySha256: string;
  readonly dealtWith: DealtWith | null;
}

export interface QuarantineBooks {
  /** Newest first, or else oldest first. */
  list(wish: ListWish): Promise<readonly QuarantinedRow[]>;
  find(id: string): Promise<QuarantinedRow | undefined>;
  /** With the act of the person in the same transaction; false when somebody was quicker, or there is none. */
  dealWith(id: string, dealt: DealtWith): Promise<boolean>;
}

interface Row extends DealtColumns {
  readonly id: number;
  readonly received_at: number;
  readonly upstream_id: string;
  readonly path: string;
  readonly payment_request_id: string | null;
  readonly quarantine: string;
  readonly verdict: string;
  readonly headers: string;
  readonly body: Buffer;
  readonly body_sha256: string;
}

/** What stands in quarantine, found by indexes of its own among all notifications. */
export function createQuarantineBooks(database: Database): QuarantineBooks {
  const { db } = database;
  const aside = () => db<Row>('notifications').whereNotNull('quarantine');
  const find: QuarantineBooks['find'] = async (id) => {
    const row: Row | undefined = await aside().where('id', Number(id)).first();
    return row && fromRow(row);
  };
  return {
    async list({ open, after, limit, oldestFirst = false }) {
      const listed = aside()
        .orderBy('id', oldestFirst ? 'asc' : 'desc')
        .limit(limit);
      if (open !== null) void (open ? listed.whereNull('dealt_at') : listed.whereNotNull('dealt_at'));
      if (after !== null) void listed.where('id', oldestFirst ? '>' : '<', Number(after));
      const rows: Row[] = await listed;
      return rows.map(fromRow);
    },
    find,
    async dealWith(id, dealt) {
      const found = await find(id);
      if (found === undefined) return false;
      const detail = { upstreamId: found.upstreamId, paymentRequestId: found.paymentRequestId, why: found.why };
      return dealWith(database, 'notifications', id, dealt, { what: 'quarantine.deal', about: `quarantine:${id}`, detail });
    },
  };
}

function fromRow(row: Row): QuarantinedRow {
  return {
    id: String(row.id),
    receivedAt: instant(row.received_at),
    upstreamId: row.upstream_id,
    path: row.path,
    paymentRequestId: row.payment_request_id,
    why: row.quarantine,
    verdict: row.verdict,
    headers: JSON.parse(row.headers),
    body: row.body,
    bodySha256: row.body_sha256,
    dealtWith: dealtFrom(row),
  };
}
