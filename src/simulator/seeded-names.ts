import { createHash } from 'node:crypto';
import { type Instant, utc8Text } from '../base/clock.js';

/** Makes every id, code and "random" choice from the seed and from what was asked, so that the same calls give the same world again. */
export interface SeededNames {
  /** Shape of order-code reference 8.2: 39 digits that begin with the day in UTC+8. */
  paymentId(paymentRequestId: string, shownNow: Instant): string;
  refundId(refundRequestId: string, shownNow: Instant): string;
  /** The text for the QR code: `https://code.example/ap/` and 20 digits. */
  code(paymentRequestId: string): string;
  /** A code of exactly `bytes` bytes, at least 30. */
  longCode(paymentRequestId: string, bytes: number): string;
  /** A number from 0 to `below` - 1 that depends on `what` only. */
  pick(what: string, below: number): number;
}

const CODE_HEAD = 'https://code.example/ap/';

export function createSeededNames(seed: string): SeededNames {
  const hex = (what: string) => createHash('sha256').update(`${seed}\n${what}`).digest('hex');
  const digits = (what: string, count: number) => {
    let text = '';
    for (let i = 0; text.length < count; i += 1) {
      text += BigInt(`0x${hex(`${what}\n${i}`)}`)
        .toString(10)
        .slice(1);
    }
    return text.slice(0, count);
  };
  const id = (what: string, shownNow: Instant) =>
    `${utc8Text(shownNow).slice(0, 10).replaceAll('-', '')}19401080010018${digits(what, 17)}`;
  return {
    paymentId: (paymentRequestId, shownNow) => id(`payment ${paymentRequestId}`, shownNow),
    refundId: (refundRequestId, shownNow) => id(`refund ${refundRequestId}`, shownNow),
    code: (paymentRequestId) => `${CODE_HEAD}${digits(`code ${paymentRequestId}`, 20)}`,
    longCode: (paymentRequestId, bytes) =>
      `${CODE_HEAD}${digits(`code ${paymentRequestId}`, Math.max(bytes - CODE_HEAD.length, 6))}`,
    pick: (what, below) => Number.parseInt(hex(`pick ${what}`).slice(0, 12), 16) % below,
  };
}
