import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { dialects } from '#src/upstream/dialects.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import { cancelOutcome, inquiryOutcome, payOutcome } from '../conformance/dialect-suite.js';
import { samplePayment } from '../support/payment-samples.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from '../support/sales.js';

/** Copied from the pages (sibling reference 1.5, 2.6, 3.5): what a bare answer with the code comes to on the first send. */
interface Page {
  readonly id: string;
  /** Refusals by what the cashier is told. */
  readonly other_means: string;
  readonly call_support: string;
  readonly new_sale_may_work: string;
  /** Never an end: another kind of outcome by code and letter. */
  readonly otherwise: Readonly<Record<string, string>>;
}

const REBELL_SUPPORT = 'PARAM_ILLEGAL PROCESS_FAIL ACCESS_DENIED CURRENCY_NOT_SUPPORT PARTNER_STATUS_ABNORMAL PARTNER_NOT_EXIST';
const REBELL_CUSTOMER = 'USER_NOT_EXIST PAYMENT_AMOUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT USER_STATUS_ABNORMAL RISK_REJECT';
const REBELL_OPEN = {
  'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
  'UNKNOWN_EXCEPTION U': 'retrySame',
  'ORDER_AMOUNT_EXCEED_CONTRACT_LIMIT U': 'accepted',
  'CONTRACT_DEFAULT_PAY_METHOD_INVALID U': 'accepted',
  'REQUEST_TRAFFIC_EXCEED_LIMIT U': 'slowDown',
};

const PAGES: readonly Page[] = [
  {
    id: 'rebell_cashier',
    other_means: REBELL_CUSTOMER,
    call_support: `${REBELL_SUPPORT} INVALID_ACCESS_TOKEN`,
    new_sale_may_work: 'AUTH_CODE_ALREADY_USED',
    otherwise: { ...REBELL_OPEN, 'SUCCESS S': 'inDoubt', 'ACCEPT A': 'inDoubt' },
  },
  {
    id: 'rebell_agreement',
    other_means: `${REBELL_CUSTOMER} INVALID_ACCESS_TOKEN`,
    call_support: REBELL_SUPPORT,
    new_sale_may_work: 'AUTH_CODE_ALREADY_USED',
    otherwise: { ...REBELL_OPEN, 'SUCCESS S': 'accepted', 'ACCEPT A': 'accepted' },
  },
  {
    id: 'mini_program_cashier',
    other_means: 'PAYMENT_AMOUNT_EXCEED_LIMIT USER_STATUS_ABNORMAL USER_BALANCE_NOT_ENOUGH',
    call_support:
      'NO_INTERFACE_DEF MSG_PARSE_ERROR FUNCTION_NOT_MATCH INVALID_CLIENT INVALID_SIGNATURE INVALID_CLIENT_STATUS USER_NOT_EXIST PARTNER_NOT_EXIST PROCESS_FAIL PARAM_ILLEGAL INVALID_API ACCESS_DENIED EXPIRED_ACCESS_TOKEN',
    new_sale_may_work: '',
    otherwise: {
      'SUCCESS S': 'inDoubt',
      'REPEAT_REQUEST S': 'accepted',
      'UNKNOWN_EXCEPTION U': 'retrySame',
      'REQUEST_TRAFFIC_EXCEED_LIMIT F': 'slowDown',
      'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
    },
  },
  {
    id: 'antom_auto_debit',
    other_means:
      'EXPIRED_CODE INVALID_ACCESS_TOKEN INVALID_PAYMENT_CODE PAYMENT_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT RISK_REJECT USER_AMOUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH USER_KYC_NOT_QUALIFIED USER_PAYMENT_VERIFICATION_FAILED USER_STATUS_ABNORMAL VERIFY_TIMES_EXCEED_LIMIT VERIFY_UNMATCHED',
    call_support:
      'ACCESS_DENIED CURRENCY_NOT_SUPPORT INVALID_CONTRACT INVALID_MERCHANT_STATUS INVALID_PAYMENT_METHOD_META_DATA KEY_NOT_FOUND MERCHANT_KYB_NOT_QUALIFIED MERCHANT_NOT_REGISTERED NO_INTERFACE_DEF NO_PAY_OPTIONS PARAM_ILLEGAL PAYMENT_NOT_QUALIFIED PROCESS_FAIL SETTLE_CONTRACT_NOT_MATCH SYSTEM_ERROR USER_NOT_EXIST',
    new_sale_may_work: 'ORDER_IS_CANCELED ORDER_IS_CLOSED',
    otherwise: {
      'SUCCESS S': 'accepted',
      'ORDER_NOT_EXIST F': 'accepted',
      'REPEAT_REQ_INCONSISTENT F': 'inDoubt',
      'PAYMENT_IN_PROCESS U': 'accepted',
      'REQUEST_TRAFFIC_EXCEED_LIMIT U': 'slowDown',
      'UNKNOWN_EXCEPTION U': 'accepted',
    },
  },
];

const INVENTED = {
  'WONDERFUL_NEWS S': 'inDoubt',
  'PAID_SOMEHOW S': 'inDoubt',
  'ACCEPTED_SOMEHOW A': 'accepted',
  'SOMETHING_PENDING U': 'retrySame',
  'TRY_AGAIN_LATER U': 'retrySame',
  'success S': 'inDoubt',
  'BRAND_NEW_REFUSAL F': 'refused',
  'WALLET_ON_HOLIDAY F': 'refused',
  'E0001 F': 'refused',
  'RISK_REJECT_2 F': 'refused',
};

const bare = (code: string, status: string) => ({ result: { resultCode: code, resultStatus: status, resultMessage: 'x' } });
const words = (text: string) => text.split(' ').filter((word) => word !== '');
const ADVICES = ['other_means', 'call_support', 'new_sale_may_work'] as const;

function named(id: string): Dialect {
  const dialect = dialects.find((one) => one.id === id);
  assert.ok(dialect !== undefined);
  return dialect;
}

for (const page of PAGES) {
  describe(`result codes of ${page.id}`, () => {
    const dialect = named(page.id);

    it(`(${page.id}) are exactly those of the page`, () => {
      const listed = [
        ...ADVICES.flatMap((advice) => words(page[advice])),
        ...Object.keys(page.otherwise).map((at) => at.split(' ')[0]),
      ];
      assert.deepEqual(Object.keys(dialect.resultCodes).sort(), listed.sort());
    });

    it(`(${page.id}) refuse with the advice of their class, and only under F`, () => {
      for (const advice of ADVICES)
        for (const code of words(page[advice])) {
          const outcome = payOutcome(dialect, bare(code, 'F'));
          assert.deepEqual(outcome.kind === 'refused' && outcome.failure, { reason: 'refused', resultCode: code, advice }, code);
          for (const letter of ['S', 'A', 'U']) assert.notEqual(payOutcome(dialect, bare(code, letter)).kind, 'refused', code);
        }
    });

    it(`(${page.id}) that end nothing, and ten that nobody has heard of, are read by their letter`, () => {
      for (const [at, kind] of Object.entries({ ...page.otherwise, ...INVENTED })) {
        const [code = '', status = ''] = at.split(' ');
        assert.equal(payOutcome(dialect, bare(code, status)).kind, kind, at);
      }
    });

    it(`(${page.id}) never end a payment over "no such order" or an unequal repeat`, () => {
      for (const code of ['ORDER_NOT_EXIST', 'REPEAT_REQ_INCONSISTENT', 'REQUEST_TRAFFIC_EXCEED_LIMIT'])
        assert.notEqual(payOutcome(dialect, bare(code, 'F')).kind, 'refused', code);
      assert.equal(inquiryOutcome(dialect, bare('ORDER_NOT_EXIST', 'F')).kind, 'notFound');
      assert.equal(cancelOutcome(dialect, bare('ORDER_NOT_EXIST', 'F')).kind, 'nothingToCancel');
    });

    it(`(${page.id}) of an inquiry: the word for the state decides, and money only with our id and amount`, () => {
      const { paymentRequestId } = samplePayment('submitting');
      const said = (paymentStatus: string, value = '1980') => ({
        ...bare('SUCCESS', 'S'),
        paymentRequestId,
        paymentStatus,
        paymentAmount: { currency: 'JPY', value },
      });
      assert.equal(inquiryOutcome(dialect, said('SUCCESS')).kind, 'paid');
      assert.equal(inquiryOutcome(dialect, said('SUCCESS', '1981')).kind, 'oddMoney');
      assert.equal(inquiryOutcome(dialect, said('PROCESSING')).kind, 'open');
      assert.equal(inquiryOutcome(dialect, said('SOMETHING_ELSE')).kind, 'open');
      assert.equal(inquiryOutcome(dialect, said('FAIL')).kind, 'closedUnpaid');
    });

    it(`(${page.id}) come to a request of the same bytes for the same sale, every scalar a text`, () => {
      const sale = dialect.takes.buyer ? { agreementReference: 'M' } : {};
      const agreements = new Map([['M', { token: 'tok', paymentMethodType: 'GCASH' }]]);
      const client = { ...VECTOR_CLIENT, productCode: '51051000101000000011' };
      const now = instant(Date.parse('2026-03-05T02:00:00.000Z'));
      const freeze = () => freezePayRequest(dialect, placing(sale), VECTOR_MERCHANT, client, now, agreements);
      assert.deepEqual(freeze(), freeze());
      const wanted = dialect.expiry.sent === 'never' ? null : now + dialect.expiry.defaultMs;
      assert.equal(freeze().expiresAt, wanted);
      assert.ok(!Buffer.from(freeze().body).toString('utf8').includes('"tok"'));
    });
  });
}

describe('pay answer of Antom that says paid', () => {
  const dialect = named('antom_auto_debit');
  const paid = (value: string) => ({ ...bare('SUCCESS', 'S'), paymentId: 'AD1', paymentAmount: { currency: 'JPY', value } });

  it('ends the payment when the amount is ours, and is doubted when it is another', () => {
    assert.equal(payOutcome(dialect, paid('1980')).kind, 'paid');
    assert.equal(payOutcome(dialect, paid('1979')).kind, 'inDoubt');
  });

  it('means nothing of the kind in any dialect where a payer has to scan', () => {
    for (const scanned of dialects.filter(({ takes }) => !takes.buyer))
      assert.notEqual(payOutcome(scanned, paid('1980')).kind, 'paid', scanned.id);
  });
});
