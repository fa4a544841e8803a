import { parseIsoTime, utcText } from '../base/clock.js';
import { zonedTextWithOffset } from '../base/zone.js';
import { type Money, moneyText } from '../payment/money.js';
import type { Payment } from '../payment/payment.js';
import { moneyBackOf, type Refund } from '../payment/refund.js';
import type { ReceiptView } from './payment-schemas.js';
import { refundView } from './payment-view.js';
import type { ShopNames } from './terminal-ports.js';

/** Pure: the receipt of a paid payment (order-code reference 7.1: brand and amount have to be there, the rest is useful). */
export function receiptView(payment: Payment, refunds: readonly Refund[], shop: ShopNames): ReceiptView {
  const { life, amount } = payment;
  const back = moneyBackOf(life);
  const refunded = { currency: amount.currency, value: back.refunded };
  const status = statusOf(payment);
  return {
    brand: shop.brand,
    status,
    notice: noticeOf(status, refunded),
    merchantName: shop.merchantName,
    storeName: shop.storeName,
    amount: { currency: amount.currency, value: amount.value },
    refunded,
    walletBrandName: life.paid?.walletBrandName ?? null,
    paymentRequestId: payment.paymentRequestId,
    paymentId: life.paymentId ?? life.paid?.paymentId ?? null,
    saleReference: payment.saleReference,
    paidAt: life.paid?.paidAt == null ? null : utcText(life.paid.paidAt),
    refunds: refunds.map(refundView),
  };
}

function statusOf({ amount, life }: Payment): ReceiptView['status'] {
  const { undo, refunded } = moneyBackOf(life);
  if (undo?.state === 'done') return 'undone';
  if (undo?.state === 'pending') return 'undo_pending';
  if (refunded === '0') return 'paid';
  return refunded === amount.value ? 'refunded' : 'partly_refunded';
}

function noticeOf(status: ReceiptView['status'], refunded: Money): string | null {
  switch (status) {
    case 'paid':
      return null;
    case 'undone':
      return 'UNDONE: PAYMENT RETURNED';
    case 'undo_pending':
      return 'BEING UNDONE: NOT FINAL';
    case 'refunded':
      return 'REFUNDED IN FULL';
    case 'partly_refunded':
      return `PARTLY REFUNDED ${moneyText(refunded)}`;
  }
}

/** Columns of the receipt printers that shops have. */
const COLUMNS = 32;

/**
 * Pure: the same as text for a printer, no line wider than 32 columns, with times of an IANA zone. An undone or refunded one says so in
 * its first line.
 */
export function receiptText(receipt: ReceiptView, zone: string): string {
  const { merchantName, storeName } = receipt;
  const shop = [merchantName, storeName].filter((name) => name !== null);
  const lines = [
    ...(receipt.notice === null ? [] : [...wrapped(receipt.notice).map(centred), '']),
    ...(receipt.brand === null ? [] : [centred(receipt.brand)]),
    ...shop.flatMap((name) => wrapped(name).map(centred)),
    '-'.repeat(COLUMNS),
    ...pair('Amount', moneyText(receipt.amount)),
    ...(receipt.refunded.value === '0' ? [] : pair('Refunded', moneyText(receipt.refunded))),
    ...pair('Wallet', receipt.walletBrandName ?? '-'),
    ...pair('Paid', receipt.paidAt === null ? '-' : timeText(receipt.paidAt, zone)),
    ...pair('Sale', receipt.saleReference),
    ...pair('Payment', receipt.paymentRequestId),
    ...pair(receipt.brand === null ? 'Payment id' : `${receipt.brand} id`, receipt.paymentId ?? '-'),
    ...receipt.refunds.flatMap((refund) => [
      '-'.repeat(COLUMNS),
      ...pair('Refund', moneyText(refund.amount)),
      ...pair('Status', REFUND_WORDS[refund.state]),
      ...pair('Reference', refund.refundReference),
      ...(refund.refundedAt === null ? [] : pair('Refunded', timeText(refund.refundedAt, zone))),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const REFUND_WORDS = {
  pending: 'under way',
  in_doubt: 'under way',
  refunded: 'done',
  refused: 'not done',
} as const;

/** With its offset, as on every receipt of a payment abroad. */
function timeText(utc: string, zone: string): string {
  const at = parseIsoTime(utc);
  return at === undefined ? utc : zonedTextWithOffset(at, zone);
}

/** Name at the left, value at the right; a value that does not fit gets lines of its own. */
function pair(name: string, value: string): string[] {
  const gap = COLUMNS - columnsOf(name) - columnsOf(value);
  return gap >= 1 ? [`${name}${' '.repeat(gap)}${value}`] : [name, ...wrapped(value, COLUMNS - 2).map((line) => `  ${line}`)];
}

function centred(text: string): string {
  return `${' '.repeat(Math.max(0, Math.floor((COLUMNS - columnsOf(text)) / 2)))}${text}`;
}

function wrapped(text: string, columns = COLUMNS): string[] {
  const lines: string[] = [];
  let line = '';
  for (const sign of text) {
    if (columnsOf(line) + columnsOf(sign) > columns) {
      lines.push(line);
      line = '';
    }
    line += sign;
  }
  return [...lines, line];
}

/** East Asian and full-width signs are two columns wide on these printers. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, sign) => sum + (WIDE.test(sign) ? 2 : 1), 0);
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Extended_Pictographic}/u;
