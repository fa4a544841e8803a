import type { Money } from '../payment/money.js';
import {
  type Alert,
  type CancelFacts,
  type Failure,
  type LastResult,
  type PaidFacts,
  type PaymentLife,
  type ScanCode,
  type SendFacts,
  STATES,
} from '../payment/payment.js';
import type { MoneyBack, OpenRefund, UndoCancel, UndoFacts } from '../payment/refund.js';

/** Where a value is not what it should be: the path to it from here (`.sends.count`), '' for the value itself; undefined when it is right. */
type Check = (value: unknown) => string | undefined;

/** A check for every member there is, the optional ones too: one that is added to the type is missed here by the compiler. */
type Members<T> = { readonly [K in keyof T]-?: Check };

function that(holds: (value: unknown) => boolean): Check {
  return (value) => (holds(value) ? undefined : '');
}

function object<T>(members: Members<T>): Check {
  const checks = Object.entries<Check>(members);
  return (value) => {
    if (typeof value !== 'object' || value === null) return '';
    for (const [name, check] of checks) {
      const wrong = check((value as Readonly<Record<string, unknown>>)[name]);
      if (wrong !== undefined) return `.${name}${wrong}`;
    }
    return undefined;
  };
}

function orNull(check: Check): Check {
  return (value) => (value === null ? undefined : check(value));
}

/** For members that came later than the first books. */
function orAbsent(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

function list(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return '';
    for (const [index, one] of value.entries()) {
      const wrong = check(one);
      if (wrong !== undefined) return `[${index}]${wrong}`;
    }
    return undefined;
  };
}

function oneOf(...words: readonly string[]): Check {
  const known = new Set<unknown>(words);
  return that((value) => known.has(value));
}

const text = that((value) => typeof value === 'string');
const flag = that((value) => typeof value === 'boolean');
/** Times and spans, ms; JSON can write a number that is none any more. */
const time = that((value) => Number.isFinite(value));
const count = that((value) => Number.isSafeInteger(value) && (value as number) >= 0);
const sum = that((value) => typeof value === 'string' && /^\d+$/.test(value));
const anyObject = that((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const money = object<Money>({ currency: text, value: sum });

const paidFacts = object<PaidFacts>({
  paymentId: orNull(text),
  paidAt: orNull(time),
  pspId: orNull(text),
  walletBrandName: orNull(text),
  mppPaymentId: orNull(text),
  customerId: orNull(text),
  settlement: orNull(object<NonNullable<PaidFacts['settlement']>>({ amount: orNull(money), quote: orNull(anyObject) })),
});

const alert = object<Alert>({ kind: text, at: time, paymentId: orNull(text) });

const asker = object<{ readonly kind: string }>({ kind: oneOf('terminal', 'operator', 'bridge') });

const openRefund = object<OpenRefund>({
  refundRequestId: text,
  amount: money,
  isUndo: flag,
  state: oneOf('pending', 'in_doubt'),
  createdAt: time,
  tries: count,
  firstSentAt: orNull(time),
  lastSentAt: orNull(time),
  underWay: flag,
  unclear: flag,
  refusal: orNull(text),
});

const undo = object<UndoFacts>({
  by: oneOf('cancel', 'refund'),
  state: oneOf('pending', 'done', 'refused'),
  amount: money,
  at: time,
  asker,
  cancel: orNull(
    object<UndoCancel>({ firstSentAt: orNull(time), lastSentAt: orNull(time), tries: count, verdict: orNull(text) }),
  ),
  refundRequestId: orNull(text),
});

const moneyBack = object<MoneyBack>({
  undo: orNull(undo),
  late: orNull(paidFacts),
  asked: sum,
  refunded: sum,
  open: list(openRefund),
  elsewhere: orAbsent(sum),
});

const life = object<PaymentLife>({
  state: oneOf(...STATES),
  stateSince: time,
  createdAt: time,
  sends: object<SendFacts>({
    count,
    firstAt: orNull(time),
    lastAt: orNull(time),
    lastEndedAt: orNull(time),
    underWay: flag,
    bytesMayHaveLeft: flag,
    unclear: flag,
    slowed: flag,
  }),
  defaultLifeMs: time,
  requestedExpiry: orNull(time),
  paymentId: orNull(text),
  code: orNull(object<ScanCode>({ text, expiresAt: time })),
  codeless: orAbsent(flag),
  doubt: orNull(text),
  cancelBecause: orNull(text),
  cancel: orNull(
    object<CancelFacts>({
      by: asker,
      askedAt: time,
      inquired: flag,
      firstSentAt: orNull(time),
      lastSentAt: orNull(time),
      tries: count,
      verdict: orNull(text),
    }),
  ),
  inquiredAt: orNull(time),
  inquiriesHere: count,
  askNow: flag,
  alertToConfirm: flag,
  paid: orNull(paidFacts),
  failure: orNull(object<Failure>({ reason: text, resultCode: orNull(text), advice: text })),
  cancelledBy: orNull(text),
  cancelReason: orNull(text),
  endedBy: orNull(text),
  oddMoney: orNull(alert),
  alerts: list(alert),
  lastResult: orNull(
    object<LastResult>({
      call: text,
      at: time,
      verified: flag,
      resultStatus: orNull(text),
      resultCode: orNull(text),
    }),
  ),
  toldAt: orAbsent(time),
  moneyBack: orAbsent(moneyBack),
});

/**
 * The first member that a stored life lacks or has in another shape (`life.code.expiresAt`), `undefined` for a life. Rules and glass trust
 * their lives: half a life would be worked on as if it said something.
 */
export function faultOfLife(value: unknown): string | undefined {
  const wrong = life(value);
  return wrong === undefined ? undefined : `life${wrong}`;
}
