import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { driftOf, percentile, type Watched } from './drift.js';
import { planSale } from './sale-plan.js';

const LOOKS = 180;

/** What is measured in half an hour: `at` gives the value of each look. */
function watched(at: (look: number) => number, noise = 0): Watched {
  return { name: 'memory', unit: 'MiB', noise, values: Array.from({ length: LOOKS }, (_unused, look) => at(look)) };
}

describe('drift of a soak', () => {
  // The same noise every time: this is about the judge and not about chance.
  const random = seededSuite(7);
  const noisy = (value: number) => value * (0.97 + 0.06 * random.fraction());

  it('is seen in what grows by a twentieth from the second quarter to the last', () => {
    assert.equal(driftOf(watched((look) => noisy(100 + look * 0.1)))?.drifts, true);
    assert.equal(driftOf(watched((look) => (look < 135 ? 100 : 106)))?.drifts, true, 'a step is a leak as well');
  });

  it('is not seen in noise, in a warm-up, in what shrinks, or in a bad moment', () => {
    assert.equal(driftOf(watched(() => noisy(100)))?.drifts, false);
    assert.equal(driftOf(watched((look) => noisy(look < 45 ? 50 + look : 100)))?.drifts, false);
    assert.equal(driftOf(watched((look) => noisy(200 - look * 0.5)))?.drifts, false);
    assert.equal(driftOf(watched((look) => (look > 150 && look < 165 ? 400 : 100)))?.drifts, false);
  });

  it('takes growth below the noise of a measure for none, and growth from nothing for growth', () => {
    const slightly = (look: number) => (look < 90 ? 1 : 2);
    assert.equal(driftOf(watched(slightly, 2))?.drifts, false);
    assert.equal(driftOf(watched(slightly, 0.5))?.drifts, true);
    assert.equal(driftOf(watched((look) => (look < 90 ? 0 : 10)))?.drifts, true);
  });

  it('is not claimed of a run that was too short', () => {
    assert.equal(driftOf({ ...watched(() => 1), values: Array.from({ length: 11 }, () => 1) }), undefined);
  });

  it('measures delays by the value below which a share of them lies', () => {
    const values = Array.from({ length: 100 }, (_unused, index) => 100 - index);
    assert.deepEqual([percentile(values, 0.5), percentile(values, 0.99)], [51, 100]);
  });
});

describe('sales of a soak', () => {
  it('are the same for the same seed and number, and of every kind', () => {
    const plans = Array.from({ length: 300 }, (_unused, number) => planSale(5, number, { short: false }));
    assert.deepEqual(
      plans,
      plans.map((_plan, number) => planSale(5, number, { short: false })),
    );
    assert.notDeepEqual(planSale(6, 1, { short: false }).payer, planSale(5, 1, { short: false }).payer);
    for (const does of ['pays', 'declines', 'paysAtTheLast', 'dawdles'])
      assert.ok(plans.some(({ payer }) => payer.does === does));
    for (const following of ['longPoll', 'poll', 'events']) assert.ok(plans.some((plan) => plan.following === following));
    assert.ok(plans.some(({ repeats }) => repeats > 0) && plans.some(({ cancelsAfterMs }) => cancelsAfterMs !== undefined));
    assert.equal(new Set(plans.map(({ reference }) => reference)).size, plans.length);
  });
});
