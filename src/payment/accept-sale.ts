import type { Clock, Instant } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { NewPayment, OpenedSale, PaymentBooks } from './books-port.js';
import type { Upstream } from './pay-outcome.js';
import type { Payment, PaymentRequestId, Sale } from './payment.js';
import { type AskedSale, sameSale } from './same-sale.js';
import { newLife } from './transitions.js';

export interface AcceptSaleParts {
  readonly books: PaymentBooks;
  readonly clock: Clock;
  /** A new id: the instance's prefix and at least 80 random bits. */
  readonly newId: () => PaymentRequestId;
}

/** Where a sale of a lane goes. */
export interface SaleRoute {
  readonly merchantId: string;
  readonly upstream: Upstream;
}

export type AcceptedSale = OpenedSale | { readonly conflict: Payment } | { readonly laneBusy: Payment };

/** What is stored of this till and reference, if anything: the same sale again, or a conflict. Changes nothing. */
export async function findRepeat(parts: AcceptSaleParts, asked: AskedSale): Promise<AcceptedSale | undefined> {
  const known = await parts.books.findSale(asked.terminalId, asked.saleReference);
  if (known === undefined) return undefined;
  return sameSale(known.sale, asked) ? { payment: known.payment, isNew: false } : { conflict: known.payment };
}

/** A till's sale becomes one stored payment with its frozen request; the same reference again gives the same payment. Nothing is sent here. */
export async function acceptSale(parts: AcceptSaleParts, sale: Sale, route: SaleRoute): Promise<AcceptedSale> {
  const repeat = await findRepeat(parts, sale);
  if (repeat !== undefined) return repeat;
  const paymentRequestId = parts.newId();
  const request = route.upstream.freeze({ paymentRequestId, sale, amount: sale.amount, merchantId: route.merchantId });
  const now: Instant = parts.clock.now();
  const fresh: NewPayment = {
    paymentRequestId,
    upstreamId: route.upstream.id,
    merchantId: route.merchantId,
    sale,
    request,
    life: newLife(now, request.expiresAt, route.upstream.defaultLifeMs, route.upstream.codeless),
    dueAt: now,
  };
  killPoint('sale.parsed');
  return parts.books.open(fresh);
}
