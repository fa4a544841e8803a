import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { KILL_PLANS, type KillPlan } from './kill-plans.js';
import type { RoundResult } from './kill-round.js';
import { runKills } from './kill-run.js';
import type { ScheduleResult } from './schedule.js';
import { runSchedules } from './schedule-run.js';

/** A short piece of `npm run crash`, other places and other seeds every time. */
const PLACES = 6;
const SCHEDULES = 15;
const NEVER = new AbortController().signal;

describe('a bridge that dies', function () {
  this.timeout(180_000);
  const random = seededSuite();

  it('by kill -9 at named places makes no second order, loses nothing that was acknowledged and leaves no code behind', async () => {
    const plans = [...KILL_PLANS].sort(() => random.fraction() - 0.5).slice(0, PLACES);
    const todo = new Map<KillPlan, readonly number[]>(plans.map((plan) => [plan, [random.whole(1000, 1_000_000)]]));
    const results: RoundResult[] = [];
    await runKills({ db: 'sqlite3', todo, sideBySide: 4, stop: NEVER }, (result) => results.push(result));
    const hit = results.filter(({ fired }) => fired).map(({ plan }) => plan);
    console.log(`      killed at ${hit.join(', ')}`);
    assert.deepEqual(
      results.flatMap(({ plan, seed, violations }) => violations.map((text) => `${plan} ${seed}: ${text}`)),
      [],
    );
    assert.ok(hit.length >= PLACES / 2, 'most of the kills fell where they were meant to');
  });

  it('by being thrown away at random steps keeps the same promises', async () => {
    const first = random.whole(100_000, 1_000_000);
    const results: ScheduleResult[] = [];
    const seeds = Array.from({ length: SCHEDULES }, (_unused, index) => first + index);
    await runSchedules('sqlite3', seeds, NEVER, (result) => results.push(result));
    const deaths = results.flatMap((result) => Object.values(result.deaths)).reduce((sum, count) => sum + count, 0);
    console.log(`      ${deaths} bridges thrown away in ${SCHEDULES} schedules`);
    assert.deepEqual(
      results.flatMap(({ seed, violations }) => violations.map((text) => `${seed}: ${text}`)),
      [],
    );
    assert.ok(deaths >= SCHEDULES / 2, 'most schedules came to their deaths');
  });
});
