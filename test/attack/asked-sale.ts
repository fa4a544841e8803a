/** What a till asked for, as the account book of the upstream has to show it. */
export interface AskedSale {
  readonly saleReference: string;
  readonly amount: { readonly currency: string; readonly value: string };
  readonly description: string;
}

const RULES: Readonly<Record<string, (value: unknown, lanes: readonly string[]) => boolean>> = {
  saleReference: (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value),
  amount: isAmount,
  description: (value) => isText(value, 256),
  laneId: (value, lanes) => typeof value === 'string' && lanes.includes(value),
  expiresInSeconds: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 30 && value <= 180,
  goods: (value) => Array.isArray(value) && value.length <= 100 && value.every(isGoods),
  replaceOpenPayment: (value) => typeof value === 'boolean',
};

/**
 * The till API contract, read a second time and without any of the product's code: the sale that these bytes ask for, or undefined when
 * they must be refused. Names that stand twice are counted on the text, because `JSON.parse` cannot tell.
 */
export function askedSale(body: Buffer, lanes: readonly string[]): AskedSale | undefined {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = new Map(Object.entries(value));
  for (const [name, member] of fields) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined || !rule(member, lanes)) return undefined;
  }
  if (!['saleReference', 'amount', 'description', 'laneId'].every((name) => fields.has(name))) return undefined;
  return value as AskedSale;
}

/** A refund as it has to stand in the books. */
export interface AskedRefund {
  readonly refundReference: string;
  readonly amount: { readonly currency: string; readonly value: string };
}

/** The refund of a payment in JPY that these bytes ask the back office for, or undefined when they must be refused. */
export function askedRefund(body: Buffer): AskedRefund | undefined {
  const fields = membersOf(body, ['refundReference', 'amount', 'reason']);
  const isRight =
    fields !== undefined &&
    RULES['saleReference']?.(fields['refundReference'], []) === true &&
    isAmount(fields['amount']) &&
    (!('reason' in fields) || isText(fields['reason'], 256));
  return isRight ? (fields as unknown as AskedRefund) : undefined;
}

/** True when these bytes propose an end of a payment, with a reason. */
export function isProposal(body: Buffer): boolean {
  const fields = membersOf(body, ['as', 'reason']);
  return (
    fields !== undefined &&
    ['paid', 'failed', 'cancelled'].includes(String(fields['as'])) &&
    typeof fields['as'] === 'string' &&
    isReason(fields['reason'])
  );
}

/** True when these bytes hold a reason and nothing else. */
export function isOnlyReason(body: Buffer): boolean {
  return isReason(membersOf(body, ['reason'])?.['reason']);
}

/** 1 to 1000 UTF-16 units without blanks around them, valid Unicode, no zero (till API contract, back office). */
function isReason(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const text = value.trim();
  return text !== '' && text.length <= 1000 && !/\p{Cs}|\0/u.test(text);
}

function membersOf(body: Buffer, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.keys(value).every((name) => names.includes(name)) ? (value as Record<string, unknown>) : undefined;
}

function parsed(body: Buffer): unknown {
  if (body.length > 64 * 1024) return undefined;
  try {
    // A byte order mark may be passed over (RFC 8259 8.1), and the decoder does: tills on Windows write them.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const names: string[] = [];
    const value: unknown = JSON.parse(text, (name, member: unknown) => {
      names.push(name);
      return member;
    });
    return countNames(text) > names.filter((name) => !/^\d*$/.test(name)).length ? undefined : value;
  } catch {
    return undefined;
  }
}

/** How many member names stand in a legal JSON text, but for empty ones and numbers, which the reviver cannot tell from places. */
function countNames(text: string): number {
  const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?/g)].filter(([, , colon]) => colon !== undefined);
  return names.filter(([, name = '']) => !/^\d*$/.test(JSON.parse(`"${name}"`) as string)).length;
}

function isAmount(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { currency, value: digits, ...rest } = value as Record<string, unknown>;
  return currency === 'JPY' && typeof digits === 'string' && /^[1-9][0-9]{0,15}$/.test(digits) && Object.keys(rest).length === 0;
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value !== '' && [...value].length <= longest && !/[\p{Cc}\p{Cs}]/u.test(value);
}

function isGoods(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { referenceGoodsId, goodsName, goodsQuantity, goodsUnitAmount, ...rest } = value as Record<string, unknown>;
  const quantity = goodsQuantity === undefined || (typeof goodsQuantity === 'string' && /^[0-9]{1,16}$/.test(goodsQuantity));
  const amount = goodsUnitAmount === undefined || isAmount(goodsUnitAmount);
  return isText(referenceGoodsId, 64) && isText(goodsName, 256) && quantity && amount && Object.keys(rest).length === 0;
}
