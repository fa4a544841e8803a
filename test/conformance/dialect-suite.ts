import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { CancelOutcome, InquiryOutcome, PayOutcome } from '#src/payment/pay-outcome.js';
import type { Payment } from '#src/payment/payment.js';
import {
  type AnswerContext,
  classifyCancelAnswer,
  classifyInquiryAnswer,
  classifyPayAnswer,
} from '#src/upstream/classify-answer.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import { CancelAnswer, InquiryAnswer, PayAnswer } from '#src/upstream/message-fields.js';
import { failureFor, type Letter, type ResultLine } from '../support/order-code-results.js';
import { samplePayment } from '../support/payment-samples.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from '../support/sales.js';

export const ACQUIRER = '1020000000000000001';
const NOW = instant(Date.parse('2026-03-05T02:00:00.000Z'));

/** What a dialect's document says, for the suite to hold the dialect to. */
export interface DialectFacts {
  readonly dialect: Dialect;
  /** Every listed code with its letter and class. */
  readonly listed: readonly ResultLine[];
  /** Codes nobody has heard of, with what their letter makes of them. */
  readonly invented: readonly ResultLine[];
  /** The answer that carries a code, as an object; the suite changes it. */
  readonly accepted: () => Record<string, unknown>;
  /** Throws unless the bytes are a legal pay request. */
  readonly assertLegalBody: (bytes: Uint8Array) => void;
}

function contextOf(dialect: Dialect, payment: Payment = samplePayment('submitting')): AnswerContext {
  return {
    dialect,
    payment,
    acquirerId: ACQUIRER,
    offsetMs: 0,
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

const bare = (code: string, status: Letter) => ({ result: { resultCode: code, resultStatus: status, resultMessage: 'x' } });

/** What order-code reference 3.4 and 3.5 want of a bare answer (one without a code) on the first send. */
function expectedOutcome(line: ResultLine): unknown {
  const failure = failureFor(line);
  if (failure !== undefined) {
    return { kind: 'refused', failure, operations: line.class === 'FAIL_CONFIG' || line.class === 'FAIL_SUPPORT' };
  }
  switch (line.class) {
    case 'RENDER':
      return { kind: 'inDoubt', why: 'codeMissing', cancelBecause: 'code_missing', paymentId: null };
    case 'BACKOFF':
      return { kind: 'slowDown' };
    case 'CHECK':
      return line.status === 'S'
        ? { kind: 'inDoubt', why: 'unexpectedSuccess', cancelBecause: null, paymentId: null }
        : { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: null };
    default:
      return { kind: 'retrySame', why: 'statusUnknown' };
  }
}

/** A listed code under another letter: the letter decides, except that a code about the request itself stays one (never under S). */
function expectedUnderLetter(line: ResultLine, status: Letter): unknown {
  const aboutTheRequest = line.class === 'BACKOFF' || line.class === 'CHECK';
  if (aboutTheRequest && status !== 'S') return expectedOutcome(line);
  const byLetter = { S: 'CHECK', U: 'RETRY_SAME', A: 'RETRY_SAME', F: 'FAIL_SUPPORT' } as const;
  return expectedOutcome({ code: line.code, status, class: byLetter[status] });
}

/** Holds one dialect to its document: codes, letters, missing code, legal and stable bytes. */
export function dialectSuite({ dialect, listed, invented, accepted, assertLegalBody }: DialectFacts): void {
  describe(`dialect ${dialect.id}`, () => {
    describe('answer to pay', () => {
      for (const line of [...listed, ...invented]) {
        it(`${line.code} with ${line.status} is ${line.class}`, () => {
          assert.deepEqual(payOutcome(dialect, bare(line.code, line.status)), expectedOutcome(line));
        });
      }

      it('lists exactly the codes of the document', () => {
        assert.deepEqual(Object.keys(dialect.resultCodes).sort(), listed.map(({ code }) => code).sort());
      });

      for (const line of listed) {
        const others = (['S', 'U', 'F', 'A'] as const).filter((letter) => letter !== line.status);
        it(`${line.code} under ${others.join(', ')} is read by the letter`, () => {
          for (const letter of others) {
            assert.deepEqual(payOutcome(dialect, bare(line.code, letter)), expectedUnderLetter(line, letter), letter);
          }
        });
      }

      it('is never paid by itself, whatever the code', () => {
        for (const { code } of [...listed, ...invented]) {
          for (const letter of ['S', 'U', 'F', 'A'] as const) {
            assert.notEqual(payOutcome(dialect, { ...accepted(), ...bare(code, letter) }).kind, 'paid');
          }
        }
      });

      it('says that there is no such order: inquire, never failed', () => {
        assert.equal(payOutcome(dialect, bare('ORDER_NOT_EXIST', 'F')).kind, 'inDoubt');
      });

      it('draws a code only from the accepted answer', () => {
        assert.equal(payOutcome(dialect, accepted()).kind, 'codeIssued');
        for (const letter of ['S', 'F', 'A'] as const) {
          assert.notEqual(payOutcome(dialect, { ...accepted(), ...bare('PAYMENT_IN_PROCESS', letter) }).kind, 'codeIssued');
        }
      });
    });

    describe('what an inquiry says of the payment', () => {
      const said = (code: string, status: Letter) => ({
        ...bare('SUCCESS', 'S'),
        paymentResult: { resultCode: code, resultStatus: status },
        paymentRequestId: samplePayment('submitting').paymentRequestId,
        paymentAmount: { currency: 'JPY', value: '1980' },
      });

      for (const line of [...listed, ...invented]) {
        it(`${line.code} with ${line.status}`, () => {
          const outcome = inquiryOutcome(dialect, said(line.code, line.status));
          if (line.status === 'S') assert.equal(outcome.kind, 'paid');
          else if (line.status === 'U' || line.status === 'A') assert.equal(outcome.kind, 'open');
          else if (line.class === 'CHECK') assert.equal(outcome.kind, 'open');
          else {
            const unlisted = invented.includes(line);
            assert.deepEqual(outcome, { kind: 'closedUnpaid', failure: failureFor(line), unlisted });
          }
        });
      }

      it('is not "no such order" nor anything about the request: those never end a payment', () => {
        assert.deepEqual(inquiryOutcome(dialect, said('ORDER_NOT_EXIST', 'F')), { kind: 'notFound' });
        assert.equal(inquiryOutcome(dialect, said('REQUEST_TRAFFIC_EXCEED_LIMIT', 'F')).kind, 'open');
        assert.equal(inquiryOutcome(dialect, said('REPEAT_REQ_INCONSISTENT', 'F')).kind, 'open');
      });
    });

    describe('pay request', () => {
      it('is legal and the same for the same sale', () => {
        const freeze = () => freezePayRequest(dialect, placing(), VECTOR_MERCHANT, VECTOR_CLIENT, NOW).body;
        assertLegalBody(freeze());
        assert.deepEqual(freeze(), freeze());
      });
    });
  });
}
