import assert from 'node:assert/strict';
import { inCause, type PlacedJournal } from '#src/books/timeline-order.js';

const weighed = (seq: number, at: number, kind: string, decision = 'moved'): PlacedJournal => ({
  seq,
  at,
  kind,
  decision,
  refundRequestId: null,
});
const told = (places: ReturnType<typeof inCause>) => places.map(({ table, key }) => `${table} ${key}`);

describe('the history of a payment', () => {
  it('has a send behind the decision to send and an answer before what was made of it, all at one instant', () => {
    const places = inCause(
      [
        weighed(1, 5, 'saleAccepted'),
        weighed(2, 5, 'callStarted'),
        weighed(3, 5, 'payAnswered'),
        weighed(4, 5, 'callStarted'),
        weighed(5, 5, 'inquiryAnswered'),
        weighed(6, 5, 'notifiedPaid'),
      ],
      [
        { id: 11, at: 5, phase: 'leaving' },
        { id: 12, at: 5, phase: 'answered' },
        { id: 13, at: 5, phase: 'leaving' },
        { id: 14, at: 5, phase: 'silent' },
      ],
      [{ id: 21, at: 5 }],
    );
    assert.deepEqual(told(places), [
      'journal 1',
      'journal 2',
      'message 11',
      'message 12',
      'journal 3',
      'journal 4',
      'message 13',
      'message 14',
      'journal 5',
      'notification 21',
      'journal 6',
    ]);
  });

  it('keeps an answer with its line when the line was begun a moment earlier, and forgets nothing that has no partner', () => {
    const places = inCause(
      [weighed(7, 100, 'payAnswered'), weighed(8, 103, 'callStarted', 'illegal'), weighed(9, 110, 'clock')],
      [
        { id: 1, at: 50, phase: 'silent' },
        { id: 2, at: 102, phase: 'answered' },
        { id: 3, at: 105, phase: 'leaving' },
        { id: 4, at: 120, phase: 'leaving' },
      ],
      [{ id: 5, at: 90 }],
    );
    assert.deepEqual(told(places.toSorted((a, b) => a.at - b.at)), [
      'message 1',
      'notification 5',
      'message 2',
      'journal 7',
      'journal 8',
      'message 3',
      'journal 9',
      'message 4',
    ]);
    assert.equal(places.length, 8);
  });
});
