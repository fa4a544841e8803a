import { createHash } from 'node:crypto';
import type { Instant } from '../base/clock.js';
import type { StoredMessage } from '../payment/books-port.js';
import type { Database, Db } from './database-kind.js';

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

/** What a later process has to know of answers that were given before it. */
export interface AnswerBooks {
  /** The newest signed answers to `pay` and `refund` of one upstream among the newest messages, oldest first, each with the payment or refund it was given to. */
  newest(upstreamId: string, limit: number): Promise<ReadonlyArray<{ readonly signature: string; readonly givenTo: string }>>;
}

/** So many messages of all upstreams are looked through: one that has sold next to nothing must not cost a look at all of them. */
const LOOKED_BACK = 65_536;

export function createAnswerBooks({ db }: Database): AnswerBooks {
  return {
    async newest(upstreamId, limit) {
      const newestId = (await db('attempts').max({ id: 'id' }).first())?.['id'];
      const rows = await db<{ payment_request_id: string; refund_request_id: string | null; answer_headers: string }>('attempts')
        .join('payments', 'payments.payment_request_id', 'attempts.payment_request_id')
        .whereIn('attempts.call', ['pay', 'refund'])
        .andWhere({ 'attempts.verdict': 'good', 'payments.upstream_id': upstreamId })
        .andWhere('attempts.id', '>', Number(newestId ?? 0) - LOOKED_BACK)
        .orderBy('attempts.id', 'desc')
        .limit(limit)
        .select('attempts.payment_request_id', 'attempts.refund_request_id', 'attempts.answer_headers');
      return rows.reverse().map((row) => {
        const { signature = '' } = JSON.parse(row.answer_headers) as { readonly signature?: string };
        return { signature, givenTo: row.refund_request_id ?? row.payment_request_id };
      });
    },
  };
}
