import type { Database } from './database-kind.js';

/** Which bytes of a payment's timeline: what left for a call, what came back for it, or a notification; `id` of its row. */
export interface MessageName {
  readonly part: 'request' | 'answer' | 'notification';
  readonly id: number;
}

/** A signed message as it is kept. */
export interface KeptMessage {
  /** As it went over the wire, or the public path of our notify URL. */
  readonly path: string;
  /** Names as they were stored; what may not be kept is `***`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of the bytes that were signed, lower-case hex; null where it was not kept apart from them. */
  readonly sha256: string | null;
  /** What the check said when it came; null for what we sent. */
  readonly verdict: string | null;
  readonly at: number;
}

interface AttemptRow {
  readonly at: number;
  readonly path: string | null;
  readonly request_headers: string | null;
  readonly request_body: Buffer | null;
  readonly body_sha256: string | null;
  readonly answer_headers: string | null;
  readonly answer_body: Buffer | null;
  readonly verdict: string | null;
}

interface NotificationRow {
  readonly received_at: number;
  readonly path: string;
  readonly headers: string;
  readonly body: Buffer;
  readonly body_sha256: string;
  readonly verdict: string;
}

export interface MessageBooks {
  /** A message of this payment; undefined when it has none of this name. */
  message(paymentRequestId: string, name: MessageName): Promise<KeptMessage | undefined>;
}

const headersIn = (text: string) => JSON.parse(text) as Record<string, string>;

export function createMessageBooks({ db }: Database): MessageBooks {
  return {
    async message(paymentRequestId, { part, id }) {
      const named = { payment_request_id: paymentRequestId, id };
      if (part === 'notification') {
        const row = await db<NotificationRow>('notifications').where(named).first();
        if (row === undefined) return undefined;
        const { path, headers, body, body_sha256: sha256, verdict, received_at: at } = row;
        return { path, headers: headersIn(headers), body, sha256, verdict, at: Number(at) };
      }
      const row = await db<AttemptRow>('attempts').where(named).first();
      const body = part === 'request' ? row?.request_body : row?.answer_body;
      const headers = part === 'request' ? row?.request_headers : row?.answer_headers;
      if (row?.path == null || body == null || headers == null) return undefined;
      const kept = { path: row.path, headers: headersIn(headers), body, at: Number(row.at) };
      return part === 'request'
        ? { ...kept, sha256: row.body_sha256, verdict: null }
        : { ...kept, sha256: null, verdict: row.verdict };
    },
  };
}
