import { write } from 'node:fs';
import type { Clock } from './clock.js';
import { errorText } from './log.js';

/** Takes log lines and never holds anybody up: what cannot be written is dropped and counted. */
export interface LogSink {
  /** `line` ends in a line feed. */
  write(line: string): void;
  /** How many lines were dropped since the start, and why the last one was. */
  dropped(): { readonly count: number; readonly why: string | null };
  /** False from a line that was dropped to the next one that is written, and while one is refused for seconds. */
  isWritten(): boolean;
  /** Resolves when all lines are written or dropped, at the latest after `withinMs`. */
  flush(withinMs: number): Promise<void>;
}

export interface LogSinkParts {
  /** Descriptor of a file, a pipe or a terminal. */
  readonly fd: number;
  readonly clock: Clock;
  /** Called when lines can be written again: how many were dropped, and why. */
  readonly again: (count: number, why: string) => void;
}

/** A reader that takes nothing costs so much memory at most, bytes. */
const MOST_WAITING = 1024 * 1024;
const LARGEST_WRITE = 64 * 1024;
const AGAIN_AFTER_MS = 100;
/** A reader may be slow for a moment. */
const STUCK_AFTER_MS = 5000;

/** Opens a sink. Writing happens beside the program, on Node's own threads: a pipe that nobody reads blocks one of them and nothing else. */
export function createLogSink({ fd, clock, again }: LogSinkParts): LogSink {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let untold = 0;
  let count = 0;
  let why: string | null = null;
  let isInsideLine = false;
  /** Since when the line in hand is not taken, on the clock that never goes back; null while none is in hand. */
  let refusedSince: number | null = null;
  let pump: Promise<void> | undefined;

  function drop(lines: number, cause: string): void {
    count += lines;
    untold += lines;
    why = cause;
  }

  /** Whole lines, as many as fit one write. */
  function nextLines(): { readonly bytes: Buffer; readonly lines: number } {
    const lines: Buffer[] = [];
    for (let size = 0; waiting.length > 0 && (size === 0 || size + (waiting[0]?.length ?? 0) <= LARGEST_WRITE); ) {
      const line = waiting.shift() ?? Buffer.alloc(0);
      size += line.length;
      lines.push(line);
    }
    const bytes = Buffer.concat(lines);
    waitingBytes -= bytes.length;
    return { bytes, lines: lines.length };
  }

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      refusedSince ??= clock.elapsedMs();
      try {
        done += await writeSome(fd, bytes.subarray(done));
        isInsideLine = bytes[done - 1] !== 0x0a;
        refusedSince = null;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
        await clock.sleep(AGAIN_AFTER_MS);
      }
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const { bytes, lines } = nextLines();
      try {
        // Half a line stands there: what follows must not become part of it.
        await writeAll(isInsideLine ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes);
        const told = untold;
        untold = 0;
        if (told > 0) again(told, why ?? '');
      } catch (error) {
        drop(lines, errorText(error));
        refusedSince = null;
      }
    }
    pump = undefined;
  }

  return {
    write(line) {
      const bytes = Buffer.from(line, 'utf8');
      if (waitingBytes + bytes.length > MOST_WAITING) {
        drop(1, 'nobody reads them');
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      pump ??= run();
    },
    dropped: () => ({ count, why }),
    isWritten: () => untold === 0 && (refusedSince === null || clock.elapsedMs() - refusedSince < STUCK_AFTER_MS),
    async flush(withinMs) {
      const done = new AbortController();
      void (pump ?? Promise.resolve()).then(() => done.abort());
      await clock.sleep(withinMs, done.signal);
    },
  };
}

function writeSome(fd: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, null, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
