import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HELPER = fileURLToPath(new URL('./pseudo_terminal.py', import.meta.url));

/** How a line is taken away. */
export interface HangUp {
  /**
   * False (default): the host is told, as of a pulled USB adapter, where this process may do that (root). True: the far end is just gone,
   * which serialport does not always notice by itself.
   */
  readonly abrupt?: boolean;
}

/** A pseudo-terminal whose device end belongs to us; the host opens `path()` as a serial port. */
export interface PseudoTerminal {
  /** What the host opens: the stable link when one was asked for, else the slave's own name (`/dev/pts/…`). Empty while unplugged. */
  path(): string;
  /** Sends bytes from the device to the host. Dropped while unplugged. */
  write(bytes: Uint8Array): void;
  /** Calls `heard` with the bytes that the host wrote and the baud rate it had set; returns how to stop listening. */
  onBytes(heard: (bytes: Uint8Array, baudRate: number) => void): () => void;
  /** The baud rate that the host has set on its end now; 0 while unplugged. */
  baudRate(): Promise<number>;
  /** Takes the line away and removes the link: the host sees what it sees when a USB cable is pulled. */
  unplug(how?: HangUp): Promise<void>;
  /**
   * Does the same by itself once exactly `bytes` more have come from the host; what follows them is lost. Resolves when that is armed;
   * `gone` then resolves when it has happened, or when the line was taken away otherwise.
   */
  unplugAfter(bytes: number, how?: HangUp): Promise<{ readonly gone: Promise<void> }>;
  /** Plugs in again, under `link` (default: the link used last; null for none). The kernel picks a new slave name. */
  plug(link?: string | null): Promise<string>;
  /** Ends the helper process. Idempotent. */
  close(): Promise<void>;
}

const PYTHON_NAMES = ['python3', 'python'] as const;

type Found = { readonly command: string } | { readonly why: string };
let found: Found | undefined;

function findPython(): Found {
  if (process.platform === 'win32') return { why: 'Windows has no pseudo-terminals that serialport can open' };
  for (const command of PYTHON_NAMES) {
    const probe = spawnSync(command, ['-c', 'import pty, termios, tty, sys; sys.exit(0 if sys.version_info >= (3, 6) else 3)']);
    if (probe.status === 0) return { command };
  }
  return { why: 'python3 (3.6 or newer) is not installed: it holds the pseudo-terminals' };
}

/** Why there can be no pseudo-terminals on this machine, or `undefined` when there can. Starts python once. */
export function noPseudoTerminals(): string | undefined {
  found ??= findPython();
  return 'why' in found ? found.why : undefined;
}

type HelperEvent =
  | { readonly event: 'plugged'; readonly path: string; readonly link: string | null }
  | { readonly event: 'unplugged' | 'armed' | 'cut' }
  | { readonly event: 'data'; readonly hex: string; readonly baud: number }
  | { readonly event: 'baud'; readonly baud: number }
  | { readonly event: 'error'; readonly why: string };

type Answer<Name extends HelperEvent['event']> = Extract<HelperEvent, { readonly event: Name }>;
type Command = Readonly<Record<string, unknown>>;

interface Helper {
  tell(command: Command): void;
  ask<Name extends HelperEvent['event']>(command: Command, answer: Name): Promise<Answer<Name>>;
  readonly child: ChildProcessWithoutNullStreams;
}

interface HelperListener {
  data(event: Answer<'data'>): void;
  /** The line went away by itself, or the helper ended. */
  gone(): void;
}

/** The helper's answers come in the order of the questions, so that the oldest waiting one of a kind is meant. */
function startHelper(command: string, listener: HelperListener): Helper {
  const child = spawn(command, ['-u', HELPER], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: { answer: string; resolve(event: HelperEvent): void; reject(error: Error): void }[] = [];
  let complaints = '';
  const fail = (why: string) => {
    for (const one of waiting.splice(0)) one.reject(new Error(`the pty helper ${why} ${complaints}`));
  };
  child.stderr.on('data', (text: Buffer) => {
    complaints = `${complaints}${text.toString()}`.slice(-2_000);
  });
  child.stdin.on('error', () => fail('is gone.'));
  child.on('error', (error) => fail(`did not start: ${error.message}.`));
  child.on('exit', (code, signal) => {
    fail(`ended with ${code ?? signal}.`);
    listener.gone();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as HelperEvent;
    if (event.event === 'data') listener.data(event);
    else if (event.event === 'cut') listener.gone();
    else if (event.event === 'error') for (const one of waiting.splice(0)) one.reject(new Error(event.why));
    else {
      const at = waiting.findIndex((one) => one.answer === event.event);
      if (at >= 0) waiting.splice(at, 1)[0]?.resolve(event);
    }
  });
  const tell = (message: Command) => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    child,
    tell,
    ask: <Name extends HelperEvent['event']>(message: Command, answer: Name) =>
      new Promise<Answer<Name>>((resolve, reject) => {
        waiting.push({ answer, resolve: (event) => resolve(event as Answer<Name>), reject });
        tell(message);
        const ended = child.exitCode ?? child.signalCode;
        if (ended !== null) fail(`ended with ${ended}.`);
      }),
  };
}

/** Opens a pseudo-terminal; `link` is a stable name for it (as `/dev/serial/by-id/…` would be). Rejects where there are none. */
export async function openPseudoTerminal(options: { readonly link?: string } = {}): Promise<PseudoTerminal> {
  const why = noPseudoTerminals();
  if (found === undefined || 'why' in found) throw new Error(why);
  const listeners = new Set<(bytes: Uint8Array, baudRate: number) => void>();
  let path = '';
  let lastLink: string | null = options.link ?? null;
  let onGone: (() => void)[] = [];
  const gone = () => {
    path = '';
    for (const tell of onGone.splice(0)) tell();
  };
  const helper = startHelper(found.command, {
    gone,
    data({ hex, baud }) {
      for (const heard of [...listeners]) heard(Buffer.from(hex, 'hex'), baud);
    },
  });

  async function plug(link: string | null = lastLink): Promise<string> {
    lastLink = link;
    const plugged = await helper.ask({ do: 'plug', link }, 'plugged');
    path = plugged.link ?? plugged.path;
    return path;
  }

  await plug().catch((error: unknown) => {
    helper.child.kill();
    throw error;
  });
  return {
    path: () => path,
    write: (bytes) => helper.tell({ do: 'write', hex: Buffer.from(bytes).toString('hex') }),
    onBytes(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    baudRate: async () => (await helper.ask({ do: 'baud' }, 'baud')).baud,
    async unplug({ abrupt = false } = {}) {
      await helper.ask({ do: 'unplug', abrupt }, 'unplugged');
      gone();
    },
    async unplugAfter(bytes, { abrupt = false } = {}) {
      const ended = new Promise<void>((resolve) => {
        onGone = [...onGone, resolve];
      });
      await helper.ask({ do: 'unplugAfter', bytes, abrupt }, 'armed');
      return { gone: ended };
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
