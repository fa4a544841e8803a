import { invalidRequest, Problem } from '../http/problem.js';
import { currencyExponent } from '../payment/money.js';
import type { LaneId, Sale } from '../payment/payment.js';
import type { AskedSale } from '../payment/same-sale.js';
import type { SaleBody } from './sale-schemas.js';
import { laneOf, requireRight } from './terminal-access.js';
import type { LaneRules, TerminalKeyHolder } from './terminal-ports.js';

/** The sale as a valid body asks for it, before any rule that may have changed since it was asked the first time. */
export function askedSale(body: SaleBody, holder: TerminalKeyHolder): AskedSale {
  return {
    saleReference: body.saleReference,
    terminalId: holder.terminalId,
    laneId: (body.laneId ?? null) as LaneId | null,
    amount: body.amount,
    description: body.description,
    expiresInSeconds: body.expiresInSeconds ?? null,
    // No goods and an empty list of goods are the same sale; upstream neither is sent.
    goods: body.goods === undefined || body.goods.length === 0 ? null : body.goods,
    ...(body.buyer && { agreementReference: body.buyer.agreementReference }),
  };
}

/** Makes the sale of a valid body. Throws 404 for the lane, 400 for what this lane does not take, 403 for a replacement that this key may not ask for. */
export function saleFrom(body: SaleBody, holder: TerminalKeyHolder, rulesOf: (laneId: LaneId) => LaneRules | undefined): Sale {
  const laneId = chosenLane(body, holder);
  const rules = rulesOf(laneId);
  if (rules === undefined) throw new Problem('not_found', 'This key has no such lane.');
  checkAmounts(body, rules);
  checkDialect(body, rules);
  if (body.replaceOpenPayment === true) requireRight(holder, 'cancel');
  return { ...askedSale(body, holder), laneId };
}

function chosenLane(body: SaleBody, holder: TerminalKeyHolder): LaneId {
  if (body.laneId !== undefined) return laneOf(holder, body.laneId);
  const [only, ...others] = holder.lanes;
  if (only === undefined || others.length > 0) throw invalidRequest('laneId', 'is required: this key has several lanes');
  return only as LaneId;
}

function checkAmounts(body: SaleBody, rules: LaneRules): void {
  const { currency, value } = body.amount;
  if (!rules.currencies.includes(currency) || currencyExponent(currency) === undefined) {
    throw invalidRequest('amount.currency', `must be one of ${rules.currencies.join(', ')} on this lane`);
  }
  if (currency === 'IDR' && !value.endsWith('00')) throw invalidRequest('amount.value', 'must end in 00 for IDR');
  body.goods?.forEach(({ goodsUnitAmount }, index) => {
    if (goodsUnitAmount !== undefined && currencyExponent(goodsUnitAmount.currency) === undefined) {
      throw invalidRequest(`goods[${index}].goodsUnitAmount.currency`, 'is not a currency the bridge knows');
    }
  });
}

function checkDialect(body: SaleBody, { takes }: LaneRules): void {
  if (body.buyer !== undefined && !takes.buyer) throw invalidRequest('buyer', 'is not taken on this lane');
  if (body.buyer === undefined && takes.buyer) throw invalidRequest('buyer', 'is required on this lane');
  if (body.expiresInSeconds !== undefined && !takes.expiresInSeconds) {
    throw invalidRequest('expiresInSeconds', 'is not taken on this lane');
  }
  if ((body.goods?.length ?? 0) > takes.goodsAtMost) {
    throw invalidRequest('goods', `must have at most ${takes.goodsAtMost} on this lane`);
  }
}
