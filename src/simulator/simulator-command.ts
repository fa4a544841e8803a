import { readFile } from 'node:fs/promises';
import { readPublicKey } from '../upstream/signature.js';
import { type Fault, readFaults } from './fault-plan.js';
import { createUpstreamSimulator, type UpstreamSimulator } from './upstream-simulator.js';

/** Options of `ocbridge simulator` (till API contract 6); files are not opened yet. */
export interface SimulatorCommandOptions {
  readonly port: number;
  readonly seed: string;
  readonly faultsFile: string | undefined;
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

function faultsOf(text: string): Fault[] {
  const faults = readFaults(JSON.parse(text));
  if (typeof faults === 'string') throw new Error(faults);
  return faults;
}

/** Runs the simulator until a signal; resolves with the exit code: 0 stopped in order, 1 wrong file, 2 the port cannot be had. */
export async function runSimulator(
  options: SimulatorCommandOptions,
  parts: SimulatorCommandParts = FROM_PROCESS(),
): Promise<number> {
  const faults = await fromFile(options.faultsFile, faultsOf);
  const clientKey = await fromFile(options.clientPublicKeyFile, (text) => readPublicKey(text) && text);
  if (typeof faults === 'string' || typeof clientKey === 'string') {
    for (const wrong of [faults, clientKey]) if (typeof wrong === 'string') parts.err(`${wrong}\n`);
    return EXIT_WRONG;
  }
  let simulator: UpstreamSimulator;
  try {
    simulator = await createUpstreamSimulator({
      port: options.port,
      seed: options.seed,
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
  const wrong = simulator.setFaults(faults.value ?? []);
  if (wrong !== undefined) {
    parts.err(`${options.faultsFile}: ${wrong}\n`);
    await simulator.stop();
    return EXIT_WRONG;
  }
  parts.out(welcome(simulator, options));
  await parts.told;
  await simulator.stop();
  return EXIT_FINE;
}

function welcome({ url }: UpstreamSimulator, { clientPublicKeyFile }: SimulatorCommandOptions): string {
  const check =
    clientPublicKeyFile === undefined ? 'client signatures are not checked' : `clients are checked with ${clientPublicKeyFile}`;
  return [
    `upstream simulator: baseUrl ${url}, public key at ${url}/sim/public-key, ${check}`,
    `orders ${url}/sim/orders · calls ${url}/sim/calls · faults ${url}/sim/faults · Ctrl-C ends it`,
    '',
  ].join('\n');
}
