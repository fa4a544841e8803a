import { type Instant, instant } from '../base/clock.js';
import type { AlertKind } from '../payment/payment.js';
import type { AlertRow } from './alert-rows.js';
import type { Database } from './database-kind.js';
import { type DealtWith, dealtFrom, dealWith, type ListWish } from './dealt-with.js';

/** An alert of a payment, as people work through them. */
export interface ListedAlert {
  readonly id: string;
  readonly paymentRequestId: string;
  readonly kind: AlertKind;
  readonly at: Instant;
  readonly dealtWith: DealtWith | null;
}

export interface AlertBooks {
  /** Newest first, or else oldest first. */
  list(wish: ListWish): Promise<readonly ListedAlert[]>;
  find(id: string): Promise<ListedAlert | undefined>;
  /** With the act of the person in the same transaction; false when somebody was quicker, or there is none. */
  dealWith(id: string, dealt: DealtWith): Promise<boolean>;
}

/** Alerts, found by indexes of their own however many payments there are. */
export function createAlertBooks(database: Database): AlertBooks {
  const { db } = database;
  const find: AlertBooks['find'] = async (id) => {
    const row = await db<AlertRow>('alerts').where('id', Number(id)).first();
    return row && fromRow(row);
  };
  return {
    async list({ open, after, limit, oldestFirst = false }) {
      const listed = db<AlertRow>('alerts')
        .orderBy('id', oldestFirst ? 'asc' : 'desc')
        .limit(limit);
      if (open !== null) void (open ? listed.whereNull('dealt_at') : listed.whereNotNull('dealt_at'));
      if (after !== null) void listed.where('id', oldestFirst ? '>' : '<', Number(after));
      return (await listed).map(fromRow);
    },
    find,
    async dealWith(id, dealt) {
      const found = await find(id);
      if (found === undefined) return false;
      const { paymentRequestId: about, kind } = found;
      return dealWith(database, 'alerts', id, dealt, { what: 'alert.deal', about, detail: { alertId: id, kind } });
    },
  };
}

function fromRow(row: AlertRow): ListedAlert {
  return {
    id: String(row.id),
    paymentRequestId: row.payment_request_id,
    kind: row.kind as AlertKind,
    at: instant(row.at),
    dealtWith: dealtFrom(row),
  };
}
