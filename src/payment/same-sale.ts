import type { GoodsItem, LaneId, LastResult, PaymentLife, Sale } from './payment.js';
import { moneyBackOf } from './refund.js';

/** A sale as it is asked for: null where the lane is left to the bridge. */
export type AskedSale = Omit<Sale, 'laneId'> & { readonly laneId: LaneId | null };

/** True when a till's repeat says exactly what it said the first time (till API contract, `saleReference`); a lane that it leaves out is the stored one. */
export function sameSale(stored: Sale, asked: AskedSale): boolean {
  return canonical(stored) === canonical({ ...asked, laneId: asked.laneId ?? stored.laneId });
}

function canonical(sale: Sale): string {
  const goods = sale.goods?.map((g: GoodsItem) => [
    g.referenceGoodsId,
    g.goodsName,
    g.goodsQuantity ?? null,
    g.goodsUnitAmount ? [g.goodsUnitAmount.currency, g.goodsUnitAmount.value] : null,
  ]);
  return JSON.stringify([
    sale.saleReference,
    sale.terminalId,
    sale.laneId,
    sale.amount.currency,
    sale.amount.value,
    sale.description,
    sale.expiresInSeconds,
    goods ?? null,
    sale.agreementReference ?? null,
  ]);
}

/** True when two words of the upstream differ in nothing but their time. */
export function saysTheSame(a: LastResult, b: LastResult): boolean {
  return a.call === b.call && a.verified === b.verified && a.resultStatus === b.resultStatus && a.resultCode === b.resultCode;
}

/** Everything of a life that a till can see, as one text: the visible version rises when it changes. */
export function tillSees(life: PaymentLife): string {
  const { state, paymentId, code, failure, endedBy, cancelledBy, cancelReason, alerts, lastResult, paid, sends } = life;
  const seenOfPaid = paid && { ...paid, customerId: null };
  const mayHaveLeft = sends.bytesMayHaveLeft || sends.underWay;
  const { undo, asked, refunded } = moneyBackOf(life);
  const seenOfUndo = undo && [undo.by, undo.state, undo.amount];
  return JSON.stringify([
    state,
    paymentId,
    code,
    failure,
    endedBy,
    cancelledBy,
    cancelReason,
    alerts,
    lastResult,
    seenOfPaid,
    sends.count,
    mayHaveLeft,
    seenOfUndo,
    asked,
    refunded,
  ]);
}
