import { isFinal, type Payment } from '../payment/payment.js';
import { type Person, roleCovers } from './people.js';
import type { HistoryLine } from './timeline-json.js';

/** A line as one person may see it; `withheld` in its detail: the bytes are not for him now. */
export type SeenLine = HistoryLine;

/**
 * A viewer gets no code that may still be scanned (till API contract 5), so the bytes that may hold one are left out until the payment
 * has ended: the answer to the order, a message that brings an address, and whatever names the code. Headers, verdict and hash stay.
 */
export function seenBy({ role }: Person, { life }: Payment, lines: readonly HistoryLine[]): readonly SeenLine[] {
  if (roleCovers(role, 'operator') || isFinal(life.state)) return lines;
  const code = life.code?.text ?? null;
  const holds = (body: unknown) => code !== null && typeof body === 'string' && body.includes(code);
  return lines.map((line) => {
    const { answerBody, answerBodyBase64: _answer, body, bodyBase64: _body, ...rest } = line.detail;
    const isWithheld =
      line.what === 'notification' ? body !== undefined : rest['call'] === 'pay' ? answerBody !== undefined : holds(answerBody);
    return isWithheld ? { ...line, detail: { ...rest, withheld: true } } : line;
  });
}
