import assert from 'node:assert/strict';
import { needPostgres } from '../support/postgres.js';
import { seededSuite } from '../support/seeded.js';
import type { BooksKind } from './crash-books.js';
import { KILL_PLANS, type KillPlan } from './kill-plans.js';
import type { RoundResult } from './kill-round.js';
import { runKills } from './kill-run.js';
import type { ScheduleResult } from './schedule.js';
import { runSchedules } from './schedule-run.js';

/** A short piece of `npm run crash` on either database, other places and other seeds every time. */
const PIECES: readonly { readonly db: BooksKind; readonly name: string; readonly places: number; readonly schedules: number }[] =
  [
    { db: 'sqlite3', name: 'SQLite', places: 2, schedules: 6 },
    { db: 'pg', name: 'PostgreSQL', places: 1, schedules: 2 },
  ];
const NEVER = new AbortController().signal;

for (const { db, name, places, schedules } of PIECES) {
  describe(`a bridge that dies, on ${name}`, function () {
    this.timeout(180_000);
    const random = seededSuite();

    before(async function () {
      if (db === 'pg') await needPostgres(this);
    });

    it('by kill -9 at named places makes no second order, loses nothing that was acknowledged and leaves no code behind', async () => {
      const plans = [...KILL_PLANS].sort(() => random.fraction() - 0.5).slice(0, places);
      const todo = new Map<KillPlan, readonly number[]>(plans.map((plan) => [plan, [random.whole(1000, 1_000_000)]]));
      const results: RoundResult[] = [];
      await runKills({ db, todo, sideBySide: 4, stop: NEVER }, (result) => results.push(result));
      const hit = results.filter(({ fired }) => fired).map(({ plan }) => plan);
      console.log(`      killed at ${hit.join(', ')}`);
      assert.deepEqual(
        results.flatMap(({ plan, seed, violations }) => violations.map((text) => `${plan} ${seed}: ${text}`)),
        [],
      );
      assert.ok(hit.length >= places / 2, 'most of the kills fell where they were meant to');
    });

    it('by being thrown away at random steps keeps the same promises', async () => {
      const first = random.whole(100_000, 1_000_000);
      const results: ScheduleResult[] = [];
      const seeds = Array.from({ length: schedules }, (_unused, index) => first + index);
      await runSchedules(db, seeds, NEVER, (result) => results.push(result));
      const deaths = results.flatMap((result) => Object.values(result.deaths)).reduce((sum, count) => sum + count, 0);
      console.log(`      ${deaths} bridges thrown away in ${schedules} schedules`);
      assert.deepEqual(
        results.flatMap(({ seed, violations }) => violations.map((text) => `${seed}: ${text}`)),
        [],
      );
      assert.ok(deaths >= schedules / 2, 'most schedules came to their deaths');
    });
  });
}
