import { cpus, release, type } from 'node:os';
import type { BooksKind } from './crash-books.js';
import type { Result } from './evidence.js';
import { FULL_RUN } from './full-run.js';
import { KILL_PLANS } from './kill-plans.js';
import { STEP_KINDS } from './life-plan.js';

type Kill = Extract<Result, { kind: 'kill' }>;
type Schedule = Extract<Result, { kind: 'schedule' }>;

const DATABASES: Readonly<Record<BooksKind, string>> = { sqlite3: 'SQLite', pg: 'PostgreSQL' };

function total<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}

function addUp(counts: readonly Readonly<Record<string, number>>[]): string {
  const sums = new Map<string, number>();
  for (const count of counts) for (const [name, value] of Object.entries(count)) sums.set(name, (sums.get(name) ?? 0) + value);
  return [...sums]
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** `1..50`, or `1..5, 7` where seeds are missing. */
function rangesOf(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const seed of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else ranges.push([seed, seed]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(', ');
}

function commandOf(db: BooksKind): string {
  return `npm run crash -- --db ${db}`;
}

function seedsLine(kills: readonly Kill[], schedules: readonly Schedule[]): string {
  const seeds = rangesOf(kills.map(({ seed }) => seed)) || 'none';
  return `Seeds of the places: ${seeds} (how many of them each place has had stands in the table). Seeds of the schedules: ${rangesOf(schedules.map(({ seed }) => seed)) || 'none'}.`;
}

function killTable(kills: readonly Kill[]): string[] {
  const rows = KILL_PLANS.flatMap(({ name, says }) => {
    const mine = kills.filter(({ plan }) => plan === name);
    if (mine.length === 0) return [];
    const fired = mine.filter((one) => one.fired).length;
    const again = mine.filter((one) => one.again).length;
    const found = addUp(mine.map((one) => one.found));
    return [
      `| \`${name}\` | ${says} | ${mine.length} | ${fired} | ${again} | ${found} | ${total(mine, (one) => one.violations.length)} |`,
    ];
  });
  return [
    '| place | at that instant | seeds | killed there | killed again while recovering | unfinished payments found in the books | violations |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function scheduleLines(schedules: readonly Schedule[]): string[] {
  const deaths = addUp(schedules.map((one) => one.deaths));
  return [
    `- bridges thrown away: ${total(schedules, (one) => total(STEP_KINDS, (kind) => one.deaths[kind]))} (${deaths}); planned and never reached: ${total(schedules, (one) => one.missed)}`,
    `- orderly stops that came to their end: ${total(schedules, (one) => one.stops)}`,
    `- ends: ${addUp(schedules.map((one) => one.ends))}`,
    `- faults of the simulator that were played: ${total(schedules, (one) => one.faultsPlayed)}`,
  ];
}

function violationLines(results: readonly Result[]): string[] {
  return results.flatMap((one) =>
    one.violations.map(
      (text) => `- VIOLATION, ${'plan' in one ? one.plan : 'schedule'} ${one.seed}, ${one.version}: ${shortened(text)}`,
    ),
  );
}

const LONGEST_TEXT = 160;

function shortened(text: string): string {
  const [first = ''] = text.split('\n');
  return first.length > LONGEST_TEXT ? `${first.slice(0, LONGEST_TEXT)} …` : first;
}

function databasePart(db: BooksKind, results: readonly Result[]): string[] {
  const mine = results.filter((one) => one.db === db);
  if (mine.length === 0) return [];
  const kills = mine.filter((one): one is Kill => one.kind === 'kill');
  const schedules = mine.filter((one): one is Schedule => one.kind === 'schedule');
  const list = (of: (one: Result) => string) => [...new Set(mine.map(of))].sort().join(', ');
  return [
    `## ${DATABASES[db]}`,
    '',
    '```',
    commandOf(db),
    '```',
    '',
    seedsLine(kills, schedules),
    `Version ${list((one) => one.version)}; run on ${list((one) => one.date)}.`,
    `Kills: ${kills.length}, of which ${kills.filter((one) => one.fired).length} fell where they were meant to and ${kills.filter((one) => one.again).length} more while recovering. Schedules: ${schedules.length}. **Violations: ${total(mine, (one) => one.violations.length)}.**`,
    `Of a full run that is ${kills.length} of ${FULL_RUN[db].seeds * KILL_PLANS.length} kills and ${schedules.length} of ${FULL_RUN[db].schedules} schedules.`,
    `Payments of the kills: ${addUp(kills.map((one) => one.ends))}.`,
    '',
    ...(kills.length > 0 ? killTable(kills) : []),
    '',
    ...(schedules.length > 0 ? ['Schedules in one process:', '', ...scheduleLines(schedules), ''] : []),
    ...violationLines(mine),
    '',
  ];
}

const REMARKS = '## Remarks';

/** What people wrote under an earlier page. */
export function remarksOf(page: string): string {
  const at = page.indexOf(`${REMARKS}\n`);
  return at < 0 ? '' : page.slice(at + REMARKS.length + 1).trim();
}

/** The sum of all evidence as a page. `overtaken`: results with violations whose seeds were run again; `remarks` stand at the end. */
export function crashPage(results: readonly Result[], overtaken: readonly Result[], remarks: string): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${type()} ${release()}, Node ${process.versions.node}`;
  return `${[
    '# Crash runs',
    '',
    'Every promise about money and glass, held over the death of the bridge. A real process is killed (`SIGKILL`) at each named place, and',
    'whole bridges are thrown away in one process at random statements, calls and bytes. The judges read the account book of the simulated',
    'upstream, the books, what the emulated glasses showed and what the tills were told: at most one order for a sale and one charge for an',
    'order; what was acknowledged is applied; no final state is left; what is paid here is kept there, by currency; no code outlives its',
    'order by more than the promised second of a living bridge; whatever is unfinished has something due; no event is missed or told twice;',
    'a ruling, its line in the journal, the end of its payment and its act stand together or not at all.',
    '',
    `Machine: ${machine}.`,
    '',
    ...(['sqlite3', 'pg'] as const).flatMap((db) => databasePart(db, results)),
    ...(overtaken.length > 0 ? ['## Violations whose seeds were run again since', '', ...violationLines(overtaken), ''] : []),
    ...(remarks === '' ? [] : [REMARKS, '', remarks]),
  ].join('\n')}\n`.replace(/\n{3,}/g, '\n\n');
}
