import { createHash } from 'node:crypto';
import { type Instant, instant } from '../base/clock.js';
import type { StoredMessage } from '../payment/books-port.js';
import type { Database, Db } from './database-kind.js';
import { readableObject } from './stored-json.js';

/** Appends one line: a call that is about to leave, or what came back for it with the exact bytes. */
export async function insertMessage(
  trx: Db,
  paymentRequestId: string,
  message: StoredMessage | 'pay' | 'inquiry' | 'cancel' | 'refund',
  at: Instant,
  refundRequestId: string | null,
): Promise<void> {
  if (typeof message === 'string') {
    await trx('attempts').insert({
      payment_request_id: paymentRequestId,
      call: message,
      phase: 'leaving',
      at,
      refund_request_id: refundRequestId,
    });
    return;
  }
  const { answer } = message;
  await trx('attempts').insert({
    payment_request_id: paymentRequestId,
    call: message.call,
    phase: answer === null ? 'silent' : 'answered',
    at,
    path: message.path,
    request_headers: JSON.stringify(message.requestHeaders),
    request_body: Buffer.from(message.requestBody),
    body_sha256: message.bodySha256 ?? createHash('sha256').update(message.requestBody).digest('hex'),
    status: answer?.status ?? null,
    answer_headers: answer === null ? null : JSON.stringify(answer.headers),
    answer_body: answer === null ? null : Buffer.from(answer.body),
    verdict: answer?.verdict ?? null,
    silence: message.silence,
    refund_request_id: refundRequestId,
  });
}

/** What a later process has to know of an answer that was given before it. */
interface AnswerGiven {
  readonly signature: string;
  /** The payment or refund it was given to, by its id. */
  readonly givenTo: string;
  readonly at: Instant;
}

export interface AnswerBooks {
  /**
   * The newest signed answers of one upstream among the newest messages, oldest first: at most `limit` to inquiries, and as many to all
   * other calls, which stand behind those.
   */
  newest(upstreamId: string, limit: number): Promise<readonly AnswerGiven[]>;
}

/** So many messages of all upstreams are looked through: one that has sold next to nothing must not cost a look at all of them. */
const LOOKED_BACK = 65_536;

interface AnswerRow {
  readonly payment_request_id: string;
  readonly refund_request_id: string | null;
  readonly at: number | string;
  readonly answer_headers: string;
}

export function createAnswerBooks({ db }: Database): AnswerBooks {
  async function newestTo(calls: readonly string[], upstreamId: string, limit: number): Promise<readonly AnswerGiven[]> {
    const newestId = (await db('attempts').max({ id: 'id' }).first())?.['id'];
    const rows = await db<AnswerRow>('attempts')
      .join('payments', 'payments.payment_request_id', 'attempts.payment_request_id')
      .whereIn('attempts.call', [...calls])
      .andWhere({ 'attempts.verdict': 'good', 'payments.upstream_id': upstreamId })
      .andWhere('attempts.id', '>', Number(newestId ?? 0) - LOOKED_BACK)
      .orderBy('attempts.id', 'desc')
      .limit(limit)
      .select('attempts.payment_request_id', 'attempts.refund_request_id', 'attempts.at', 'attempts.answer_headers');
    return rows.reverse().flatMap((row) => {
      const headers = readableObject<{ readonly signature?: string }>(row.answer_headers);
      // One that cannot be read must not keep the bridge from starting: it is unknown, like one that is too old.
      if (headers === undefined) return [];
      return {
        signature: headers.signature ?? '',
        givenTo: row.refund_request_id ?? row.payment_request_id,
        at: instant(Number(row.at)),
      };
    });
  }
  return {
    newest: async (upstreamId, limit) => [
      ...(await newestTo(['inquiry'], upstreamId, limit)),
      ...(await newestTo(['pay', 'cancel', 'refund'], upstreamId, limit)),
    ],
  };
}
