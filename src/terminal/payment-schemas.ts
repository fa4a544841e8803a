import { z } from 'zod';
import { MONEY_VALUE } from '../payment/money.js';
import { STATES } from '../payment/payment.js';
import { REFUND_STATES } from '../payment/refund.js';
import { NEXT_ACTIONS } from './terminal-advice.js';
import { CONFIRMATIONS, DISPLAY_HEALTHS, DISPLAY_STATES } from './terminal-ports.js';

/** What the terminal API answers, field by field (till API contract, "Payment" and "Lane"). */

/** A described value or null; `nullable()` would make the shared description itself nullable. */
function orNull<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.null()]);
}

const Time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .meta({ id: 'Time', description: 'RFC 3339 in UTC with milliseconds.', example: '2026-03-05T02:15:30.412Z' });

/** Money as the bridge writes it; the value may be 0. */
/** Money in answers. */
export const MoneyJson = z
  .strictObject({ currency: z.string().regex(/^[A-Z]{3}$/), value: z.string().regex(/^(0|[1-9][0-9]{0,15})$/) })
  .meta({
    id: 'Money',
    description: 'ISO 4217 code and whole smallest units as text: JPY 1980 is 1980 yen, USD 1980 is 19.80 dollars.',
    example: { currency: 'JPY', value: '1980' },
  });

/** Money as a till must send it: never 0. */
export const AmountIn = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code in upper case'),
    value: z.string().regex(MONEY_VALUE, 'must be 1 to 16 digits as text, whole smallest units, without sign or leading zero'),
  })
  .meta({ id: 'Amount', example: { currency: 'JPY', value: '1980' } });

const FailureJson = z
  .strictObject({
    reason: z.enum(['refused', 'expired', 'never_sent', 'ruled']),
    resultCode: z.string().nullable(),
    advice: z.enum(['new_sale_may_work', 'other_means', 'call_support']),
  })
  .meta({ id: 'Failure', description: 'Why a payment failed. `expired`: the upstream closed it unpaid.' });

const AlertJson = z
  .strictObject({
    kind: z.enum(['paid_after_failed', 'paid_after_cancelled', 'failed_after_paid', 'amount_differs']),
    at: Time,
    paymentId: z.string().nullable(),
  })
  .meta({ id: 'Alert', description: 'Evidence that contradicts a final state. The state stays; ask the back office.' });

const PaymentDisplayJson = z
  .strictObject({
    driver: z.string(),
    state: z.enum(DISPLAY_STATES),
    confirmation: z.enum(CONFIRMATIONS).nullable(),
    since: Time,
  })
  .meta({ id: 'PaymentDisplay', description: 'What a display of the lane shows of this payment.' });

const LastResultJson = z
  .strictObject({
    call: z.enum(['pay', 'inquiry', 'cancel', 'refund', 'notification']),
    at: Time,
    verified: z.boolean(),
    resultStatus: z.string().nullable(),
    resultCode: z.string().nullable(),
  })
  .meta({ id: 'LastResult', description: 'The newest thing the upstream said, for support. Never decide on it.' });

const NextJson = z
  .strictObject({
    action: z.enum(NEXT_ACTIONS),
    newSaleAllowed: z.boolean().meta({
      description: 'Only when true can this customer be charged for these goods again without a risk of charging twice.',
    }),
    message: z.string().meta({ description: 'A sentence for the cashier.' }),
    pollAfterMs: z.int().min(0),
  })
  .meta({ id: 'Next', description: 'What to do now.' });

const SettlementJson = z
  .strictObject({ amount: orNull(MoneyJson), quote: z.record(z.string(), z.unknown()).nullable() })
  .meta({ id: 'Settlement', description: 'As the upstream sent it.' });

const OrderCodeJson = z.strictObject({ value: z.string(), expiresAt: Time }).meta({
  id: 'OrderCode',
  description: 'The text to draw as a QR code, unchanged, and the end of its life as the upstream said it.',
});

const UndoJson = z
  .strictObject({
    by: z.enum(['cancel', 'refund']),
    state: z.enum(['pending', 'done', 'refused']),
    amount: MoneyJson,
    at: Time,
  })
  .meta({ id: 'Undo' });

/** The whole payment as tills see it. */
export const PaymentJson = z
  .strictObject({
    paymentRequestId: z.string(),
    saleReference: z.string(),
    terminalId: z.string(),
    laneId: z.string(),
    upstreamId: z.string(),
    state: z.enum(STATES).meta({ description: '`paid`, `failed` and `cancelled` are final and never change.' }),
    failure: orNull(FailureJson),
    endedBy: z.enum(['notification', 'inquiry', 'pay_answer', 'cancel_answer', 'ruling', 'not_sent']).nullable(),
    cancelledBy: z.enum(['terminal', 'operator', 'bridge']).nullable(),
    cancelReason: z
      .enum([
        'code_foreign_host',
        'code_not_https',
        'code_method',
        'code_too_long',
        'code_missing',
        'id_conflict',
        'amount_differs',
        'deadline',
      ])
      .nullable(),
    undo: orNull(UndoJson),
    alerts: z.array(AlertJson),
    amount: MoneyJson,
    refunded: MoneyJson,
    paymentId: z.string().nullable(),
    pspId: z.string().nullable(),
    walletBrandName: z.string().nullable(),
    mppPaymentId: z.string().nullable(),
    paidAt: orNull(Time),
    settlement: orNull(SettlementJson),
    orderCode: orNull(OrderCodeJson),
    display: z.array(PaymentDisplayJson),
    lastResult: orNull(LastResultJson),
    sends: z.int().min(0),
    customerMayPay: z.enum(['yes', 'no', 'possible']),
    next: NextJson,
    createdAt: Time,
    updatedAt: Time,
    version: z.int().min(0),
  })
  .meta({
    id: 'Payment',
    description: 'One attempt to have one sale paid. Fields that only the upstream knows are null until it said them.',
  });

/** The JSON of a payment. */
export type PaymentView = z.output<typeof PaymentJson>;

/** A refund as tills see it. */
export const RefundJson = z
  .strictObject({
    refundReference: z.string(),
    refundRequestId: z.string(),
    refundId: z.string().nullable(),
    state: z.enum(REFUND_STATES).meta({
      description:
        '`refunded` and `refused` are final and never change. The amount counts as used up in every state but `refused`.',
    }),
    amount: MoneyJson,
    reason: z.string().nullable(),
    refundedAt: orNull(Time),
    lastResult: orNull(LastResultJson),
    createdAt: Time,
    version: z.int().min(0),
  })
  .meta({
    id: 'Refund',
    description: 'Money that goes back to the customer. Silence is no refusal: the same bytes are sent again.',
  });

/** The JSON of a refund. */
export type RefundView = z.output<typeof RefundJson>;

/** The refunds of a payment, oldest first. */
export const RefundListJson = z
  .strictObject({ refunds: z.array(RefundJson) })
  .meta({ id: 'RefundList', description: 'Oldest first; the refund of an undo is among them.' });

/** What belongs on the customer's receipt. */
export const ReceiptJson = z
  .strictObject({
    brand: z.string().nullable().meta({
      description: 'Must stand on the receipt, e.g. `Alipay+`; null where customers know only the brand of their wallet.',
    }),
    status: z
      .enum(['paid', 'partly_refunded', 'refunded', 'undo_pending', 'undone'])
      .meta({ description: 'Anything but `paid` has to be said first. Confirmed refunds only.' }),
    notice: z.string().nullable().meta({ description: 'What has to be said first; null for `paid`.' }),
    merchantName: z.string().nullable(),
    storeName: z.string().nullable(),
    amount: MoneyJson,
    refunded: MoneyJson,
    walletBrandName: z.string().nullable(),
    paymentRequestId: z.string(),
    paymentId: z.string().nullable(),
    saleReference: z.string(),
    paidAt: orNull(Time),
    refunds: z.array(RefundJson),
  })
  .meta({ id: 'Receipt' });

/** The JSON of a receipt. */
export type ReceiptView = z.output<typeof ReceiptJson>;

/** A page of payments, newest first. */
export const PaymentListJson = z
  .strictObject({ payments: z.array(PaymentJson), nextCursor: z.string().nullable() })
  .meta({ id: 'PaymentList', description: 'Newest first. `nextCursor` is null on the last page.' });

/** One display of a lane. */
export const LaneDisplayJson = z
  .strictObject({
    driver: z.string(),
    port: z.string(),
    health: z.enum(DISPLAY_HEALTHS),
    reason: z.string().nullable(),
    state: z.enum(DISPLAY_STATES),
    confirmation: z.enum(CONFIRMATIONS).nullable(),
    since: Time,
  })
  .meta({ id: 'LaneDisplay' });

/** The JSON of one display. */
export type LaneDisplayView = z.output<typeof LaneDisplayJson>;

/** A lane: its open payment and its displays. */
export const LaneJson = z
  .strictObject({ laneId: z.string(), openPayment: orNull(PaymentJson), displays: z.array(LaneDisplayJson) })
  .meta({ id: 'Lane', description: '`openPayment` is the payment that holds the lane, or null.' });

/** The JSON of a lane. */
export type LaneView = z.output<typeof LaneJson>;
