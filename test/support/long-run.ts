import { setMaxListeners } from 'node:events';

/** Tells people how a long run goes. */
export interface Teller {
  /** How far it is: one line that is rewritten on a terminal, a line now and then elsewhere. */
  progress(text: string): void;
  /** Something that stays. */
  line(text: string): void;
}

/** How a long run ended, as the exit code of its process: everything held, something did not, it was stopped. */
export const HELD = 0;
export const MISSED = 2;
export const STOPPED = 130;

/** The person at the keyboard asked for something that is not there; the message says what is. */
export class Misuse extends Error {}

/** Where nobody rewrites lines, this often is enough, ms. */
const PLAIN_PROGRESS_EVERY_MS = 15_000;

/** A teller on a stream such as stdout. */
export function createTeller(out: NodeJS.WriteStream = process.stdout): Teller {
  const isTerminal = out.isTTY === true;
  let toldAt = Number.NEGATIVE_INFINITY;
  const wipe = () => out.write('\r\x1b[2K');
  return {
    progress(text) {
      if (isTerminal) {
        wipe();
        out.write(text.slice(0, Math.max(20, out.columns - 1)));
      } else if (performance.now() - toldAt >= PLAIN_PROGRESS_EVERY_MS) {
        toldAt = performance.now();
        out.write(`${text}\n`);
      }
    },
    line(text) {
      if (isTerminal) wipe();
      out.write(`${text}\n`);
    },
  };
}

/** Rows as aligned columns; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}

/**
 * Runs `work` to its end and makes what it gives the exit code. The first Ctrl-C aborts `stop`, so that the run ends in order; the second
 * one ends the process.
 */
export async function runToTheEnd(work: (stop: AbortSignal) => Promise<number>): Promise<void> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const ask = () => {
    if (stop.signal.aborted) process.exit(STOPPED);
    stop.abort();
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  try {
    process.exitCode = await work(stop.signal);
  } catch (error) {
    console.error(error instanceof Misuse ? error.message : error);
    process.exitCode = 1;
  } finally {
    process.off('SIGINT', ask);
    process.off('SIGTERM', ask);
  }
}
