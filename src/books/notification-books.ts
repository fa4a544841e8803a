import { createHash } from 'node:crypto';
import { invariant } from '../base/assert.js';
import { type Clock, type Instant, instant } from '../base/clock.js';
import type { Database, Db } from './database-kind.js';
import { readableObject } from './stored-json.js';

/** A verified notification as it came, before anybody decided what it means. */
export interface ReceivedNotification {
  readonly upstreamId: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly verdict: string;
}

export interface StoredNotification extends ReceivedNotification {
  readonly id: number;
  readonly receivedAt: Instant;
}

interface NotificationRow {
  readonly id: number;
  readonly received_at: number;
  readonly upstream_id: string;
  readonly path: string;
  readonly headers: string;
  readonly body: Buffer;
  readonly verdict: string;
  readonly applied: 0 | 1;
}

export interface NotificationBooks {
  /** Commits the raw bytes; nothing is acknowledged before this returned. */
  store(received: ReceivedNotification): Promise<StoredNotification>;
  /** Stored by a process that died before it applied them; oldest first. */
  unapplied(): Promise<readonly StoredNotification[]>;
  /** Marks it as applied, inside the transaction of what it caused; false when another process has done so before. */
  markApplied(on: Db, id: number, paymentRequestId: string | null, quarantine: string | null): Promise<boolean>;
  /** The same outside of any other transaction: for what fits no payment. */
  quarantine(id: number, paymentRequestId: string | null, why: string): Promise<boolean>;
}

function rowOf(received: ReceivedNotification, receivedAt: Instant) {
  return {
    received_at: receivedAt,
    upstream_id: received.upstreamId,
    path: received.path,
    headers: JSON.stringify(received.headers),
    body: Buffer.from(received.body),
    body_sha256: createHash('sha256').update(received.body).digest('hex'),
    verdict: received.verdict,
    applied: 0 as const,
  };
}

export function createNotificationBooks({ db }: Database, clock: Clock): NotificationBooks {
  const markApplied: NotificationBooks['markApplied'] = async (on, id, paymentRequestId, quarantine) => {
    const marked = await on('notifications')
      .where({ id, applied: 0 })
      .update({ applied: 1, payment_request_id: paymentRequestId, quarantine });
    return marked === 1;
  };
  return {
    async store(received) {
      const receivedAt = clock.now();
      const [stored] = await db<NotificationRow>('notifications').insert(rowOf(received, receivedAt)).returning('id');
      invariant(stored !== undefined, 'a notification just inserted has an id');
      return { ...received, id: stored.id, receivedAt };
    },
    async unapplied() {
      const rows = await db<NotificationRow>('notifications').where('applied', 0).orderBy('id');
      return rows.map((row) => ({
        id: row.id,
        receivedAt: instant(row.received_at),
        upstreamId: row.upstream_id,
        path: row.path,
        // What is weighed is the body, verified when it came: spoiled headers keep no payment from its news.
        headers: readableObject<Record<string, string>>(row.headers) ?? {},
        body: row.body,
        verdict: row.verdict,
      }));
    },
    markApplied,
    quarantine: (id, paymentRequestId, why) => markApplied(db, id, paymentRequestId, why),
  };
}
