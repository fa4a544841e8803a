import type { Knex } from 'knex';
import type { LaneId, Payment } from '../payment/payment.js';
import type { Db } from './database.js';
import { type PaymentRow, paymentFromRow } from './payment-rows.js';

/** A search by the fields a till may name; `lanes` bounds what the asker may see. */
export interface PaymentQuery {
  readonly lanes: readonly string[];
  readonly saleReference?: string | undefined;
  readonly laneId?: string | undefined;
  readonly state?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of a payment's history, oldest first. */
export interface TimelineLine {
  readonly at: number;
  readonly what: 'journal' | 'message' | 'notification';
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface ReadingBooks {
  /** Newest first; `undefined` for a cursor that is not one of ours. */
  list(query: PaymentQuery): Promise<{ readonly payments: readonly Payment[]; readonly nextCursor: string | null } | undefined>;
  /** The newest payment of a lane, open or ended. */
  newestOnLane(laneId: LaneId): Promise<Payment | undefined>;
  timeline(paymentRequestId: string): Promise<readonly TimelineLine[]>;
}

export function createReadingBooks(db: Db): ReadingBooks {
  return {
    async list(query) {
      const from = query.cursor === undefined ? undefined : readCursor(query.cursor);
      if (query.cursor !== undefined && from === undefined) return undefined;
      const search = db<PaymentRow>('payments').whereIn('lane_id', [...query.lanes]);
      if (query.saleReference !== undefined) void search.andWhere('sale_reference', query.saleReference);
      if (query.laneId !== undefined) void search.andWhere('lane_id', query.laneId);
      if (query.state !== undefined) void search.andWhere('state', query.state);
      if (from !== undefined) void search.andWhere((q: Knex.QueryBuilder) => after(q, from));
      const rows = await search
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'payment_request_id', order: 'desc' },
        ])
        .limit(query.limit + 1);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      return {
        payments: page.map(paymentFromRow),
        nextCursor: rows.length > query.limit && last !== undefined ? writeCursor(last) : null,
      };
    },
    async newestOnLane(laneId) {
      const held = await db<PaymentRow>('payments')
        .where({ lane_id: laneId as string, holds_lane: 1 })
        .first();
      if (held !== undefined) return paymentFromRow(held);
      const row = await db<PaymentRow>('payments')
        .where('lane_id', laneId)
        .orderBy('created_at', 'desc')
        .orderBy('payment_request_id', 'desc')
        .first();
      return row && paymentFromRow(row);
    },
    async timeline(paymentRequestId) {
      const [journal, messages, notifications] = [
        await db('journal').where('payment_request_id', paymentRequestId).orderBy('seq'),
        await db('attempts').where('payment_request_id', paymentRequestId).orderBy('id'),
        await db('notifications').where('payment_request_id', paymentRequestId).orderBy('id'),
      ];
      const lines = [...journal.map(journalLine), ...messages.map(messageLine), ...notifications.map(notificationLine)];
      return lines.sort((a, b) => a.at - b.at);
    },
  };
}

interface Cursor {
  readonly createdAt: number;
  readonly id: string;
}

function after(q: Knex.QueryBuilder, from: Cursor): void {
  void q
    .where('created_at', '<', from.createdAt)
    .orWhere(
      (same: Knex.QueryBuilder) => void same.where('created_at', from.createdAt).andWhere('payment_request_id', '<', from.id),
    );
}

function writeCursor(row: PaymentRow): string {
  return Buffer.from(`${row.created_at} ${row.payment_request_id}`, 'utf8').toString('base64url');
}

function readCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,16}) ([A-Za-z0-9-]{1,64})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  return match?.[1] === undefined || match[2] === undefined ? undefined : { createdAt: Number(match[1]), id: match[2] };
}

type Row = Readonly<Record<string, unknown>>;

function bytesText(value: unknown): string | null {
  return Buffer.isBuffer(value) ? value.toString('utf8') : null;
}

function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : null;
}

function journalLine(row: Row): TimelineLine {
  return {
    at: Number(row['at']),
    what: 'journal',
    detail: {
      seq: row['seq'],
      upstreamAt: row['upstream_at'],
      evidence: parsed(row['evidence']),
      decision: row['decision'],
      from: row['from_state'],
      to: row['to_state'],
      alarm: row['alarm'],
    },
  };
}

function messageLine(row: Row): TimelineLine {
  return {
    at: Number(row['at']),
    what: 'message',
    detail: {
      call: row['call'],
      phase: row['phase'],
      path: row['path'],
      requestHeaders: parsed(row['request_headers']),
      requestBody: bytesText(row['request_body']),
      bodySha256: row['body_sha256'],
      status: row['status'],
      answerHeaders: parsed(row['answer_headers']),
      answerBody: bytesText(row['answer_body']),
      verdict: row['verdict'],
      silence: row['silence'],
    },
  };
}

function notificationLine(row: Row): TimelineLine {
  return {
    at: Number(row['received_at']),
    what: 'notification',
    detail: {
      path: row['path'],
      headers: parsed(row['headers']),
      body: bytesText(row['body']),
      bodySha256: row['body_sha256'],
      verdict: row['verdict'],
      quarantine: row['quarantine'],
    },
  };
}
