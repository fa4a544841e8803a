import type { Harness, SeenPayment } from './bridge-harness.js';
import type { HttpAnswer } from './http-call.js';

/** What a till sees of a refund; only the members tests look at. */
export interface SeenRefund {
  readonly refundReference: string;
  readonly refundRequestId: string;
  readonly refundId: string | null;
  readonly state: string;
  readonly amount: { readonly currency: string; readonly value: string };
  readonly refundedAt: string | null;
  readonly lastResult: Readonly<Record<string, unknown>> | null;
  readonly version: number;
}

/** A payment of JPY 1980 that its payer has paid. */
export async function paid(shop: Harness, sale: Record<string, unknown> = {}): Promise<SeenPayment> {
  const { paymentRequestId: id } = await shop.place(sale);
  shop.simulator.pay(id);
  await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
  await shop.clock.settle();
  return shop.read(id);
}

let references = 0;

/** Asks for a refund; what is not said is new. */
export function refund(
  shop: Harness,
  id: string,
  value: string,
  wish: { readonly reference?: string; readonly reason?: string; readonly currency?: string } = {},
): Promise<HttpAnswer> {
  references += 1;
  const { reference = `R-${references}`, reason, currency = 'JPY' } = wish;
  const json = { refundReference: reference, amount: { currency, value }, ...(reason !== undefined && { reason }) };
  return shop.till(`/v1/payments/${id}/refunds`, { json });
}

export async function refunds(shop: Harness, id: string): Promise<readonly SeenRefund[]> {
  return (await shop.till(`/v1/payments/${id}/refunds`)).json<{ refunds: SeenRefund[] }>().refunds;
}

export async function readRefund(shop: Harness, id: string, reference: string): Promise<SeenRefund> {
  return (await shop.till(`/v1/payments/${id}/refunds/${reference}`)).json<SeenRefund & Record<string, unknown>>();
}

export function undo(shop: Harness, id: string): Promise<HttpAnswer> {
  return shop.till(`/v1/payments/${id}/undo`, { method: 'POST' });
}

/** What the upstream's own account book says went back, in smallest units. */
export function returnedThere(shop: Harness, id: string): string {
  return shop.simulator.order(id)?.refunded?.value ?? '0';
}

/** Turns the clock until the refund is in that state. */
export async function untilRefund(shop: Harness, id: string, reference: string, state: string): Promise<void> {
  await shop.untilSeen(
    () => readRefund(shop, id, reference),
    (refund) => refund.state === state,
    `refund ${state}`,
  );
}

/** Turns the clock until the undo of the payment is in that state. */
export function untilUndo(shop: Harness, id: string, state: string): Promise<SeenPayment> {
  return shop.untilSeen(
    () => shop.read(id),
    ({ undo }) => undo?.state === state,
    `undo ${state}`,
  );
}
