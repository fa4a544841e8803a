import assert from 'node:assert/strict';
import { storyOf } from '#src/demo/story.js';

type Timeline = Parameters<typeof storyOf>[0];

const ALIPAYPLUS = { upstream: 'Alipay+', code: 'Order code' };
const NOBODY = { ...ALIPAYPLUS, codeOnGlass: () => [], paidInWalletAt: null };
const ISSUED = {
  kind: 'payAnswered',
  outcome: { kind: 'codeIssued', paymentId: '1', code: { text: 'https://code.example/1', expiresAt: 9 } },
};

let at = 0;
const journal = (evidence: object, from: string, to = from, decision = from === to ? 'kept' : 'moved'): Timeline[number] => {
  at += 1;
  return { at, what: 'journal', detail: { evidence, decision, from, to } };
};
const send = (bodySha256?: string): Timeline[number] => {
  at += 1;
  return { at, what: 'message', detail: { call: 'pay', phase: bodySha256 === undefined ? 'leaving' : 'answered', bodySha256 } };
};
const pay = { kind: 'callStarted', call: 'pay' };
const silence = { kind: 'payAnswered', outcome: { kind: 'silent', bytesMayHaveLeft: true } };
const open = { kind: 'inquiryAnswered', outcome: { kind: 'open', paymentId: '1' } };

describe('story of a payment', () => {
  beforeEach(() => {
    at = 0;
  });

  it('tells a repeat as the same bytes, with their hash, and the state each step led to', () => {
    const hash = 'ab'.repeat(32);
    const lines = storyOf(
      [
        journal({ kind: 'saleAccepted' }, 'received'),
        journal(pay, 'received', 'submitting'),
        send(),
        journal(silence, 'submitting'),
        send(hash),
        journal(pay, 'submitting'),
        send(),
        journal(ISSUED, 'submitting', 'awaiting_payer'),
        send(hash),
      ],
      NOBODY,
    );
    assert.deepEqual(
      lines.map(({ text, state }) => [text, state]),
      [
        ['The till’s sale is in the books', null],
        ['Pay request sent to Alipay+', 'submitting'],
        ['No answer. Silence is not failure: the order may exist', null],
        ['The same request sent again (send 2): same bytes, SHA-256 abababab…', null],
        ['Order code, signature good', 'awaiting_payer'],
      ],
    );
  });

  it('claims no equal bytes when the books hold two hashes', () => {
    const [, second] = storyOf(
      [journal(pay, 'received', 'submitting'), send('aa'), journal(pay, 'submitting'), send('bb')],
      NOBODY,
    );
    assert.equal(second?.text, 'The same request sent again (send 2)');
  });

  it('counts what repeats in a row, but never swallows a change of state', () => {
    const lines = storyOf(
      [journal(open, 'awaiting_payer'), journal(open, 'awaiting_payer'), journal(open, 'in_doubt', 'awaiting_payer')],
      NOBODY,
    );
    assert.deepEqual(
      lines.map(({ times, state }) => [times, state]),
      [
        [2, null],
        [1, 'awaiting_payer'],
      ],
    );
  });

  it('puts the glass and the wallet where they belong in time', () => {
    const timeline = [journal(ISSUED, 'submitting', 'awaiting_payer')];
    const lines = storyOf(timeline, { ...ALIPAYPLUS, codeOnGlass: () => [{ from: 5, to: 9 }], paidInWalletAt: 7 });
    assert.deepEqual(
      lines.map(({ text }) => text),
      [
        'Order code, signature good',
        'The code stands on the glass',
        'The customer paid in the wallet',
        'The code has left the glass',
      ],
    );
  });

  it('says of evidence that came too late only that', () => {
    const [line] = storyOf([journal({ kind: 'notifiedPaid', facts: {} }, 'cancelled', 'cancelled', 'illegal')], NOBODY);
    assert.equal(line?.text, 'Something came too late to change anything');
  });

  it('calls the upstream and what it gives to scan by their names', () => {
    const timeline = [journal(pay, 'received', 'submitting'), journal(ISSUED, 'submitting', 'awaiting_payer')];
    const lines = storyOf(timeline, { ...NOBODY, upstream: 'Rebell', code: 'Address of the wallet’s cashier' });
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['Pay request sent to Rebell', 'Address of the wallet’s cashier, signature good'],
    );
  });
});
