import { createHash } from 'node:crypto';
import { invariant } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import type { SaleToPlace } from '../payment/pay-outcome.js';
import type { FrozenRequest } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import { type Agreements, tokenStandIn, withTokens } from './agreement-token.js';
import type { Dialect } from './dialect.js';
import type { ClientProfile, MerchantProfile } from './shop-profile.js';

/**
 * Serialises the pay request once. Every scalar is a string, nothing is empty, nothing undefined is written (order-code reference
 * 2.3); the result is stored and never built again.
 */
export function freezePayRequest(
  dialect: Dialect,
  place: SaleToPlace,
  merchant: MerchantProfile,
  client: ClientProfile,
  upstreamNow: Instant,
  agreements: Agreements = new Map(),
): FrozenRequest {
  const expiresAt = expiryToSend(dialect, place.sale.expiresInSeconds, upstreamNow);
  const agreement = agreementOf(place, agreements);
  const settlementCurrency = client.settlementCurrency === place.amount.currency ? undefined : client.settlementCurrency;
  const fields = dialect.payBody({ place, merchant, client: { ...client, settlementCurrency }, expiresAt, agreement });
  const { path, body, bodySha256 } = frozen(dialect.paths.pay, merged(client.extraBody ?? {}, fields));
  const toSend = withTokens(body, agreements);
  invariant(toSend !== undefined, 'the agreement of a sale is known when its request is written');
  return { path, body, bodySha256: toSend === body ? bodySha256 : sha256(toSend), expiresAt };
}

/** Serialises a refund once, by the same rules; the result is stored and never built again. */
export function freezeRefundRequest(path: string, fields: Readonly<Record<string, unknown>>): Refund['request'] {
  return frozen(path, fields);
}

function frozen(path: string, fields: Readonly<Record<string, unknown>>): Omit<FrozenRequest, 'expiresAt'> {
  const body = Buffer.from(JSON.stringify(pruned(fields, '')), 'utf8');
  return { path, body, bodySha256: sha256(body) };
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The agreement of a sale as it is written into the stored bytes: a stand-in for the token. */
function agreementOf({ sale }: SaleToPlace, agreements: Agreements) {
  const reference = sale.agreementReference ?? undefined;
  if (reference === undefined) return undefined;
  return { token: tokenStandIn(reference), paymentMethodType: agreements.get(reference)?.paymentMethodType };
}

/** Whole seconds on upstream's clock; null when none is sent. */
function expiryToSend({ expiry }: Dialect, seconds: number | null, upstreamNow: Instant): Instant | null {
  const wishedMs = seconds === null ? expiry.defaultMs : seconds * 1000;
  // Where the default end comes no later anyway, none is sent.
  if (expiry.sent === 'never' || (expiry.sent === 'shorter' && wishedMs >= expiry.longestMs)) return null;
  return (Math.floor((upstreamNow + Math.min(wishedMs, expiry.longestMs)) / 1000) * 1000) as Instant;
}

/** Configured extra fields at any depth; what the bridge writes itself always wins. */
function merged(extra: Readonly<Record<string, unknown>>, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const out: Record<string, unknown> = { ...own };
  for (const [name, value] of Object.entries(extra)) {
    const mine = own[name];
    if (mine === undefined || mine === null) out[name] = value;
    else if (isFields(mine) && isFields(value)) out[name] = merged(value, mine);
  }
  return out;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function pruned(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => pruned(item, `${path}[${index}]`));
  if (value !== null && typeof value === 'object') {
    const kept = Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => [name, pruned(member, `${path}.${name}`)] as const);
    return Object.fromEntries(kept);
  }
  invariant(typeof value === 'string' && value !== '', `request field ${path} must be text that is not empty`);
  return value;
}
