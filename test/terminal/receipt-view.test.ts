import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '#src/base/clock.js';
import type { Payment } from '#src/payment/payment.js';
import type { MoneyBack, Refund, RefundRequestId } from '#src/payment/refund.js';
import { receiptText, receiptView } from '#src/terminal/receipt-view.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';
import { seededSuite } from '../support/seeded.js';

const SHOP = { brand: 'Alipay+', merchantName: 'Example Shop', storeName: 'Example Shop Ginza 銀座', timeZone: 'Asia/Tokyo' };
const BACK: MoneyBack = { undo: null, late: null, asked: '0', refunded: '0', open: [] };

function with_(back: Partial<MoneyBack>): Payment {
  return samplePayment('paid', { life: { moneyBack: { ...BACK, ...back } } });
}

function textOf(payment: Payment, refunds: readonly Refund[] = []): string[] {
  return receiptText(receiptView(payment, refunds, SHOP), SHOP.timeZone)
    .trimEnd()
    .split('\n');
}

function refundOf(payment: Payment, value: string): Refund {
  return {
    refundRequestId: 'SHOP114-refund' as RefundRequestId,
    paymentRequestId: payment.paymentRequestId,
    refundReference: 'R-1',
    isUndo: false,
    amount: { currency: 'JPY', value },
    reason: null,
    askedBy: { kind: 'terminal', id: 'T01' },
    request: { path: '/refund', body: new Uint8Array(), bodySha256: '' },
    state: 'refunded',
    refundId: 'RF-1',
    refundedAt: SAMPLE_START,
    settlement: null,
    lastResult: null,
    createdAt: SAMPLE_START,
    updatedAt: SAMPLE_START,
    version: 2,
  };
}

/** Columns as a printer with East Asian fonts counts them. */
function columns(line: string): number {
  const isWide = (sign: string) => (/[ᄀ-｠]/.test(sign) && !/[ -⹿]/.test(sign)) || /[\u{20000}-\u{3fffd}]/u.test(sign);
  return [...line].reduce((sum, sign) => sum + (isWide(sign) ? 2 : 1), 0);
}

describe('the receipt', () => {
  const seeded = seededSuite();

  it('of a paid payment begins with the Alipay+ brand and says amount, wallet, ids and time with its zone', () => {
    const lines = textOf(samplePayment('paid'));
    assert.equal(lines[0]?.trim(), 'Alipay+');
    const text = lines.join('\n');
    for (const told of ['JPY 1980', 'Example Wallet', 'T01-0001', 'SHOP114-AAAA', '2026-03-05 11:00:20+09:00', 'Example Shop'])
      assert.ok(text.includes(told), told);
    assert.ok(!text.includes('Refunded'));
    assert.ok(!text.includes('customer-1'), 'nobody is told who paid');
  });

  it('of an undone, refunded or partly refunded payment says so first, and still carries the brand', () => {
    const undo = { by: 'cancel', amount: { currency: 'JPY', value: '1980' }, at: SAMPLE_START, cancel: null } as const;
    const base = { ...undo, asker: { kind: 'terminal', id: 'T01' }, refundRequestId: null } as const;
    for (const [payment, first] of [
      [with_({ undo: { ...base, state: 'done' } }), 'UNDONE: PAYMENT RETURNED'],
      [with_({ undo: { ...base, state: 'pending' } }), 'BEING UNDONE: NOT FINAL'],
      [with_({ asked: '1980', refunded: '1980' }), 'REFUNDED IN FULL'],
      [with_({ asked: '500', refunded: '500' }), 'PARTLY REFUNDED JPY 500'],
    ] as const) {
      const lines = textOf(payment);
      assert.equal(lines[0]?.trim(), first);
      assert.ok(lines.some((line) => line.trim() === 'Alipay+'));
    }
  });

  it('names the brand the customer paid with, and none where only the wallet has one', () => {
    const of = (brand: string | null) => receiptText(receiptView(samplePayment('paid'), [], { ...SHOP, brand }), SHOP.timeZone);
    assert.equal(of('Rebell').split('\n')[0]?.trim(), 'Rebell');
    assert.match(of('Rebell'), /^Rebell id/m);
    assert.equal(of(null).split('\n')[0]?.trim(), 'Example Shop');
    assert.match(of(null), /^Payment id/m);
    for (const brand of ['Rebell', null]) assert.doesNotMatch(of(brand), /Alipay/);
  });

  it('has the times of the shop, on both sides of a change to summer time and at half hours', () => {
    const paidAt = (utc: string, zone: string) => {
      const { life } = samplePayment('paid');
      const paid = life.paid && { ...life.paid, paidAt: instant(Date.parse(utc)) };
      const text = receiptText(receiptView(samplePayment('paid', { life: { paid } }), [], SHOP), zone);
      return /^Paid +(.+)$/m.exec(text)?.[1];
    };
    for (const [utc, zone, text] of [
      ['2026-03-08T06:59:59Z', 'America/New_York', '2026-03-08 01:59:59-05:00'],
      ['2026-03-08T07:00:00Z', 'America/New_York', '2026-03-08 03:00:00-04:00'],
      ['2026-11-01T05:30:00Z', 'America/New_York', '2026-11-01 01:30:00-04:00'],
      ['2026-11-01T06:30:00Z', 'America/New_York', '2026-11-01 01:30:00-05:00'],
      ['2026-03-05T20:00:00Z', 'Asia/Kolkata', '2026-03-06 01:30:00+05:30'],
      ['2026-03-05T02:00:00Z', 'America/St_Johns', '2026-03-04 22:30:00-03:30'],
      ['2026-03-05T02:00:00Z', 'UTC', '2026-03-05 02:00:00+00:00'],
    ] as const)
      assert.equal(paidAt(utc, zone), text, `${utc} ${zone}`);
  });

  it('of a refused undo, or of a refund under way, is that of a paid payment', () => {
    const undo = { by: 'cancel', state: 'refused', amount: { currency: 'JPY', value: '1980' }, at: SAMPLE_START } as const;
    const refused = { ...undo, cancel: null, asker: { kind: 'operator', name: 'kim' }, refundRequestId: null } as const;
    assert.equal(textOf(with_({ undo: refused }))[0]?.trim(), 'Alipay+');
    assert.equal(textOf(with_({ asked: '500' }))[0]?.trim(), 'Alipay+');
  });

  it('lists each refund with its reference and how it stands', () => {
    const payment = with_({ asked: '500', refunded: '500' });
    const text = textOf(payment, [refundOf(payment, '500')]).join('\n');
    for (const told of ['R-1', 'done', 'JPY 500']) assert.ok(text.includes(told), told);
  });

  it('has no line wider than 32 columns, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 80, unit: fc.constantFrom('a', 'W', '銀', '座', '𠮷', 'é', ' ', 'ｱ') }),
        fc.string({ minLength: 1, maxLength: 64, unit: fc.constantFrom('A', '0', '-') }),
        fc.bigInt({ min: 1n, max: 9_999_999_999_999_999n }),
        (name, id, value) => {
          const sample = samplePayment('paid', { saleReference: id, id });
          const payment = { ...sample, amount: { currency: 'USD', value: String(value) } };
          const view = receiptView(payment, [refundOf(payment, String(value))], {
            ...SHOP,
            merchantName: name,
            storeName: name,
          });
          for (const line of receiptText({ ...view, walletBrandName: name }, SHOP.timeZone).split('\n'))
            assert.ok(columns(line) <= 32, `${columns(line)}: ${line}`);
        },
      ),
      seeded.runs(200),
    );
  });
});
