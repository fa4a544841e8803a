import type { ReadStream, WriteStream } from 'node:tty';
import { silentLog } from '../base/log.js';
import type { RehearsalParts } from './run-glass.js';
import type { Keyboard, TextWindow } from './terminal-view.js';

/** Windows sends SIGHUP when the console is closed and SIGBREAK for Ctrl-Break. */
const STOP_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];

function windowOf(stdout: WriteStream): TextWindow | undefined {
  if (!stdout.isTTY || process.env['TERM'] === 'dumb') return undefined;
  return {
    write: (text) => stdout.write(text),
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
  };
}

function keyboardOf(stdin: ReadStream): Keyboard | undefined {
  if (!stdin.isTTY) return undefined;
  return {
    onKeys(pressed) {
      const heard = (bytes: Buffer) => pressed(bytes.toString('latin1'));
      stdin.setRawMode(true);
      stdin.on('data', heard);
      return () => {
        stdin.off('data', heard);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}

/** What a rehearsal needs of this process: its terminal, its signals. */
export function processParts(): RehearsalParts {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    window: windowOf(process.stdout),
    keyboard: keyboardOf(process.stdin),
    log: silentLog,
    told: new Promise((resolve) => {
      for (const signal of STOP_SIGNALS) process.once(signal, resolve);
      // Whoever read the lines has gone.
      process.stdout.once('error', resolve);
    }),
  };
}
