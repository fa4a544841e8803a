import { z } from 'zod';

/*
 * What the message family shares. Unknown fields are ignored everywhere; a field of the wrong type makes the message unusable, because
 * guessing at a half-understood message about money is worse than asking again. `null` counts as absent (order-code reference 2.3).
 */

const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const text = z.string();

/** Ids and words have 64 characters at most (order-code reference 3.3 and 4.1); twice that is a slip of theirs, more is no id. */
const id = text.max(128);

/** As people may be shown it; anything longer, or with control characters, is worth nothing on a receipt. */
const shown = text.max(128).regex(/^\P{Cc}*$/u);

/** The members of a quote are short words (order-code reference 4.1); what is nested or long stays in the stored message. */
const QUOTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MOST_QUOTE_MEMBERS = 32;

function plainMembers(quote: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlain = (value: unknown) => (typeof value === 'string' ? value.length <= 256 : Object(value) !== value);
  return Object.fromEntries(
    Object.entries(quote)
      .filter(([name, value]) => QUOTE_NAME.test(name) && isPlain(value))
      .slice(0, MOST_QUOTE_MEMBERS),
  );
}

/** For receipts and clearing only: nothing is decided by it, so an odd one must not cost us the word that money was paid. */
const told = <T extends z.ZodType>(schema: T) => absent(schema).catch(undefined);

const Amount = z.object({ currency: id, value: id });

/** As it may be shown again: what looks different is worth nothing to clearing either, and stays in the stored message. */
const SettlementAmount = z.object({
  currency: text.regex(/^[A-Z]{3}$/),
  value: text.regex(/^(0|[1-9][0-9]{0,15})$/),
});

export const Result = z.object({
  resultCode: text.min(1).max(128),
  resultStatus: z.enum(['S', 'A', 'U', 'F']),
  resultMessage: told(text),
});

const CodeDetail = z.object({ codeValue: absent(text), displayType: absent(text), codeValueType: absent(text) });

const OrderCodeForm = z.object({
  expireTime: absent(text),
  codeDetails: absent(z.array(CodeDetail).max(50)),
});

/** Where the payer's browser is to go (sibling reference 1.4, 2.4). */
const RedirectActionForm = z.object({ method: absent(text), redirectionUrl: absent(text) });

/** Sibling reference 3.4: personal data, kept for complaints. */
const PspCustomerInfo = z.object({ pspName: told(shown), pspCustomerId: told(shown) });

/** What notification, inquiry and, where it can mean paid, the pay answer say of a payment (order-code reference 4.1 and 5.1). */
const paymentFields = {
  acquirerId: absent(id),
  pspId: told(shown),
  customerId: told(shown),
  walletBrandName: told(shown),
  mppPaymentId: told(shown),
  paymentId: absent(id),
  paymentAmount: absent(Amount),
  paymentTime: told(shown),
  settlementAmount: told(SettlementAmount),
  settlementQuote: told(z.record(text, z.unknown()).transform(plainMembers)),
  grossSettlementAmount: told(SettlementAmount),
  pspCustomerInfo: told(PspCustomerInfo),
};

/** A word for the state of a payment, and why it failed (sibling reference 1.6, 3.7); ignored by dialects that do not speak so. */
const statusFields = { paymentStatus: told(id), paymentResultCode: told(id) };

export const PayAnswer = z.object({
  result: Result,
  paymentRequestId: absent(id),
  ...paymentFields,
  orderCodeForm: absent(OrderCodeForm),
  redirectActionForm: absent(RedirectActionForm),
});

export const InquiryAnswer = z.object({
  result: Result,
  paymentResult: absent(Result),
  paymentRequestId: absent(id),
  ...paymentFields,
  ...statusFields,
  transactions: absent(
    z
      .array(
        z.object({
          transactionType: absent(text),
          transactionResult: absent(Result),
          transactionStatus: absent(text),
          transactionId: told(shown),
          transactionRequestId: told(id),
          transactionAmount: told(Amount),
          transactionTime: told(shown),
        }),
      )
      .max(1000),
  ),
});

export const CancelAnswer = z.object({
  result: Result,
  acquirerId: absent(id),
  paymentRequestId: absent(id),
  paymentId: absent(id),
});

export const RefundAnswer = z.object({
  result: Result,
  acquirerId: absent(id),
  paymentRequestId: absent(id),
  refundRequestId: absent(id),
  refundId: told(shown),
  refundAmount: absent(Amount),
  refundTime: told(shown),
  settlementAmount: told(SettlementAmount),
  settlementQuote: told(z.record(text, z.unknown()).transform(plainMembers)),
});

export const PaymentNotification = z.object({
  paymentResult: absent(Result),
  result: told(Result),
  notifyType: told(id),
  paymentRequestId: text.min(1).max(64),
  ...paymentFields,
  ...statusFields,
});

/** A wallet's cashier address that comes later, in both shapes of Rebell's pages, which name the payment by one id or the other (sibling reference 1.6). */
export const LateCode = z
  .object({
    paymentId: absent(text.min(1).max(64)),
    paymentRequestId: absent(text.min(1).max(64)),
    cashierRedirectUrl: absent(text),
    cashierUrl: absent(text),
  })
  .refine(({ paymentId, paymentRequestId }) => paymentId !== undefined || paymentRequestId !== undefined);

/** The fields that say who paid what and when. */
export type PaymentWords = Partial<z.output<z.ZodObject<typeof paymentFields>>>;

/** The fields in which a message says what became of the payment. */
export type VerdictWords = Partial<
  Pick<z.output<typeof PaymentNotification>, 'paymentResult' | 'result' | 'notifyType' | 'paymentStatus' | 'paymentResultCode'>
>;

/** Parses the raw bytes of an upstream message; undefined when they are not UTF-8 JSON of this shape. */
export function readMessage<T>(
  schema: z.ZodType<T>,
  body: Uint8Array,
  { readsNumericAmounts = false }: { readonly readsNumericAmounts?: boolean | undefined } = {},
): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), readsNumericAmounts ? amountAsText : undefined);
  } catch {
    return undefined;
  }
  const read = schema.safeParse(value);
  return read.success ? read.data : undefined;
}

/** A whole number beside a currency becomes the text it stands for; beyond what a number can hold exactly it stays, and is refused. */
function amountAsText(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('currency' in value) || !('value' in value)) return value;
  return Number.isSafeInteger(value.value) ? { ...value, value: String(value.value) } : value;
}
