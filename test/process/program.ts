import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The program as it ships. */
export const PROGRAM = fileURLToPath(new URL('../../main.js', import.meta.url));

/** What one process wrote and how it ended; `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface LaunchOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another path to the program, e.g. a link. */
  readonly program?: string;
  /** Opens a channel for messages to and from the program. */
  readonly channel?: boolean;
  /** How long a service may take until it runs; default 30 s. */
  readonly startWithinMs?: number;
}

const running = new Set<ChildProcess>();
/** Whatever happens to the test run, no bridge outlives it. */
function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', endAll);
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll();
    process.kill(process.pid, signal);
  });
}

/** Makes sure that a process that a test started itself ends with the tests, too. */
export function endWithTests(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function launch(args: readonly string[], options: LaunchOptions) {
  const { OCBRIDGE_CONFIG: _unset, ...env } = process.env;
  const child = spawn(process.execPath, [options.program ?? PROGRAM, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.channel === true ? (['ipc'] as const) : [])],
  });
  running.add(child);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, out, err });
    });
  });
  return { child, ended, out: () => out, err: () => err };
}

/** Runs one command of the program to its end, as a process of its own. */
export function ocbridge(args: readonly string[], options: LaunchOptions = {}): Promise<Ended> {
  return launch(args, options).ended;
}

/** One line of the service's log. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A bridge that runs as a process of its own. */
export interface Service {
  readonly pid: number;
  /** Addresses of the listeners, as in `http://127.0.0.1:8480`; empty for one that is not configured. */
  readonly terminal: string;
  readonly upstream: string;
  readonly backOffice: string;
  /** Everything logged so far; throws at a line that is no JSON. */
  log(): readonly LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Sends a message over the channel and resolves with the answer, or with undefined when the process ends first. */
  ask(message: unknown): Promise<unknown>;
  /** Closes our end of its stdout, as a log reader does that dies. */
  stopReading(): void;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ended>;
  /** Ends it in order, or hard when that takes longer than 12 s. Idempotent. */
  stop(): Promise<Ended>;
}

function logLines(out: string): LogLine[] {
  const whole = out.slice(0, out.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogLine]));
}

const START_WITHIN_MS = 30_000;

/** Starts `serve` on a configuration and resolves when it runs; rejects with what it wrote when it ends before that. */
export async function startService(file: string, options: LaunchOptions = {}): Promise<Service> {
  const { child, ended, out, err } = launch(['serve', '--config', file], options);
  const { startWithinMs = START_WITHIN_MS } = options;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const since = performance.now();
  while (!out().includes('"msg":"bridge runs"')) {
    if (over) throw new Error(`the bridge ended with ${child.exitCode} before it ran: ${err()}${out()}`);
    if (performance.now() - since > startWithinMs) {
      child.kill('SIGKILL');
      throw new Error(`the bridge did not run within ${startWithinMs} ms: ${err()}${out()}`);
    }
    await pause(10);
  }
  const lines = logLines(out());
  const url = (name: string) => {
    const found = lines.find(({ msg, listener }) => msg === 'listening' && listener === name);
    return found === undefined ? '' : `http://127.0.0.1:${String(found['port'])}`;
  };
  return {
    pid: child.pid ?? 0,
    terminal: url('terminal'),
    upstream: url('upstream'),
    backOffice: url('backOffice'),
    log: () => logLines(out()),
    signal: (name) => child.kill(name),
    ask: (message) =>
      Promise.race([
        ended.then(() => undefined),
        new Promise((resolve) => {
          child.once('message', resolve);
          child.send(message as object, () => {});
        }),
      ]),
    stopReading: () => child.stdout?.destroy(),
    ended,
    async stop() {
      if (!over) child.kill('SIGTERM');
      const hard = AbortSignal.timeout(12_000);
      hard.addEventListener('abort', () => child.kill('SIGKILL'));
      return ended;
    },
  };
}

/** Starts `serve` and sends it a signal `afterMs` after `reached` resolved, wherever its start has come to. */
export async function startAndSignal(
  file: string,
  signal: NodeJS.Signals,
  afterMs: number,
  reached: () => Promise<unknown> = async () => undefined,
  options: LaunchOptions = {},
): Promise<Ended> {
  const { child, ended } = launch(['serve', '--config', file], options);
  await reached();
  await pause(afterMs);
  child.kill(signal);
  return ended;
}

/** Waits in real time until `condition` gives something; fails with `what` after `limitMs`. */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  limitMs = 10_000,
  pauseMs = 20,
): Promise<T> {
  const since = performance.now();
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() - since > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(pauseMs);
  }
}
