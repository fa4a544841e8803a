import { readdirSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { noPseudoTerminals } from '#src/simulator/glass-emulators/pseudo-terminal.js';
import { type Teller, textTable } from '../support/long-run.js';
import { MOST_PULLS, planCycle, planText } from './display-plan.js';
import { type CycleResult, openSoakedDisplay, RIGHT_WITHIN_MS, runCycle, type SoakedDisplay, within } from './display-soak.js';
import { DISPLAY_VARIANTS, type DisplayVariant } from './display-variants.js';
import { type Soak, soakCommand } from './soak-run.js';

const USUAL_CYCLES = 1_000;
/** A processor that reads a dead port in circles is busy for nine tenths. */
const IDLE_CPU_SHARE = 0.25;
const IDLE_FOR_MS = 5_000;

/** What came of all cycles of one kind of display. */
export interface VariantResult {
  readonly variant: DisplayVariant;
  readonly cycles: number;
  readonly pulls: number;
  readonly moved: number;
  /** From plugging in to right, boot delays and the time of a slip taken off, ms: half of the cycles, all but one in a hundred, all. */
  readonly median: number;
  readonly p99: number;
  readonly slowest: number;
  /** Ends of half lines that showed something for a moment. */
  readonly flashes: readonly number[];
  /** Sentences, each with the command that runs its cycle again. */
  readonly faults: readonly string[];
}

function summary(variant: DisplayVariant, results: readonly CycleResult[], faults: readonly string[]): VariantResult {
  const times = results.map(({ rightAfterMs }) => rightAfterMs).toSorted((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    variant,
    cycles: results.length,
    pulls: results.reduce((sum, { pulls }) => sum + pulls, 0),
    moved: results.filter(({ moved }) => moved).length,
    median: at(0.5),
    p99: at(0.99),
    slowest: at(1),
    flashes: results.flatMap(({ flashes }) => flashes),
    faults,
  };
}

/** How a display is soaked. */
export interface SoakOrder {
  readonly cycles: number;
  /** Of the first cycle; each further one has the next. */
  readonly seed: number;
  /** The most pullings in one cycle. */
  readonly pulls: number;
}

/** Runs the cycles on one display. `graceMs` is added to every limit, for machines that have other work. */
export async function soakDisplay(
  display: SoakedDisplay,
  { cycles, seed, pulls }: SoakOrder,
  graceMs: number,
  done: (result: CycleResult) => void,
  stop: AbortSignal,
): Promise<VariantResult> {
  const { variant } = display;
  const results: CycleResult[] = [];
  const faults: string[] = [];
  for (let i = 0; i < cycles && !stop.aborted; i += 1) {
    const result = await runCycle(display, planCycle(variant, seed + i, pulls), graceMs, stop);
    if (stop.aborted) break;
    results.push(result);
    if (result.faults.length > 0) {
      const again = soakCommand('displays', { drivers: variant.name, cycles: 1, pulls, seed: seed + i });
      faults.push(`${variant.name}, ${planText(result.plan)}\n  ${result.faults.join('\n  ')}\n  again: ${again}`);
    }
    done(result);
    if (result.gaveUp) break;
  }
  return summary(variant, results, faults);
}

/** Share of one processor that this process uses over a while in which nothing is to be done. */
async function cpuShare(): Promise<number> {
  const before = process.cpuUsage();
  const since = performance.now();
  await pause(IDLE_FOR_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (performance.now() - since);
}

/** What every open file of this process is, without the numbers that differ from time to time. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`).replace(/[0-9]+/g, '');
      // Node opens it once, with its first child process.
      return file === '/dev/null' ? [] : [`open ${file}`];
    } catch {
      // The reading of the folder itself.
      return [];
    }
  });
}

/** What a process holds that can leak: files that are open (Linux only), and what keeps the event loop alive. */
function held(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (process.platform === 'linux') {
    for (const kind of openFiles()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function leaks(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly string[] {
  return [...after].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} more ${kind} than before`] : [];
  });
}

/** All cables are pulled at the worst instant, right after open and abruptly; nothing is to be done then, nor when they are in again. */
async function idleShares(displays: readonly SoakedDisplay[], stop: AbortSignal): Promise<{ out: number; in: number }> {
  await Promise.all(
    displays.map(async (display) => {
      const { cable } = display;
      display.nothing();
      const pulled = new Promise<void>((resolve) => {
        display.whenOpened(() => void cable.pull({ abrupt: true, losesPower: true }).then(resolve));
      });
      await cable.pull({ abrupt: true, losesPower: true });
      await cable.plug();
      await within(10_000, pulled, stop);
      await cable.pull({ abrupt: true, losesPower: true });
    }),
  );
  await pause(2_000);
  const out = await cpuShare();
  await Promise.all(displays.map(({ cable }) => cable.plug()));
  await pause(5_000);
  return { out, in: await cpuShare() };
}

function chosen(words: readonly string[] | undefined): readonly DisplayVariant[] {
  if (words === undefined) return DISPLAY_VARIANTS;
  const unknown = words.find((word) => !DISPLAY_VARIANTS.some(({ name }) => name.startsWith(word)));
  if (unknown !== undefined) {
    throw new Error(`There is no display "${unknown}"; there are: ${DISPLAY_VARIANTS.map(({ name }) => name).join(', ')}.`);
  }
  return DISPLAY_VARIANTS.filter(({ name }) =>
    words.some((word) => (DISPLAY_VARIANTS.some((one) => one.name === word) ? name === word : name.startsWith(word))),
  );
}

function tableOf(results: readonly VariantResult[]): string {
  const ms = (value: number) => `${Math.round(value)} ms`;
  const rows = results.map(({ variant, cycles, pulls, moved, median, p99, slowest, flashes, faults }) => [
    variant.name,
    String(cycles),
    String(pulls),
    String(moved),
    ms(median),
    ms(p99),
    ms(slowest),
    flashes.length === 0 ? '-' : `${flashes.length}, up to ${ms(Math.max(...flashes))}`,
    String(faults.length),
  ]);
  return textTable([
    ['display', 'cycles', 'pulls', 'other name', 'right after: median', 'p99', 'slowest', 'flashes', 'faults'],
    ...rows,
  ]);
}

/** Rejections that nobody handled while `work` ran, as sentences. */
async function watchingRejections<T>(work: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const heard: string[] = [];
  const hear = (error: unknown) => heard.push(`unhandled: ${error instanceof Error ? error.stack : String(error)}`);
  process.on('unhandledRejection', hear);
  process.on('uncaughtException', hear);
  try {
    return [await work(), heard];
  } finally {
    process.off('unhandledRejection', hear);
    process.off('uncaughtException', hear);
  }
}

async function soakAll(variants: readonly DisplayVariant[], order: SoakOrder, tell: Teller, stop: AbortSignal): Promise<boolean> {
  const before = held();
  const displays = await Promise.all(variants.map(openSoakedDisplay));
  const counts = new Map<string, number>();
  const lateness = monitorEventLoopDelay();
  lateness.enable();
  const results = await Promise.all(
    displays.map((display) =>
      soakDisplay(
        display,
        order,
        0,
        (result) => {
          counts.set(display.variant.name, (counts.get(display.variant.name) ?? 0) + 1);
          for (const fault of result.faults) tell.line(`${display.variant.name}: ${fault}`);
          const least = Math.min(...displays.map(({ variant }) => counts.get(variant.name) ?? 0));
          tell.progress(`${least} of ${order.cycles} cycles on every display`);
        },
        stop,
      ),
    ),
  );
  lateness.disable();
  tell.line(
    `this process itself was late by up to ${Math.round(lateness.max / 1e6)} ms, in a hundredth of the time by ${Math.round(lateness.percentile(99) / 1e6)} ms`,
  );
  const cpu = stop.aborted ? undefined : await idleShares(displays, stop);
  await Promise.all(displays.map((display) => display.close()));
  await pause(200);
  const leaked = leaks(before, held());
  tell.line(tableOf(results));
  for (const { faults } of results) for (const fault of faults) tell.line(fault);
  for (const leak of leaked) tell.line(`leak: ${leak}`);
  if (cpu === undefined) return false;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  tell.line(`idle afterwards: ${percent(cpu.out)} of a processor with every cable out, ${percent(cpu.in)} with every cable in`);
  const isQuiet = cpu.out < IDLE_CPU_SHARE && cpu.in < IDLE_CPU_SHARE;
  return isQuiet && leaked.length === 0 && results.every(({ faults }) => faults.length === 0);
}

/** The run of `npm run soak -- displays`. */
export const displaysSoak: Soak = {
  about: `cables pulled at any byte and plugged in again: right within ${RIGHT_WITHIN_MS / 1_000} s and the boot delay, no torn and no old code, no spin`,
  options: {
    cycles: `for each display, usually ${USUAL_CYCLES}`,
    pulls: `the most pullings in a cycle, usually ${MOST_PULLS}`,
    seed: 'of the first cycle; each further one has the next',
    drivers: `some of: ${DISPLAY_VARIANTS.map(({ name }) => name).join(', ')}`,
  },
  async run(options, tell, stop) {
    const why = noPseudoTerminals();
    if (why !== undefined) throw new Error(why);
    const order = {
      cycles: options.count('cycles', USUAL_CYCLES),
      pulls: options.count('pulls', MOST_PULLS),
      seed: options.count('seed', 1 + (Date.now() % 1_000_000)),
    };
    const words = options.words('drivers');
    tell.line(soakCommand('displays', { ...order, ...(words === undefined ? {} : { drivers: words.join(',') }) }));
    const [held, rejections] = await watchingRejections(() => soakAll(chosen(words), order, tell, stop));
    for (const one of rejections) tell.line(one);
    return held && rejections.length === 0;
  },
};
