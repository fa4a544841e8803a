import type { Context } from 'mocha';
import { noPseudoTerminals, openPseudoTerminal, type PseudoTerminal } from '#src/simulator/glass-emulators/pseudo-terminal.js';
import { skipBecause } from './skip.js';

/** A pseudo-terminal whose device end belongs to the test; the product opens `path()` as a serial port. */
export interface Pty extends PseudoTerminal {
  /** Everything the host has written since `plug`, in order. */
  received(): Buffer;
}

/** Call first in a mocha `before` or test: skips it, printing the reason, where there are no pseudo-terminals; in CI that is a failure instead. */
export function needPty(context: Context): void {
  const why = noPseudoTerminals();
  if (why === undefined) return;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(`no pseudo-terminals in CI: ${why}`);
  skipBecause(context, why);
}

/** The same terminal, keeping what it hears. */
export function keepReceived(terminal: PseudoTerminal): Pty {
  let log: Buffer[] = [];
  terminal.onBytes((bytes) => log.push(Buffer.from(bytes)));
  return {
    ...terminal,
    received: () => Buffer.concat(log),
    plug(link) {
      log = [];
      return terminal.plug(link);
    },
  };
}

/** Opens a pseudo-terminal; `link` is a stable name for it (as `/dev/serial/by-id/…` would be). */
export async function openPty(options: { readonly link?: string } = {}): Promise<Pty> {
  return keepReceived(await openPseudoTerminal(options));
}
