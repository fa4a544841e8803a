import assert from 'node:assert/strict';
import type { CancelOutcome, InquiryOutcome, PayOutcome } from '#src/payment/pay-outcome.js';
import type { Failure, Payment } from '#src/payment/payment.js';
import {
  type AnswerContext,
  classifyCancelAnswer,
  classifyInquiryAnswer,
  classifyPayAnswer,
} from '#src/upstream/classify-answer.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { CancelAnswer, InquiryAnswer, PayAnswer } from '#src/upstream/message-fields.js';
import { bare, type DialectPage, UNHEARD_OF, type Word } from '../support/dialect-pages.js';
import type { Letter } from '../support/order-code-results.js';
import { sentBytes, WIDEST_SALE } from '../support/pay-bytes.js';
import { samplePayment } from '../support/payment-samples.js';
import { dialectSaleSuite } from './dialect-sale-suite.js';

export const ACQUIRER = '1020000000000000001';

function contextOf(dialect: Dialect, payment: Payment = samplePayment('submitting')): AnswerContext {
  return {
    dialect,
    payment,
    acquirerId: ACQUIRER,
    offsetMs: () => 0,
    codeRules: { hosts: new Set(['code.example']), allowPostAsGet: false },
    lateCode: false,
  };
}

/** What a pay answer of this shape means to the payment. */
export function payOutcome(dialect: Dialect, answer: unknown, payment?: Payment): PayOutcome {
  return classifyPayAnswer(contextOf(dialect, payment), PayAnswer.parse(answer));
}

export function inquiryOutcome(
  dialect: Dialect,
  answer: unknown,
  payment: Payment = samplePayment('awaiting_payer'),
): InquiryOutcome {
  return classifyInquiryAnswer(contextOf(dialect, payment), InquiryAnswer.parse(answer));
}

export function cancelOutcome(dialect: Dialect, answer: unknown, payment: Payment = samplePayment('cancelling')): CancelOutcome {
  return classifyCancelAnswer(contextOf(dialect, payment), CancelAnswer.parse(answer));
}

const LETTERS: readonly Letter[] = ['S', 'A', 'U', 'F'];
const ADVICES: readonly Failure['advice'][] = ['other_means', 'call_support', 'new_sale_may_work'];
const words = (text: string) => text.split(' ').filter((word) => word !== '');
/** What a till is told about a request that was slow or odd, whatever its letter: only S is something else. */
const ABOUT_THE_REQUEST = new Set(['REQUEST_TRAFFIC_EXCEED_LIMIT', 'REPEAT_REQ_INCONSISTENT']);

/** Holds one dialect to its page, and to what is promised for every dialect: words, bytes, whole sales. */
export function dialectSuite(dialect: Dialect, page: DialectPage): void {
  describe(`dialect ${dialect.id}`, () => {
    describe('answers', () => {
      payAnswers(dialect, page);
      inquiryAnswers(dialect, page);
      cancelAnswers(dialect, page);
    });
    describe('pay request', () => payRequests(dialect, page));
    describe('whole sale', () => dialectSaleSuite(dialect.id));
  });
}

function payAnswers(dialect: Dialect, page: DialectPage): void {
  const outcome = (code: string, letter: Letter) => payOutcome(dialect, bare(code, letter));
  const refusals: readonly (readonly [code: string, failure: Failure])[] = [
    ...ADVICES.flatMap((advice) =>
      words(page.refuses[advice]).map((code) => [code, { reason: 'refused', resultCode: code, advice }] as const),
    ),
    ...words(page.ranOut).map(
      (code) => [code, { reason: 'expired', resultCode: code, advice: 'new_sale_may_work' } as const] as const,
    ),
  ];

  it(`(${dialect.id}) lists exactly the codes of its page`, () => {
    const listed = [...refusals.map(([code]) => code), ...Object.keys(page.endsNothing).map((at) => at.split(' ')[0])];
    assert.deepEqual(Object.keys(dialect.resultCodes).sort(), listed.sort());
  });

  for (const [code, failure] of refusals)
    it(`(${dialect.id}) ${code} refuses under F, with the advice of its class, and under no other letter`, () => {
      const operations = failure.advice === 'call_support';
      assert.deepEqual(outcome(code, 'F'), { kind: 'refused', failure, operations });
      for (const letter of ['S', 'A', 'U'] as const) assert.equal(outcome(code, letter).kind, page.unheardOf[letter], letter);
    });

  for (const [at, kind] of Object.entries(page.endsNothing))
    it(`(${dialect.id}) ${at} ends nothing, and under another letter is read by the letter`, () => {
      const [code = '', own] = at.split(' ');
      assert.equal(outcome(code, own as Letter).kind, kind);
      for (const letter of LETTERS.filter((one) => one !== own)) {
        const stays = ABOUT_THE_REQUEST.has(code) && letter !== 'S';
        const lost = code === 'ORDER_NOT_EXIST' && letter === 'F';
        assert.equal(outcome(code, letter).kind, stays ? kind : lost ? 'inDoubt' : page.unheardOf[letter], letter);
      }
    });

  for (const code of UNHEARD_OF)
    it(`(${dialect.id}) ${code}, which nobody has heard of, is read by its letter, and F asks for support`, () => {
      for (const letter of LETTERS) assert.equal(outcome(code, letter).kind, page.unheardOf[letter], letter);
      const failure = { reason: 'refused', resultCode: code, advice: 'call_support' };
      assert.deepEqual(outcome(code, 'F'), { kind: 'refused', failure, operations: true });
    });

  it(`(${dialect.id}) is taken by its own answer, and a refusal with the same fields is none`, () => {
    const taken = page.taken();
    assert.equal(payOutcome(dialect, taken).kind, page.takenMeans);
    assert.equal(payOutcome(dialect, { ...taken, ...bare('RISK_REJECT', 'F') }).kind, 'refused');
  });

  it(`(${dialect.id}) says paid only where no payer has to act, and only with our amount and our id`, () => {
    const { paymentRequestId } = samplePayment('submitting');
    const success = (value: string) => ({
      ...bare('SUCCESS', 'S'),
      paymentRequestId,
      paymentId: 'P-1',
      paymentAmount: { currency: 'JPY', value },
    });
    assert.equal(payOutcome(dialect, success('1980')).kind, page.successMeans);
    const { paymentRequestId: _ours, ...unnamed } = success('1980');
    const nobodys = payOutcome(dialect, unnamed);
    assert.equal(nobodys.kind, page.successMeans === 'paid' ? 'accepted' : page.successMeans);
    if (nobodys.kind === 'accepted') assert.equal(nobodys.paymentId, null, 'an order id that may be another order');
    assert.equal(page.successMeans === 'paid', dialect.takes.buyer);
    for (const value of ['1979', '01980', '198000']) assert.equal(payOutcome(dialect, success(value)).kind, 'inDoubt', value);
    for (const letter of LETTERS)
      for (const code of [...Object.keys(dialect.resultCodes), ...UNHEARD_OF])
        if (letter !== 'S' || code !== 'SUCCESS')
          assert.notEqual(payOutcome(dialect, { ...success('1980'), ...bare(code, letter) }).kind, 'paid', `${code} ${letter}`);
  });

  it(`(${dialect.id}) is never ended by "no such order", an unequal repeat or a traffic limit`, () => {
    for (const code of ['ORDER_NOT_EXIST', ...ABOUT_THE_REQUEST])
      for (const letter of LETTERS) assert.notEqual(outcome(code, letter).kind, 'refused', `${code} ${letter}`);
  });
}

function inquiryAnswers(dialect: Dialect, page: DialectPage): void {
  const { paymentRequestId } = samplePayment('submitting');
  const said = (word: Word, changes: Record<string, unknown> = {}) => ({
    ...bare('SUCCESS', 'S'),
    paymentRequestId,
    paymentAmount: { currency: 'JPY', value: '1980' },
    ...page.inquirySays(word),
    ...changes,
  });

  it(`(${dialect.id}) an inquiry says paid, open or unpaid by its word, and an unheard-of word says nothing`, () => {
    assert.equal(inquiryOutcome(dialect, said('paid')).kind, 'paid');
    assert.equal(inquiryOutcome(dialect, said('open')).kind, 'open');
    assert.equal(inquiryOutcome(dialect, said('unheardOf')).kind, 'open');
    assert.equal(inquiryOutcome(dialect, said('unpaid')).kind, 'closedUnpaid');
  });

  it(`(${dialect.id}) an inquiry means money only with our id, our amount and our currency`, () => {
    for (const changes of [
      { paymentAmount: { currency: 'JPY', value: '1981' } },
      { paymentAmount: { currency: 'KRW', value: '1980' } },
      { paymentAmount: undefined },
      { paymentRequestId: 'SOMEBODY-ELSE' },
      { paymentRequestId: undefined, paymentId: undefined },
    ])
      assert.equal(inquiryOutcome(dialect, said('paid', changes)).kind, 'oddMoney', JSON.stringify(changes));
  });

  it(`(${dialect.id}) a refused question says nothing of the payment, whatever the code`, () => {
    const special: Readonly<Record<string, string>> = { ORDER_NOT_EXIST: 'notFound', REQUEST_TRAFFIC_EXCEED_LIMIT: 'noAnswer' };
    for (const code of [...Object.keys(dialect.resultCodes), ...Object.keys(special), ...UNHEARD_OF]) {
      const asked = (letter: Letter) => inquiryOutcome(dialect, { ...said('paid'), ...bare(code, letter) }).kind;
      assert.equal(asked('F'), special[code] ?? 'questionRefused', code);
      for (const letter of ['A', 'U'] as const) assert.equal(asked(letter), 'noAnswer', code);
    }
  });
}

function cancelAnswers(dialect: Dialect, page: DialectPage): void {
  it(`(${dialect.id}) a cancel is done by S alone, refused by F as its code says, and unanswered by anything else`, () => {
    const kind = (code: string, letter: Letter) => cancelOutcome(dialect, bare(code, letter)).kind;
    const codes = [...Object.keys(dialect.resultCodes), ...Object.keys(page.cancelRefused), ...UNHEARD_OF];
    for (const code of codes) {
      assert.equal(kind(code, 'S'), 'done', code);
      for (const letter of ['A', 'U'] as const) assert.equal(kind(code, letter), 'noAnswer', code);
      const slowed = code === 'REQUEST_TRAFFIC_EXCEED_LIMIT';
      assert.equal(kind(code, 'F'), slowed ? 'noAnswer' : (page.cancelRefused[code] ?? 'refused'), code);
    }
    assert.equal(cancelOutcome(dialect, { ...bare('SUCCESS', 'S'), paymentRequestId: 'SOMEBODY-ELSE' }).kind, 'noAnswer');
  });
}

/** Smallest units go upstream whatever the number of decimals, at the edges too. */
const AMOUNTS = [
  ['KWD', '1250'],
  ['BHD', '1'],
  ['JPY', '1980'],
  ['KRW', '9999999999999999'],
] as const;

function payRequests(dialect: Dialect, page: DialectPage): void {
  it(`(${dialect.id}) carries only fields of its page, none too long and none missing, for a bare sale and for the longest`, () => {
    for (const sale of [{}, WIDEST_SALE]) page.assertLegal(sentBytes(dialect, sale).bytes);
  });

  it(`(${dialect.id}) has the same bytes for the same sale, and others for another`, () => {
    assert.deepEqual(sentBytes(dialect, WIDEST_SALE), sentBytes(dialect, WIDEST_SALE));
    assert.notDeepEqual(sentBytes(dialect, {}).bytes, sentBytes(dialect, { amount: { currency: 'JPY', value: '1981' } }).bytes);
  });

  it(`(${dialect.id}) names currencies of no and of three decimals in their smallest units, as text`, () => {
    for (const [currency, value] of AMOUNTS) {
      const { bytes } = sentBytes(dialect, { amount: { currency, value } });
      page.assertLegal(bytes);
      const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
      assert.deepEqual(body['paymentAmount'], { currency, value });
    }
  });

  it(`(${dialect.id}) says when the order ends exactly where its page wants it, and no agreement’s token is stored`, () => {
    const { bytes, stored, expiresAt, now } = sentBytes(dialect, {});
    const { sent, defaultMs } = dialect.expiry;
    assert.equal(expiresAt, sent === 'always' ? now + defaultMs : null);
    assert.equal(Buffer.from(bytes).toString('utf8').includes('paymentExpiryTime'), sent === 'always');
    assert.equal(Buffer.from(bytes).toString('utf8').includes('t'.repeat(128)), dialect.takes.buyer);
    assert.ok(!Buffer.from(stored).toString('utf8').includes('t'.repeat(128)));
  });
}
