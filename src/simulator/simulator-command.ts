import { readFile } from 'node:fs/promises';
import { readPublicKey } from '../upstream/signature.js';
import { type ChaosWish, USUAL_SHARE } from './chaos.js';
import { type PlanWish, readPlan } from './fault-plan.js';
import type { FaultLevel } from './fault-row.js';
import { replayText, reportText } from './run-report.js';
import { createUpstreamSimulator, type UpstreamSimulator } from './upstream-simulator.js';

/** Options of `ocbridge simulator` (till API contract 6); files are not opened yet. */
export interface SimulatorCommandOptions {
  readonly port: number;
  readonly seed: string;
  readonly faultsFile: string | undefined;
  readonly chaosLevel: FaultLevel | undefined;
  readonly clientPublicKeyFile: string | undefined;
  readonly orderLifeSeconds: number;
  readonly cancelWindow: 'open' | 'closed';
}

/** Where the command writes and what ends it; tests bring their own. */
export interface SimulatorCommandParts {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Resolves when it is to stop. */
  readonly told: Promise<unknown>;
}

const EXIT_FINE = 0;
const EXIT_WRONG = 1;
const EXIT_FAILED = 2;
const STOP_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
const NO_PLAN: PlanWish = { faults: [], chaos: undefined };

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.once(signal, () => resolve());
  });
}

const FROM_PROCESS = (): SimulatorCommandParts => ({
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  told: untilSignal(),
});

/** What a file is made into, or a sentence that names the file and what is wrong. */
async function fromFile<T>(file: string | undefined, read: (text: string) => T): Promise<{ value: T | undefined } | string> {
  if (file === undefined) return { value: undefined };
  try {
    return { value: read(await readFile(file, 'utf8')) };
  } catch (error) {
    return `${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function planOf(text: string): PlanWish {
  const plan = readPlan(JSON.parse(text));
  if (typeof plan === 'string') throw new Error(plan);
  return plan;
}

/** A word of the command line as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : JSON.stringify(text);
}

/** The command line that these options came from. */
function replayCommand(options: SimulatorCommandOptions): string {
  const { port, seed, chaosLevel, faultsFile, clientPublicKeyFile, orderLifeSeconds, cancelWindow } = options;
  const words = [
    ['--port', String(port)],
    ['--seed', seed],
    ...(chaosLevel === undefined ? [] : [['--chaos', String(chaosLevel)]]),
    ...(faultsFile === undefined ? [] : [['--faults', faultsFile]]),
    ...(clientPublicKeyFile === undefined ? [] : [['--client-public-key', clientPublicKeyFile]]),
    ['--order-life-seconds', String(orderLifeSeconds)],
    ['--cancel-window', cancelWindow],
  ];
  return ['ocbridge simulator', ...words.flat().map(shellWord)].join(' ');
}

/** Runs the simulator until a signal; resolves with the exit code: 0 stopped in order, 1 wrong file, 2 the port cannot be had. */
export async function runSimulator(
  options: SimulatorCommandOptions,
  parts: SimulatorCommandParts = FROM_PROCESS(),
): Promise<number> {
  const planned = await fromFile(options.faultsFile, planOf);
  const clientKey = await fromFile(options.clientPublicKeyFile, (text) => readPublicKey(text) && text);
  if (typeof planned === 'string' || typeof clientKey === 'string') {
    for (const wrong of [planned, clientKey]) if (typeof wrong === 'string') parts.err(`${wrong}\n`);
    return EXIT_WRONG;
  }
  const { faults, chaos } = planned.value ?? NO_PLAN;
  const wish: ChaosWish | undefined =
    options.chaosLevel === undefined ? chaos : { level: options.chaosLevel, share: chaos?.share ?? USUAL_SHARE };
  let simulator: UpstreamSimulator;
  try {
    simulator = await createUpstreamSimulator({
      port: options.port,
      seed: options.seed,
      chaos: wish,
      replay: replayCommand(options),
      clientPublicKeyPem: clientKey.value,
      orderLifeMs: options.orderLifeSeconds * 1000,
      cancelWindow: options.cancelWindow,
    });
  } catch (error) {
    parts.err(
      `the simulator cannot listen on 127.0.0.1:${options.port}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return EXIT_FAILED;
  }
  const wrong = faults.length === 0 ? undefined : simulator.setFaults(faults);
  if (wrong !== undefined) {
    parts.err(`${options.faultsFile}: ${wrong}\n`);
    await simulator.stop();
    return EXIT_WRONG;
  }
  parts.out(welcome(simulator, options));
  await parts.told;
  await simulator.stop();
  parts.out(reportText(simulator.report()));
  return EXIT_FINE;
}

function welcome(simulator: UpstreamSimulator, { clientPublicKeyFile }: SimulatorCommandOptions): string {
  const { url } = simulator;
  const check =
    clientPublicKeyFile === undefined ? 'client signatures are not checked' : `clients are checked with ${clientPublicKeyFile}`;
  return [
    `upstream simulator: baseUrl ${url}, public key at ${url}/sim/public-key, ${check}; ${replayText(simulator.report())}`,
    `orders ${url}/sim/orders · calls ${url}/sim/calls · faults ${url}/sim/faults · report ${url}/sim/report · Ctrl-C ends it\n`,
  ].join('');
}
