import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '#src/base/clock.js';
import { type DisplayedPayment, whatToShow } from '#src/display/what-to-show.js';
import { STATES, type StateName } from '#src/payment/payment.js';
import { seededSuite } from '../support/seeded.js';

const NOW = instant(1_772_676_000_000);
const EXPIRES = instant(NOW + 180_000);

function payment(state: StateName, expiresAt: number | null = EXPIRES, since: number = NOW): DisplayedPayment {
  const code = expiresAt === null ? null : { text: 'https://qr.example/1', expiresAt: instant(expiresAt) };
  return {
    paymentRequestId: 'SHOP114-1',
    amount: { currency: 'JPY', value: '1980' },
    life: { state, stateSince: instant(since), code },
  };
}
const kindAt = (one: DisplayedPayment | null, now: number, offsetMs = 0) => whatToShow(one, instant(now), offsetMs).frame.kind;

describe('what to show', () => {
  const seeded = seededSuite();
  it('shows nothing without a payment', () => {
    assert.deepEqual(whatToShow(null, NOW, 0), { frame: { kind: 'idle' }, until: null });
  });

  it('shows the code until it expires, not a millisecond longer', () => {
    assert.equal(kindAt(payment('awaiting_payer'), NOW), 'scan');
    assert.equal(whatToShow(payment('awaiting_payer'), NOW, 0).until, EXPIRES);
    assert.equal(kindAt(payment('awaiting_payer'), EXPIRES - 1), 'scan');
    assert.equal(kindAt(payment('awaiting_payer'), EXPIRES), 'idle');
  });

  it('reads the expiry on the clock of the upstream', () => {
    // The upstream is 90 s ahead of us: by our clock the code dies 90 s earlier.
    const { frame, until } = whatToShow(payment('awaiting_payer'), NOW, 90_000);
    assert.equal(until, EXPIRES - 90_000);
    assert.equal(frame.kind === 'scan' && frame.expiresAt, EXPIRES - 90_000);
    assert.equal(kindAt(payment('awaiting_payer'), EXPIRES - 90_000, 90_000), 'idle');
    assert.equal(kindAt(payment('awaiting_payer'), EXPIRES + 89_999, -90_000), 'scan');
  });

  it('asks to wait before the code and while its fate is open, but not after its time', () => {
    for (const state of ['received', 'submitting', 'in_doubt', 'cancelling'] as const) {
      const kind = state === 'cancelling' ? 'cancelling' : 'pleaseWait';
      assert.equal(kindAt(payment(state, null), NOW), kind, state);
      assert.equal(kindAt(payment(state), EXPIRES), 'idle', state);
    }
    assert.equal(kindAt(payment('awaiting_payer', null), NOW), 'pleaseWait');
    assert.equal(kindAt(payment('needs_attention'), NOW), 'idle');
  });

  it('shows an end for its time and then nothing', () => {
    for (const [state, kind, ms] of [
      ['paid', 'thanks', 10_000],
      ['failed', 'notPaid', 10_000],
      ['cancelled', 'cancelled', 5_000],
    ] as const) {
      assert.equal(kindAt(payment(state), NOW), kind);
      assert.equal(kindAt(payment(state), NOW + ms - 1), kind);
      assert.equal(kindAt(payment(state), NOW + ms), 'idle');
      assert.equal(whatToShow(payment(state), NOW, 0).until, NOW + ms);
      assert.equal(kindAt(payment(state, EXPIRES, NOW + 3_600_000), NOW), 'idle');
    }
  });

  it('never shows a code of another state or out of its time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATES),
        fc.option(fc.integer({ min: -400_000, max: 400_000 })),
        fc.integer({ min: -400_000, max: 400_000 }),
        fc.integer({ min: -400_000, max: 400_000 }),
        (state, life, later, offsetMs) => {
          const one = payment(state, life === null ? null : NOW + life);
          const now = NOW + later;
          const { frame, until } = whatToShow(one, instant(now), offsetMs);
          assert.ok(until === null || until > now, 'until lies ahead');
          if (frame.kind !== 'scan') return;
          assert.equal(state, 'awaiting_payer');
          assert.ok(life !== null && now < NOW + life - offsetMs);
        },
      ),
      seeded.runs(),
    );
  });
});
