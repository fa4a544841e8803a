import assert from 'node:assert/strict';
import { addMs, type Instant, instant } from '#src/base/clock.js';
import { dueAtOf, nextAction } from '#src/payment/next-action.js';
import { isFinal, type PaymentLife, STATES } from '#src/payment/payment.js';
import { moneyBackOf, type OpenRefund } from '#src/payment/refund.js';
import type { TimingRules } from '#src/payment/timing.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

const TIMING: TimingRules = {
  payPausesMs: [2000, 3000, 5000],
  inquiryFirstAfterMs: 5000,
  inquiryEveryMs: [3000, 5000],
  graceAfterExpiryMs: 30_000,
  cancelEveryMs: 10_000,
  laneReleaseAfterMs: 60_000,
  latePayment: 'undo',
  booksSince: instant(0),
};
const HOUR_MS = 3_600_000;
/** An order lives for three minutes. */
const LONGEST_WAIT_MS = 180_000;
const NOW = addMs(SAMPLE_START, 10_000);

/** The life with one of its times an hour ahead; undefined where it has no such time. */
type Ahead = (life: PaymentLife, at: Instant) => PaymentLife | undefined;

const ofLife =
  (name: 'stateSince' | 'createdAt' | 'inquiredAt'): Ahead =>
  (life, at) =>
    life[name] === null ? undefined : { ...life, [name]: at };
const ofSends =
  (name: 'firstAt' | 'lastAt' | 'lastEndedAt'): Ahead =>
  (life, at) =>
    life.sends[name] === null ? undefined : { ...life, sends: { ...life.sends, [name]: at } };
const ofCancel =
  (name: 'askedAt' | 'firstSentAt' | 'lastSentAt'): Ahead =>
  (life, at) =>
    life.cancel === null || life.cancel[name] === null ? undefined : { ...life, cancel: { ...life.cancel, [name]: at } };

const TIMES: Readonly<Record<string, Ahead>> = {
  stateSince: ofLife('stateSince'),
  createdAt: ofLife('createdAt'),
  inquiredAt: ofLife('inquiredAt'),
  'sends.firstAt': ofSends('firstAt'),
  'sends.lastAt': ofSends('lastAt'),
  'sends.lastEndedAt': ofSends('lastEndedAt'),
  'cancel.askedAt': ofCancel('askedAt'),
  'cancel.firstSentAt': ofCancel('firstSentAt'),
  'cancel.lastSentAt': ofCancel('lastSentAt'),
};

/** Every unfinished state, and the ways in which a time of it can be the one that an action waits for. */
const LIVES: readonly PaymentLife[] = STATES.filter((state) => !isFinal(state)).flatMap((state) => {
  const life = { ...samplePayment(state).life, inquiredAt: SAMPLE_START, inquiriesHere: 1 };
  const ended = { ...life.sends, lastEndedAt: SAMPLE_START };
  return [life, { ...life, sends: { ...ended, underWay: false } }, { ...life, sends: { ...ended, underWay: true } }];
});

const due = (life: PaymentLife) => dueAtOf(nextAction(life, { local: NOW, upstream: NOW }, TIMING, false));

describe('times from before this machine’s clock was set back', () => {
  for (const [name, ahead] of Object.entries(TIMES)) {
    it(`make no unfinished payment wait when ${name} alone lies an hour ahead`, () => {
      const lives = LIVES.flatMap((life) => ahead(life, addMs(NOW, HOUR_MS)) ?? []);
      assert.ok(lives.length > 0);
      for (const life of lives) {
        const at = due(life);
        assert.ok(at !== null && at - NOW <= LONGEST_WAIT_MS, `${life.state}: ${at === null ? 'never' : at - NOW} ms`);
      }
    });
  }

  it('let a send that ended in the wrong hour be repeated at once, or asked about when its minute is over', () => {
    const { life } = samplePayment('submitting');
    const sends = { ...life.sends, underWay: false, lastEndedAt: addMs(NOW, HOUR_MS) };
    const at = (local: Instant) => nextAction({ ...life, sends }, { local, upstream: local }, TIMING, false);
    const soon = at(NOW);
    assert.ok(soon.do === 'send' && soon.at <= NOW, JSON.stringify(soon));
    const late = addMs(SAMPLE_START, 61_000);
    const note = at(late);
    assert.ok(note.do === 'note' && note.what === 'tooLateToRepeat' && note.at <= late, JSON.stringify(note));
  });

  it('neither prolong the minute of repeats nor the time that a cancel may hold its lane', () => {
    const { life } = samplePayment('submitting');
    const sends = { ...life.sends, underWay: false, firstAt: addMs(NOW, HOUR_MS), lastEndedAt: SAMPLE_START };
    const late = addMs(SAMPLE_START, 61_000);
    const repeat = nextAction({ ...life, sends }, { local: late, upstream: late }, TIMING, false);
    assert.ok(repeat.do === 'note' && repeat.what === 'tooLateToRepeat', JSON.stringify(repeat));
    const cancelling = TIMES['cancel.firstSentAt']?.(samplePayment('cancelling').life, addMs(NOW, HOUR_MS));
    assert.ok(cancelling !== undefined);
    const held = nextAction(cancelling, { local: NOW, upstream: NOW }, TIMING, false);
    assert.ok(held.do === 'note' && held.what === 'laneHeldTooLong', JSON.stringify(held));
  });

  it('ask what a refusal means in the rhythm of cancels, neither without end nor after a break', () => {
    const { life } = samplePayment('paid');
    const ahead = addMs(NOW, HOUR_MS);
    const refused: OpenRefund = {
      refundRequestId: 'SHOP1-R1' as OpenRefund['refundRequestId'],
      amount: { currency: 'JPY', value: '1' },
      isUndo: false,
      state: 'in_doubt',
      createdAt: ahead,
      tries: 2,
      firstSentAt: ahead,
      lastSentAt: ahead,
      underWay: false,
      unclear: true,
      refusal: 'PROCESS_FAIL',
    };
    const asking: PaymentLife = { ...life, moneyBack: { ...moneyBackOf(life), asked: '1', open: [refused] } };
    const rules = { ...TIMING, booksSince: SAMPLE_START };
    const now = addMs(NOW, 1000);
    const next = (inquiriesHere: number) =>
      nextAction({ ...asking, inquiredAt: NOW, inquiriesHere }, { local: now, upstream: now }, rules, false);
    const first = next(0);
    assert.ok(first.do === 'inquire' && first.at <= now, JSON.stringify(first));
    assert.deepEqual(next(1), { do: 'inquire', at: addMs(NOW, TIMING.cancelEveryMs) });
  });
});
