import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { createTeller, HELD, MISSED, Misuse, runToTheEnd, STOPPED, type Teller } from '../support/long-run.js';
import type { BooksKind } from './crash-books.js';
import { crashPage, remarksOf } from './crash-page.js';
import { type Evidence, openEvidence, type Stamp, versionNow } from './evidence.js';
import { FULL_RUN } from './full-run.js';
import { KILL_PLANS, type KillPlan } from './kill-plans.js';
import { runKills } from './kill-run.js';

/*
 * `npm run crash`: a real process killed at every named place, and whole bridges thrown away in this process at random steps. Seeds that
 * the evidence holds for this very version are not run again, so a run that was broken off goes on where it stopped.
 * Exit code 0: every promise held; 2: one did not; 1: it could not be run; 130: stopped.
 */

const HELP = `npm run crash -- [options]
      --points a,b       only these places (default: all)
      --seeds A..B       seeds of each place, or none (default 1..50; with pg 1..5)
      --schedules A..B   seeds of thrown-away bridges, or none (default 1..10000; with pg 1..1000)
      --db sqlite3|pg    on which books (default sqlite3)
      --side-by-side N   so many shops at the same time (default: three for each processor)
      --out DIR          where the evidence is kept and added to (default bench/crash)
      --report FILE      writes the sum of all evidence in DIR as a page; remarks that stand in it stay
  Places: ${KILL_PLANS.map(({ name }) => name).join(', ')}`;

interface Run {
  readonly evidence: Evidence;
  readonly stamp: Stamp;
  readonly tell: Teller;
  readonly stop: AbortSignal;
}

function rangeOf(text: string, option: string): number[] {
  if (text === 'none') return [];
  const found = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text);
  if (found === null) throw new Misuse(`--${option}: write A..B or none, not "${text}".`);
  const first = Number(found[1]);
  return Array.from({ length: Math.max(0, Number(found[2]) - first + 1) }, (_unused, index) => first + index);
}

function plansOf(names: string | undefined): readonly KillPlan[] {
  if (names === undefined) return KILL_PLANS;
  return names.split(',').map((name) => {
    const plan = KILL_PLANS.find((one) => one.name === name);
    if (plan === undefined) throw new Misuse(`--points: there is no "${name}".\n${HELP}`);
    return plan;
  });
}

function kindOf(db: string): BooksKind {
  if (db !== 'sqlite3' && db !== 'pg') throw new Misuse(`--db is sqlite3 or pg, not "${db}".`);
  return db;
}

/** Says how far it is, and every violation with the command that replays it. */
function createCount(tell: Teller, what: string, total: number) {
  let [done, violations] = [0, 0];
  const began = performance.now();
  return (complaints: readonly string[], replay: string) => {
    done += 1;
    violations += complaints.length;
    for (const complaint of complaints)
      tell.line(`VIOLATION ${complaint}\n  again: npm run crash -- ${replay} --out bench/crash-again`);
    const text = `${what}: ${done} of ${total} in ${Math.round((performance.now() - began) / 1000)} s, violations: ${violations}`;
    if (done === total) tell.line(text);
    else tell.progress(text);
  };
}

async function kill(
  { evidence, stamp, tell, stop }: Run,
  plans: readonly KillPlan[],
  seeds: readonly number[],
  sideBySide: number,
) {
  const todo = new Map(plans.map((plan) => [plan, seeds.filter((seed) => !evidence.has('kill', plan.name, seed, stamp))]));
  const count = createCount(tell, `kills on ${stamp.db}`, [...todo.values()].flat().length);
  await runKills({ db: stamp.db, todo, sideBySide, stop }, (result) => {
    evidence.add({ kind: 'kill', ...stamp, ...result });
    const { plan, seed, violations } = result;
    count(violations, `--points ${plan} --seeds ${seed}..${seed} --schedules none --db ${stamp.db}`);
  });
}

async function throwAway({ evidence, stamp, tell, stop }: Run, seeds: readonly number[]) {
  const todo = seeds.filter((seed) => !evidence.has('schedule', '', seed, stamp));
  if (todo.length === 0) return;
  // Loaded last: it puts gates before the sockets and books of this process.
  const { runSchedules } = await import('./schedule-run.js');
  const count = createCount(tell, `schedules on ${stamp.db}`, todo.length);
  await runSchedules(stamp.db, todo, stop, (result) => {
    evidence.add({ kind: 'schedule', ...stamp, ...result });
    count(result.violations, `--seeds none --schedules ${result.seed}..${result.seed} --db ${stamp.db}`);
  });
}

async function crash(tell: Teller, stop: AbortSignal): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      points: text,
      seeds: text,
      schedules: text,
      db: { ...text, default: 'sqlite3' },
      'side-by-side': { ...text, default: String(3 * availableParallelism()) },
      out: { ...text, default: 'bench/crash' },
      report: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    tell.line(HELP);
    return HELD;
  }
  const db = kindOf(values.db);
  const seeds = rangeOf(values.seeds ?? `1..${FULL_RUN[db].seeds}`, 'seeds');
  const schedules = rangeOf(values.schedules ?? `1..${FULL_RUN[db].schedules}`, 'schedules');
  const evidence = openEvidence(values.out);
  const run: Run = { evidence, stamp: { db, version: versionNow(), date: new Date().toISOString().slice(0, 10) }, tell, stop };
  await kill(run, plansOf(values.points), seeds, Number(values['side-by-side']));
  if (!stop.aborted) await throwAway(run, schedules);
  const { report } = values;
  const remarks = report !== undefined && existsSync(report) ? remarksOf(readFileSync(report, 'utf8')) : '';
  const page = crashPage(evidence.all(), evidence.overtaken(), remarks);
  tell.line(page);
  if (report !== undefined) {
    mkdirSync(dirname(report), { recursive: true });
    writeFileSync(report, page);
  }
  if (stop.aborted) return STOPPED;
  return evidence.all().every(({ violations }) => violations.length === 0) ? HELD : MISSED;
}

await runToTheEnd((stop) => crash(createTeller(), stop));
// A connection that idles must not keep a finished run alive.
process.exit();
