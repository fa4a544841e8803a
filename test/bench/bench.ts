import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { createTeller, HELD, MISSED, Misuse, runToTheEnd, STOPPED, type Teller, textTable } from '../support/long-run.js';
import type { Benchmark, Figure } from './benchmark.js';
import { glassBenchmark } from './glass.js';
import { pagesBenchmark } from './pages.js';
import { reconBenchmark } from './recon.js';

/*
 * `npm run bench -- [names…]`: runs the benchmarks of that name (default: all), prints a table and writes bench/results.json.
 * Exit code 0: every goal is met; 2: one is missed; 1: something could not be measured.
 */

/** Every benchmark by its name. A new one is one more row. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  glass: glassBenchmark,
  recon: reconBenchmark,
  pages: pagesBenchmark,
};

const RESULTS = join('bench', 'results.json');

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function tableOf(figures: readonly Figure[]): string {
  const head = ['what', 'measured', 'floor', 'ratio', 'goal', ''];
  const rows = figures.map(({ what, measured, floor, unit, goal, met }) => [
    what,
    `${rounded(measured)} ${unit}`,
    floor === null ? '-' : `${rounded(floor)} ${unit}`,
    floor === null || floor === 0 ? '-' : `${(measured / floor).toFixed(2)}x`,
    goal,
    met ? 'met' : 'MISSED',
  ]);
  return textTable([head, ...rows]);
}

/** Keeps what other runs wrote about other benchmarks. */
async function store(name: string, figures: readonly Figure[]): Promise<void> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const old = await readFile(RESULTS, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, unknown>,
    () => ({}),
  );
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${process.platform} ${release()}, Node ${process.version}`;
  const results = { ...old, [name]: { at: new Date().toISOString(), version, machine, figures } };
  await mkdir('bench', { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}

function about(): string {
  return Object.entries(BENCHMARKS)
    .map(([name, benchmark]) => `      ${name.padEnd(8)} ${benchmark.about}`)
    .join('\n');
}

async function runAll(names: readonly string[], tell: Teller, stop: AbortSignal): Promise<number> {
  if (names.includes('--help')) {
    tell.line(`npm run bench -- [names]; without one: all of them\n${about()}`);
    return HELD;
  }
  const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined)
    throw new Misuse(`There is no benchmark "${unknown}"; there are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  let missed = 0;
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (stop.aborted) break;
    if (names.length > 0 && !names.includes(name)) continue;
    tell.line(`${name}: ${benchmark.about}`);
    const figures = await benchmark.run(tell, stop);
    tell.line(tableOf(figures));
    if (stop.aborted) break;
    await store(name, figures);
    missed += figures.filter(({ met }) => !met).length;
  }
  if (stop.aborted) return STOPPED;
  tell.line(`${missed === 0 ? 'Every goal is met' : `${missed} of the goals are missed`}; the figures are in ${RESULTS}.`);
  return missed === 0 ? HELD : MISSED;
}

await runToTheEnd((stop) => runAll(process.argv.slice(2), createTeller(), stop));
