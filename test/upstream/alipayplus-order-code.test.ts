import assert from 'node:assert/strict';
import type { PayOutcome } from '#src/payment/pay-outcome.js';
import { alipayplusOrderCode as dialect } from '#src/upstream/dialects/alipayplus-order-code.js';
import { PayAnswer, PaymentNotification, readMessage } from '#src/upstream/message-fields.js';
import { ACQUIRER, cancelOutcome, inquiryOutcome, payOutcome } from '../conformance/dialect-suite.js';
import { samplePayment } from '../support/payment-samples.js';
import { vectorBytes } from '../support/vectors.js';

type Fields = Record<string, unknown>;

/** The accepted answer of the supplied vector (order-code reference 8.2). */
const accepted = (changes: Fields = {}): Fields => ({
  ...(JSON.parse(vectorBytes('pay_response.body.json').toString('utf8')) as Fields),
  ...changes,
});
const withDetails = (...codeDetails: Fields[]) =>
  accepted({ orderCodeForm: { expireTime: '2026-03-05T10:18:30+08:00', codeDetails } });

describe('order code of the accepted answer', () => {
  const codeIn = (answer: Fields) => {
    const outcome = payOutcome(dialect, answer);
    return outcome.kind === 'codeIssued' ? outcome.code.text : outcome;
  };
  const doubt = (why: string, cancelBecause: string) => ({ kind: 'inDoubt', why, cancelBecause });

  function assertDoubt(outcome: PayOutcome, why: string, cancelBecause: string): void {
    const { kind, ...rest } = outcome as PayOutcome & Fields;
    assert.deepEqual({ kind, why: rest['why'], cancelBecause: rest['cancelBecause'] }, doubt(why, cancelBecause));
  }

  it('is the text of the vector, until the time that the upstream said', () => {
    const outcome = payOutcome(dialect, accepted());
    assert.ok(outcome.kind === 'codeIssued');
    assert.equal(outcome.code.text, 'https://code.example/ap/0000TESTONLY0000');
    assert.equal(outcome.code.expiresAt, Date.parse('2026-03-05T10:18:30+08:00'));
    assert.equal(outcome.paymentId, '202603051940108001001880000000000000001');
  });

  it('is the first TEXT entry, whatever its case and place, byte for byte', () => {
    const image = { displayType: 'BIGIMAGE', codeValue: 'https://img.example/x.png' };
    assert.equal(
      codeIn(withDetails(image, { displayType: 'text', codeValue: ' A\u00e9 ' }, { displayType: 'TEXT', codeValue: 'B' })),
      ' A\u00e9 ',
    );
    assert.equal(codeIn(withDetails(image, { codeValue: 'https://pay.example/281?x=1' })), 'https://pay.example/281?x=1');
  });

  it('is missing when there is none, only pictures, nothing printable or nothing at all', () => {
    for (const answer of [
      accepted({ orderCodeForm: undefined }),
      accepted({ orderCodeForm: null }),
      accepted({ orderCodeForm: {} }),
      withDetails(),
      withDetails({ displayType: 'BIGIMAGE', codeValue: 'https://img.example/x' }),
      withDetails({ codeValue: 'https://img.example/x.png?size=L' }),
      withDetails({ codeValue: 'data:image/png;base64,AAAA' }),
      withDetails({ displayType: 'TEXT', codeValue: '' }),
      withDetails({ displayType: 'TEXT', codeValue: 'A\u0000B' }),
      withDetails({ displayType: 'TEXT' }),
    ]) {
      assertDoubt(payOutcome(dialect, answer), 'codeMissing', 'code_missing');
    }
  });

  it('may have 2,953 bytes and not one more', () => {
    assert.equal(codeIn(withDetails({ displayType: 'TEXT', codeValue: 'c'.repeat(2953) })), 'c'.repeat(2953));
    assertDoubt(
      payOutcome(dialect, withDetails({ displayType: 'TEXT', codeValue: 'c'.repeat(2954) })),
      'codeTooLong',
      'code_too_long',
    );
    assertDoubt(
      payOutcome(dialect, withDetails({ displayType: 'TEXT', codeValue: 'é'.repeat(1477) })),
      'codeTooLong',
      'code_too_long',
    );
  });

  it('is not drawn when amount or currency differ from ours', () => {
    for (const paymentAmount of [
      { currency: 'JPY', value: '1981' },
      { currency: 'USD', value: '1980' },
      { currency: 'JPY', value: '01980' },
      { currency: 'jpy', value: '1980' },
    ]) {
      assertDoubt(payOutcome(dialect, accepted({ paymentAmount })), 'amountDiffers', 'amount_differs');
    }
  });

  it('is not drawn when the answer is about another acquirer, payment or order', () => {
    assertDoubt(payOutcome(dialect, accepted({ acquirerId: '1029999999999999999' })), 'idConflict', 'id_conflict');
    assertDoubt(payOutcome(dialect, accepted({ paymentRequestId: 'SOMEBODY-ELSE' })), 'idConflict', 'id_conflict');
    const known = samplePayment('submitting', { life: { paymentId: 'ANOTHER' } });
    assertDoubt(payOutcome(dialect, accepted(), known), 'idConflict', 'id_conflict');
  });

  it('without an expireTime lives as long as our own expiry, else the default of 180 s', () => {
    const form = { codeDetails: [{ displayType: 'TEXT', codeValue: 'C' }] };
    const outcome = payOutcome(dialect, accepted({ orderCodeForm: form }));
    const { lastAt } = samplePayment('submitting').life.sends;
    assert.equal(outcome.kind === 'codeIssued' && outcome.code.expiresAt, (lastAt ?? Number.NaN) + 180_000, 'from the last send');
    for (const expireTime of ['soon', '2026-03-05T10:18:30', '', '99999']) {
      assert.equal(payOutcome(dialect, accepted({ orderCodeForm: { ...form, expireTime } })).kind, 'codeIssued', expireTime);
    }
  });
});

describe('end of an order code', () => {
  const sentAt = samplePayment('submitting').life.sends.lastAt ?? Number.NaN;
  const endOf = (expireTime: unknown) => {
    const outcome = payOutcome(
      dialect,
      accepted({ orderCodeForm: { expireTime, codeDetails: [{ displayType: 'TEXT', codeValue: 'C' }] } }),
    );
    return outcome.kind === 'codeIssued' ? outcome.code.expiresAt - sentAt : outcome.kind;
  };

  it('is what the upstream says, up to half an hour after the send', () => {
    assert.equal(endOf('2026-03-05T10:05:00+08:00'), 300_000);
    assert.equal(endOf('2026-03-05T10:30:00+08:00'), 1_800_000);
  });

  it('is never believed further ahead: a wrong zone, or an upstream gone mad, holds no lane for hours', () => {
    for (const far of [
      '2026-03-05T10:30:00.001+08:00',
      '2026-03-05T10:03:00Z',
      '2027-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
    ])
      assert.equal(endOf(far), 1_800_000, far);
  });

  it('in the past is believed: such a code is never shown', () => {
    assert.equal(endOf('1970-01-01T00:00:00Z'), -sentAt);
  });

  it('that is no time counts as not said', () => {
    for (const odd of ['+275760-09-13T00:00:00Z', '1969-12-31T23:59:59Z', '2026-13-45T99:99:99Z', '9'.repeat(10_000)])
      assert.equal(endOf(odd), 180_000, odd.slice(0, 40));
  });
});

describe('answer to an inquiry', () => {
  const S = { resultCode: 'SUCCESS', resultStatus: 'S' };
  const paid = (changes: Fields = {}): Fields => ({
    result: S,
    paymentResult: S,
    acquirerId: ACQUIRER,
    paymentRequestId: 'SHOP114-AAAA',
    paymentId: '20260305190741010007AAAA',
    paymentAmount: { currency: 'JPY', value: '1980' },
    paymentTime: '2026-03-05T10:00:20+08:00',
    ...changes,
  });

  it('says paid when everything fits, and when what need not be there is not', () => {
    for (const changes of [{}, { acquirerId: undefined, paymentId: undefined }]) {
      assert.equal(inquiryOutcome(dialect, paid(changes)).kind, 'paid');
    }
  });

  it('does not say paid when it names no payment at all', () => {
    const nameless = inquiryOutcome(dialect, paid({ paymentRequestId: undefined, paymentId: undefined }));
    assert.deepEqual([nameless.kind, nameless.kind === 'oddMoney' && nameless.why], ['oddMoney', 'idAbsent']);
  });

  it('with any difference never says paid', () => {
    for (const changes of [
      { acquirerId: '1029999999999999999' },
      { paymentRequestId: 'SOMEBODY-ELSE' },
      { paymentId: 'ANOTHER' },
      { paymentAmount: { currency: 'JPY', value: '1' } },
      { paymentAmount: { currency: 'KRW', value: '1980' } },
      { paymentAmount: undefined },
    ]) {
      assert.equal(inquiryOutcome(dialect, paid(changes)).kind, 'oddMoney', JSON.stringify(changes));
    }
  });

  it('about another order says nothing unless it speaks of money', () => {
    const other = (paymentResult: unknown) => inquiryOutcome(dialect, paid({ paymentRequestId: 'ELSE', paymentResult })).kind;
    assert.equal(other({ resultCode: 'PAYMENT_IN_PROCESS', resultStatus: 'U' }), 'noAnswer');
    assert.equal(other({ resultCode: 'ORDER_IS_CLOSED', resultStatus: 'F' }), 'noAnswer');
    assert.equal(other(undefined), 'noAnswer');
  });

  it('sees a successful cancel among the transactions, in either way of saying it', () => {
    const cancelled = (transaction: Fields) => {
      const outcome = inquiryOutcome(
        dialect,
        paid({ transactions: [{ transactionType: 'REFUND', transactionResult: S }, transaction] }),
      );
      return outcome.kind === 'paid' && outcome.cancelledThere;
    };
    assert.equal(cancelled({ transactionType: 'CANCEL', transactionResult: S }), true);
    assert.equal(cancelled({ transactionType: 'cancel', transactionStatus: 'SUCCESS' }), true);
    assert.equal(cancelled({ transactionType: 'CANCEL', transactionResult: { resultCode: 'X', resultStatus: 'F' } }), false);
    assert.equal(cancelled({ transactionType: 'PAYMENT', transactionResult: S }), false);
  });

  it('without paymentResult, or with a payment that is still open, says open', () => {
    assert.equal(inquiryOutcome(dialect, paid({ paymentResult: undefined })).kind, 'open');
    assert.equal(inquiryOutcome(dialect, paid({ paymentResult: { resultCode: 'X', resultStatus: 'U' } })).kind, 'open');
  });

  it('that refuses the question says nothing about the payment', () => {
    const asked = (resultCode: string, resultStatus: string) =>
      inquiryOutcome(dialect, { result: { resultCode, resultStatus } }).kind;
    assert.equal(asked('ORDER_NOT_EXIST', 'F'), 'notFound');
    for (const code of ['ACCESS_DENIED', 'INVALID_SIGNATURE', 'PROCESS_FAIL', 'ORDER_IS_CLOSED', 'BRAND_NEW'])
      assert.equal(asked(code, 'F'), 'questionRefused', code);
    for (const code of ['UNKNOWN_EXCEPTION', 'REQUEST_TRAFFIC_EXCEED_LIMIT', 'BRAND_NEW'])
      assert.equal(asked(code, 'U'), 'noAnswer');
    assert.equal(asked('REQUEST_TRAFFIC_EXCEED_LIMIT', 'F'), 'noAnswer');
  });
});

describe('answer to a cancel', () => {
  const said = (resultCode: string, resultStatus: string, more: Fields = {}) =>
    cancelOutcome(dialect, { result: { resultCode, resultStatus }, ...more }).kind;

  it('is done with S, whatever the word', () => {
    for (const code of ['SUCCESS', 'WONDERFUL', 'ORDER_IS_CLOSED', 'REQUEST_TRAFFIC_EXCEED_LIMIT'])
      assert.equal(said(code, 'S'), 'done');
  });

  it('is read by its word when it is F', () => {
    assert.equal(said('ORDER_NOT_EXIST', 'F'), 'nothingToCancel');
    assert.equal(said('ORDER_IS_CLOSED', 'F'), 'alreadyClosed');
    assert.equal(said('CANCEL_WINDOW_EXCEED', 'F'), 'windowOver');
    for (const code of ['INVALID_SIGNATURE', 'ACCESS_DENIED', 'PARAM_ILLEGAL', 'PROCESS_FAIL', 'BRAND_NEW'])
      assert.equal(said(code, 'F'), 'refused');
  });

  it('is no answer when it is U or A, a traffic limit, or about somebody else', () => {
    for (const letter of ['U', 'A']) assert.equal(said('CANCEL_WINDOW_EXCEED', letter), 'noAnswer');
    assert.equal(said('REQUEST_TRAFFIC_EXCEED_LIMIT', 'F'), 'noAnswer');
    assert.equal(said('SUCCESS', 'S', { acquirerId: '1029999999999999999' }), 'noAnswer');
    assert.equal(said('SUCCESS', 'S', { paymentRequestId: 'SOMEBODY-ELSE' }), 'noAnswer');
  });
});

describe('message of the upstream', () => {
  const read = (text: string | Buffer) => readMessage(PayAnswer, Buffer.from(text));

  it('is read with unknown fields and with null for absent', () => {
    assert.equal(
      read('{"new":[1],"result":{"resultCode":"X","resultStatus":"U","more":{}},"paymentId":null}')?.result.resultCode,
      'X',
    );
  });

  it('is unusable when it is no UTF-8 JSON of its shape', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '"S"',
      '{}',
      '{"result":{}}',
      '{"result":{"resultCode":"X","resultStatus":"s"}}',
      '{"result":{"resultCode":"","resultStatus":"S"}}',
    ])
      assert.equal(read(text), undefined, text);
    assert.equal(read(Buffer.from([0x7b, 0xff, 0x7d])), undefined);
    assert.equal(
      read('{"result":{"resultCode":"X","resultStatus":"U"},"paymentAmount":{"currency":"JPY","value":1980}}'),
      undefined,
    );
  });

  it('is unusable when an id is longer than any id: it would be stored and told with every event', () => {
    for (const id of ['x'.repeat(129), 'x'.repeat(100_000)])
      for (const field of ['paymentId', 'acquirerId', 'paymentRequestId'])
        assert.equal(read(JSON.stringify({ result: { resultCode: 'X', resultStatus: 'U' }, [field]: id })), undefined, field);
  });

  it('keeps of a quote what can be kept: short plain members, nothing deep, nothing that shadows', () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000);
    const many = Array.from({ length: 100 }, (_, i) => `"k${i}":"x"`).join(',');
    const quoteOf = (members: string) =>
      readMessage(
        PaymentNotification,
        Buffer.from(
          `{"paymentResult":{"resultCode":"SUCCESS","resultStatus":"S"},"paymentRequestId":"P","settlementQuote":{${members}}}`,
        ),
      )?.settlementQuote;
    assert.deepEqual(quoteOf('"quoteId":"Q1","quotePrice":"0.0067","quoteUnit":1'), {
      quoteId: 'Q1',
      quotePrice: '0.0067',
      quoteUnit: 1,
    });
    assert.deepEqual(quoteOf(`"quoteId":"Q1","more":${deep},"__proto__":{"x":1},"long":"${'x'.repeat(257)}"`), { quoteId: 'Q1' });
    assert.equal(Object.keys(quoteOf(many) ?? {}).length, 32);
  });

  it('shows nobody a name that is endless or moves a cursor', () => {
    const nameOf = (walletBrandName: string) =>
      readMessage(
        PaymentNotification,
        Buffer.from(
          JSON.stringify({ paymentResult: { resultCode: 'X', resultStatus: 'S' }, paymentRequestId: 'P', walletBrandName }),
        ),
      )?.walletBrandName;
    assert.equal(nameOf('Beispiel Wallet 钱包'), 'Beispiel Wallet 钱包');
    for (const odd of ['W'.repeat(129), '\u001b[2J', 'a\u0000']) assert.equal(nameOf(odd), undefined);
  });

  it('loses no word about money for an odd field that only a receipt would show', () => {
    const words = readMessage(
      PaymentNotification,
      Buffer.from(
        JSON.stringify({
          paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S', resultMessage: 7 },
          paymentRequestId: 'P',
          paymentAmount: { currency: 'JPY', value: '1980' },
          settlementAmount: { currency: 'USD', value: '13.27' },
          settlementQuote: 'none',
          pspId: 1022,
          walletBrandName: ['A'],
          paymentTime: 1772676000000,
        }),
      ),
    );
    assert.equal(words?.paymentResult?.resultStatus, 'S');
    assert.equal(words?.settlementAmount, undefined);
    assert.equal(words?.paymentTime, undefined);
  });
});
