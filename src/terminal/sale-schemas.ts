import { z } from 'zod';
import { STATES } from '../payment/payment.js';
import { AmountIn } from './payment-schemas.js';

/** What tills may send (till API contract, "`POST /v1/payments` body" and the query parameters). */

/** 1 to `longest` Unicode code points, none of them a control character or half a surrogate pair. */
function plainText(longest: number) {
  return z
    .string()
    .refine((text) => text !== '', 'must not be empty')
    .refine((text) => [...text].length <= longest, `must have at most ${longest} characters (Unicode code points)`)
    .refine((text) => !/\p{Cc}/u.test(text), 'must have no control characters')
    .refine((text) => !/\p{Cs}/u.test(text), 'must be valid Unicode')
    .meta({ type: 'string', minLength: 1, maxLength: longest });
}

/** The till's own name of one attempt to sell; its idempotency key. */
const SaleReference = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -')
  .meta({
    description: 'The idempotency key: unique per terminal for ever, one per attempt. Send it again unchanged after a timeout.',
    example: 'T01-0001',
  });

const GoodsIn = z
  .strictObject({
    referenceGoodsId: plainText(64),
    goodsName: plainText(256),
    goodsQuantity: z
      .string()
      .regex(/^[0-9]{1,16}$/, 'must be digits as text')
      .optional(),
    goodsUnitAmount: AmountIn.optional(),
  })
  .meta({ id: 'Goods' });

/** Body of `POST /v1/payments`. */
export const SaleIn = z
  .strictObject({
    saleReference: SaleReference,
    amount: AmountIn,
    description: plainText(256),
    laneId: z.string().min(1).max(64).optional().meta({ description: 'Required when the key has several lanes.' }),
    expiresInSeconds: z
      .int('must be a whole number')
      .min(30, 'must be 30 to 180')
      .max(180, 'must be 30 to 180')
      .optional()
      .meta({ description: 'Left out: the upstream decides how long the code lives.' }),
    goods: z.array(GoodsIn).max(100, 'must have at most 100 entries').optional(),
    buyer: z
      .strictObject({ agreementReference: plainText(64) })
      .optional()
      .meta({ description: 'Only for lanes whose upstream charges an agreement; refused on every other lane.' }),
    replaceOpenPayment: z.boolean().optional().meta({
      description:
        'Cancels the open payment of the lane first; needs the right `cancel`. Not part of what makes two sales equal.',
    }),
  })
  .meta({
    id: 'Sale',
    example: { saleReference: 'T01-0001', amount: { currency: 'JPY', value: '1980' }, description: 'Matcha set 抹茶' },
  });

/** A validated `POST /v1/payments` body. */
export type SaleBody = z.output<typeof SaleIn>;

/** Body of `POST /v1/payments/{paymentRequestId}/refunds`. */
export const RefundIn = z
  .strictObject({
    refundReference: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -')
      .meta({ description: 'The idempotency key: unique per payment for ever. Send it again unchanged after a timeout.' }),
    amount: AmountIn,
    reason: plainText(256).optional(),
  })
  .meta({
    id: 'RefundOrder',
    example: { refundReference: 'R-0001', amount: { currency: 'JPY', value: '500' }, reason: 'one item returned' },
  });

/** A validated refund. */
export type RefundBody = z.output<typeof RefundIn>;

/** Query of the receipt. */
export const ReceiptQuery = z.strictObject({
  format: z.literal('text').optional().meta({ description: '`text`: plain text in 32 columns; left out: JSON.' }),
});

/** A whole number in a query string. */
function queryNumber(least: number, most: number, description: string) {
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${least} to ${most}`)
    .meta({ type: 'integer', minimum: least, maximum: most, description });
}

/** Longest wait of a long poll and of `Prefer: wait`, s. */
export const LONGEST_WAIT_S = 25;

/** Query of `GET /v1/payments/{paymentRequestId}`. */
export const ReadQuery = z.strictObject({
  afterVersion: queryNumber(0, Number.MAX_SAFE_INTEGER, 'Wait until `version` is higher than this.').optional(),
  waitSeconds: queryNumber(
    0,
    3_600,
    `How long to wait; more than ${LONGEST_WAIT_S} counts as ${LONGEST_WAIT_S}. Left out beside \`afterVersion\`: ${LONGEST_WAIT_S}.`,
  ).optional(),
});

/** Query of `GET /v1/payments`. */
export const ListQuery = z.strictObject({
  saleReference: SaleReference.optional(),
  laneId: z.string().min(1).max(64).optional(),
  state: z.enum(STATES).optional(),
  limit: queryNumber(1, 100, 'Most payments of one page; default 20.').optional(),
  cursor: z.string().min(1).max(400).optional().meta({ description: '`nextCursor` of the page before.' }),
});

/** For calls without parameters of that kind. */
export const Nothing = z.strictObject({});

/** The payment in a path; anything that names no payment of the key's lanes is a 404. */
export const PaymentPath = z.object({ paymentRequestId: z.string() });

/** A refund in a path. */
export const RefundPath = z.object({ paymentRequestId: z.string(), refundReference: z.string() });

/** The lane in a path. */
export const LanePath = z.object({ laneId: z.string() });
