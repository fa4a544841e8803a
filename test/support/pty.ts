import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';

// The compiled file lies in dist/test/support, the Python helper stays beside the source.
const HELPER = fileURLToPath(new URL('../../../test/support/pty_pair.py', import.meta.url));

/** A pseudo-terminal whose device end belongs to the test; the product opens `path()` as a serial port. */
export interface Pty {
  /** What the host opens: the stable link when one was asked for, else the slave's own name (`/dev/pts/…`). Empty while unplugged. */
  path(): string;
  /** Sends bytes from the device to the host. Dropped while unplugged. */
  write(bytes: Uint8Array): void;
  /** Calls `heard` with the bytes that the host wrote and the baud rate it had set; returns how to stop listening. */
  onBytes(heard: (bytes: Uint8Array, baudRate: number) => void): () => void;
  /** Everything the host has written since `plug`, in order. */
  received(): Buffer;
  /** The baud rate that the host has set on its end now. */
  baudRate(): Promise<number>;
  /** Hangs up and removes the link: the host sees what it sees when a USB cable is pulled. */
  unplug(): Promise<void>;
  /** Plugs in again, under `link` (default: the link used last; null for none). The kernel picks a new slave name. */
  plug(link?: string | null): Promise<string>;
  /** Ends the helper process. Idempotent. */
  close(): Promise<void>;
}

const PYTHON_NAMES = ['python3', 'python'] as const;
let found: { command?: string; why?: string } | undefined;

function findPython(): { command?: string; why?: string } {
  if (process.platform === 'win32') return { why: 'Windows has no pseudo-terminals that serialport can open' };
  for (const command of PYTHON_NAMES) {
    const probe = spawnSync(command, ['-c', 'import pty, termios, tty, sys; sys.exit(0 if sys.version_info >= (3, 6) else 3)']);
    if (probe.status === 0) return { command };
  }
  return { why: 'python3 (3.6 or newer) is not installed: it holds the pseudo-terminals' };
}

/** Why there can be no pseudo-terminals on this machine, or `undefined` when there can. */
function ptyUnavailable(): string | undefined {
  found ??= findPython();
  return found.why;
}

/** Call first in a mocha `before` or test: skips it, printing the reason, where there are no pseudo-terminals; in CI that is a failure instead. */
export function needPty(context: Context): void {
  const why = ptyUnavailable();
  if (why === undefined) return;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(`no pseudo-terminals in CI: ${why}`);
  console.log(`      skipped: ${why}`);
  context.skip();
}

type HelperEvent =
  | { readonly event: 'plugged'; readonly path: string; readonly link: string | null }
  | { readonly event: 'unplugged' }
  | { readonly event: 'data'; readonly hex: string; readonly baud: number }
  | { readonly event: 'baud'; readonly baud: number }
  | { readonly event: 'error'; readonly why: string };

interface Helper {
  tell(command: Readonly<Record<string, unknown>>): void;
  ask(command: Readonly<Record<string, unknown>>, answer: HelperEvent['event']): Promise<HelperEvent>;
  readonly child: ChildProcessWithoutNullStreams;
}

function startHelper(command: string, onData: (event: HelperEvent & { event: 'data' }) => void): Helper {
  const child = spawn(command, ['-u', HELPER], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: { answer: string; resolve(event: HelperEvent): void; reject(error: Error): void }[] = [];
  let complaints = '';
  const fail = (why: string) => {
    for (const one of waiting.splice(0)) one.reject(new Error(`the pty helper ${why} ${complaints}`));
  };
  child.stderr.on('data', (text: Buffer) => {
    complaints += text.toString();
  });
  child.stdin.on('error', () => fail('is gone.'));
  child.on('error', (error) => fail(`did not start: ${error.message}.`));
  child.on('exit', (code) => fail(`ended with ${code}.`));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as HelperEvent;
    if (event.event === 'data') {
      onData(event);
      return;
    }
    if (event.event === 'error') {
      fail(`says: ${event.why}.`);
      return;
    }
    const at = waiting.findIndex((one) => one.answer === event.event);
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(event);
  });
  const tell = (message: Readonly<Record<string, unknown>>) => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    child,
    tell,
    ask: (message, answer) =>
      new Promise((resolve, reject) => {
        waiting.push({ answer, resolve, reject });
        tell(message);
        if (child.exitCode !== null) fail(`ended with ${child.exitCode}.`);
      }),
  };
}

/** Opens a pseudo-terminal; `link` is a stable name for it (as `/dev/serial/by-id/…` would be). Throws where there are none. */
export async function openPty(options: { readonly link?: string } = {}): Promise<Pty> {
  const why = ptyUnavailable();
  if (why !== undefined || found?.command === undefined) throw new Error(why ?? 'no python3');
  const listeners = new Set<(bytes: Uint8Array, baudRate: number) => void>();
  let log: Buffer[] = [];
  let path = '';
  let lastLink: string | null = options.link ?? null;
  const helper = startHelper(found.command, ({ hex, baud }) => {
    const bytes = Buffer.from(hex, 'hex');
    log.push(bytes);
    for (const heard of [...listeners]) heard(bytes, baud);
  });

  async function plug(link: string | null = lastLink): Promise<string> {
    lastLink = link;
    log = [];
    const event = await helper.ask({ do: 'plug', link }, 'plugged');
    if (event.event !== 'plugged') throw new Error('the pty helper answered something else');
    path = event.link ?? event.path;
    return path;
  }

  await plug();
  return {
    path: () => path,
    write: (bytes) => helper.tell({ do: 'write', hex: Buffer.from(bytes).toString('hex') }),
    onBytes(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    received: () => Buffer.concat(log),
    async baudRate() {
      const event = await helper.ask({ do: 'baud' }, 'baud');
      return event.event === 'baud' ? event.baud : 0;
    },
    async unplug() {
      path = '';
      await helper.ask({ do: 'unplug' }, 'unplugged');
    },
    plug,
    async close() {
      if (helper.child.exitCode !== null || helper.child.signalCode !== null) return;
      const ended = once(helper.child, 'exit');
      helper.child.stdin.end();
      await ended;
    },
  };
}
