import type { CancelOutcome, PayOutcome } from '#src/payment/pay-outcome.js';
import type { Failure } from '#src/payment/payment.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { dialects } from '#src/upstream/dialects.js';
import { assertLegalPayBody } from './legal-body.js';
import { assertLegalSiblingBody } from './legal-sibling-body.js';
import { failureFor, type Letter, LISTED } from './order-code-results.js';
import { vectorBytes } from './vectors.js';

type Fields = Readonly<Record<string, unknown>>;
type Kind = PayOutcome['kind'];

/** What an upstream may say of a payment. */
export type Word = 'paid' | 'open' | 'unpaid' | 'unheardOf';

/** What a dialect's page says, copied from the page and not from the product (order-code reference 3.5; sibling reference 1.5, 2.6, 3.5). */
export interface DialectPage {
  readonly id: string;
  /** Codes that refuse under F, by what the cashier is told. */
  readonly refuses: Readonly<Record<Failure['advice'], string>>;
  /** Codes that say under F that the order ran out. */
  readonly ranOut: string;
  /** What every other code comes to with its letter, where the answer carries nothing else. */
  readonly endsNothing: Readonly<Record<string, Kind>>;
  /** What a code that nobody has heard of comes to. */
  readonly unheardOf: Readonly<Record<Letter, Kind>>;
  /** The answer to a request that was taken, and what it comes to. */
  readonly taken: () => Fields;
  readonly takenMeans: Kind;
  /** What a pay answer comes to that says success and names our amount. */
  readonly successMeans: Kind;
  /** The fields in which an inquiry says what became of the payment. */
  readonly inquirySays: (word: Word) => Fields;
  /** What a refused cancel comes to by its code, beside refusals without a rule. */
  readonly cancelRefused: Readonly<Record<string, CancelOutcome['kind']>>;
  readonly assertLegal: (bytes: Uint8Array) => void;
}

/** Ten codes on no page of anybody; each comes under every letter. */
export const UNHEARD_OF = [
  'WONDERFUL_NEWS',
  'PAID_SOMEHOW',
  'ACCEPTED_SOMEHOW',
  'SOMETHING_PENDING',
  'TRY_AGAIN_LATER',
  'success',
  'BRAND_NEW_REFUSAL',
  'WALLET_ON_HOLIDAY',
  'E0001',
  'RISK_REJECT_2',
] as const;

const result = (resultCode: string, resultStatus: Letter) => ({ resultCode, resultStatus, resultMessage: 'x' });

/** A bare answer: a result and nothing else. */
export const bare = (code: string, status: Letter) => ({ result: result(code, status) });

const redirect = { redirectActionForm: { method: 'GET', redirectionUrl: 'https://code.example/cashier/1' } };
const taken = (code: string, status: Letter, more: Fields = {}) => ({ ...bare(code, status), paymentId: 'P-1', ...more });
const byStatus =
  (words: Readonly<Record<Word, string>>): DialectPage['inquirySays'] =>
  (word) => ({ paymentStatus: words[word] });
const WALLET_WORDS = { paid: 'SUCCESS', open: 'PROCESSING', unpaid: 'FAIL', unheardOf: 'SOMETHING_ELSE' };
const WALLET_CANCELS = { ORDER_NOT_EXIST: 'nothingToCancel', CANCEL_WINDOW_EXCEED: 'windowOver' } as const;

const listedBy = (advice: Failure['advice']) =>
  LISTED.filter((line) => failureFor(line)?.reason === 'refused' && failureFor(line)?.advice === advice)
    .map(({ code }) => code)
    .join(' ');

const ORDER_CODE: DialectPage = {
  id: 'alipayplus_order_code',
  refuses: {
    other_means: listedBy('other_means'),
    call_support: listedBy('call_support'),
    new_sale_may_work: listedBy('new_sale_may_work'),
  },
  ranOut: 'ORDER_IS_CLOSED',
  endsNothing: {
    'PAYMENT_IN_PROCESS U': 'inDoubt',
    'REQUEST_TRAFFIC_EXCEED_LIMIT U': 'slowDown',
    'UNKNOWN_EXCEPTION U': 'retrySame',
    'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
  },
  unheardOf: { S: 'inDoubt', A: 'retrySame', U: 'retrySame', F: 'refused' },
  taken: () => JSON.parse(vectorBytes('pay_response.body.json').toString('utf8')) as Fields,
  takenMeans: 'codeIssued',
  successMeans: 'inDoubt',
  inquirySays: (word) => ({
    paymentResult: {
      paid: result('SUCCESS', 'S'),
      open: result('PAYMENT_IN_PROCESS', 'U'),
      unpaid: result('USER_BALANCE_NOT_ENOUGH', 'F'),
      unheardOf: result('SOMETHING_ELSE', 'U'),
    }[word],
  }),
  cancelRefused: { ...WALLET_CANCELS, ORDER_IS_CLOSED: 'alreadyClosed' },
  assertLegal: (bytes) => void assertLegalPayBody(bytes),
};

const REBELL_SUPPORT = 'PARAM_ILLEGAL PROCESS_FAIL ACCESS_DENIED CURRENCY_NOT_SUPPORT PARTNER_STATUS_ABNORMAL PARTNER_NOT_EXIST';
const REBELL_CUSTOMER = 'USER_NOT_EXIST PAYMENT_AMOUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT USER_STATUS_ABNORMAL RISK_REJECT';
const REBELL = {
  ranOut: '',
  inquirySays: byStatus(WALLET_WORDS),
  cancelRefused: WALLET_CANCELS,
};
const REBELL_OPEN = {
  'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
  'UNKNOWN_EXCEPTION U': 'retrySame',
  'ORDER_AMOUNT_EXCEED_CONTRACT_LIMIT U': 'accepted',
  'CONTRACT_DEFAULT_PAY_METHOD_INVALID U': 'accepted',
  'REQUEST_TRAFFIC_EXCEED_LIMIT U': 'slowDown',
} as const;

const PAGES: readonly DialectPage[] = [
  ORDER_CODE,
  {
    ...REBELL,
    id: 'rebell_cashier',
    refuses: {
      other_means: REBELL_CUSTOMER,
      call_support: `${REBELL_SUPPORT} INVALID_ACCESS_TOKEN`,
      new_sale_may_work: 'AUTH_CODE_ALREADY_USED',
    },
    endsNothing: { ...REBELL_OPEN, 'SUCCESS S': 'inDoubt', 'ACCEPT A': 'inDoubt' },
    unheardOf: { S: 'inDoubt', A: 'inDoubt', U: 'retrySame', F: 'refused' },
    taken: () => taken('ACCEPT', 'A', redirect),
    takenMeans: 'codeIssued',
    successMeans: 'inDoubt',
    assertLegal: (bytes) => assertLegalSiblingBody('rebell_cashier', bytes),
  },
  {
    ...REBELL,
    id: 'rebell_agreement',
    refuses: {
      other_means: `${REBELL_CUSTOMER} INVALID_ACCESS_TOKEN`,
      call_support: REBELL_SUPPORT,
      new_sale_may_work: 'AUTH_CODE_ALREADY_USED',
    },
    endsNothing: { ...REBELL_OPEN, 'SUCCESS S': 'accepted', 'ACCEPT A': 'accepted' },
    unheardOf: { S: 'inDoubt', A: 'accepted', U: 'retrySame', F: 'refused' },
    taken: () => taken('ACCEPT', 'A'),
    takenMeans: 'accepted',
    successMeans: 'paid',
    assertLegal: (bytes) => assertLegalSiblingBody('rebell_agreement', bytes),
  },
  {
    id: 'mini_program_cashier',
    refuses: {
      other_means: 'PAYMENT_AMOUNT_EXCEED_LIMIT USER_STATUS_ABNORMAL USER_BALANCE_NOT_ENOUGH',
      call_support:
        'NO_INTERFACE_DEF MSG_PARSE_ERROR FUNCTION_NOT_MATCH INVALID_CLIENT INVALID_SIGNATURE INVALID_CLIENT_STATUS USER_NOT_EXIST PARTNER_NOT_EXIST PROCESS_FAIL PARAM_ILLEGAL INVALID_API ACCESS_DENIED EXPIRED_ACCESS_TOKEN',
      new_sale_may_work: '',
    },
    ranOut: '',
    endsNothing: {
      'SUCCESS S': 'inDoubt',
      'REPEAT_REQUEST S': 'accepted',
      'UNKNOWN_EXCEPTION U': 'retrySame',
      'REQUEST_TRAFFIC_EXCEED_LIMIT F': 'slowDown',
      'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
    },
    unheardOf: { S: 'inDoubt', A: 'accepted', U: 'retrySame', F: 'refused' },
    taken: () => taken('SUCCESS', 'S', redirect),
    takenMeans: 'codeIssued',
    successMeans: 'inDoubt',
    inquirySays: byStatus(WALLET_WORDS),
    cancelRefused: WALLET_CANCELS,
    assertLegal: (bytes) => assertLegalSiblingBody('mini_program_cashier', bytes),
  },
  {
    id: 'antom_auto_debit',
    refuses: {
      other_means:
        'EXPIRED_CODE INVALID_ACCESS_TOKEN INVALID_PAYMENT_CODE PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT RISK_REJECT USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_KYC_NOT_QUALIFIED USER_PAYMENT_VERIFICATION_FAILED USER_STATUS_ABNORMAL VERIFY_TIMES_EXCEED_LIMIT VERIFY_UNMATCHED',
      call_support:
        'ACCESS_DENIED CURRENCY_NOT_SUPPORT INVALID_CONTRACT INVALID_MERCHANT_STATUS INVALID_PAYMENT_METHOD_META_DATA KEY_NOT_FOUND MERCHANT_KYB_NOT_QUALIFIED MERCHANT_NOT_REGISTERED NO_INTERFACE_DEF NO_PAY_OPTIONS PARAM_ILLEGAL PAYMENT_NOT_QUALIFIED PROCESS_FAIL SETTLE_CONTRACT_NOT_MATCH SYSTEM_ERROR USER_NOT_EXIST',
      new_sale_may_work: 'ORDER_IS_CANCELED ORDER_IS_CLOSED',
    },
    ranOut: '',
    endsNothing: {
      'SUCCESS S': 'accepted',
      'ORDER_NOT_EXIST F': 'accepted',
      'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
      'PAYMENT_IN_PROCESS U': 'accepted',
      'REQUEST_TRAFFIC_EXCEED_LIMIT U': 'slowDown',
      'UNKNOWN_EXCEPTION U': 'accepted',
    },
    unheardOf: { S: 'inDoubt', A: 'accepted', U: 'retrySame', F: 'refused' },
    taken: () => taken('PAYMENT_IN_PROCESS', 'U'),
    takenMeans: 'accepted',
    successMeans: 'paid',
    inquirySays: byStatus({ ...WALLET_WORDS, open: 'PENDING' }),
    cancelRefused: WALLET_CANCELS,
    assertLegal: (bytes) => assertLegalSiblingBody('antom_auto_debit', bytes),
  },
];

/** The page of a dialect; throws for one without a page. */
function pageOf({ id }: Pick<Dialect, 'id'>): DialectPage {
  const page = PAGES.find((one) => one.id === id);
  if (page === undefined) throw new Error(`copy the page of ${id} into test/support/dialect-pages.ts`);
  return page;
}

/** Every dialect of the product with its page. */
export const DIALECTS_WITH_PAGES = dialects.map((dialect) => ({ dialect, page: pageOf(dialect) }));
