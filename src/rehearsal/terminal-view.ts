import type { Clock } from '../base/clock.js';
import type { GlassDesk } from './glass-desk.js';
import { type RehearsalFacts, textLines } from './glass-words.js';
import { terminalLines } from './terminal-picture.js';
import { plainText, traceLines } from './trace-lines.js';

/** A window that text is drawn in. */
export interface TextWindow {
  write(text: string): void;
  size(): { readonly columns: number; readonly rows: number };
}

/** The keyboard of that window, key by key. */
export interface Keyboard {
  onKeys(pressed: (text: string) => void): () => void;
}

export interface TerminalViewParts {
  readonly desk: GlassDesk;
  readonly facts: () => RehearsalFacts;
  readonly pageUrl: string | undefined;
  readonly window: TextWindow;
  readonly keyboard: Keyboard | undefined;
  readonly clock: Clock;
  /** Ends it. */
  readonly stop: AbortSignal;
  /** The person wants to end. */
  leave(): void;
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_END_OF_LINE = '\x1b[K';
const BELOW = '\x1b[J';
const CTRL_C = '\x03';
const LOOK_EVERY_MS = 100;
const TRACE_LINES = 200;
const LONGEST_COUNT = 6;

function headOf(
  { driver, baudRate, hostBaudRate, configuration, state, problem }: RehearsalFacts,
  pageUrl: string | undefined,
): string[] {
  const noise = hostBaudRate === null ? '' : `  THE HOST SPEAKS AT ${hostBaudRate} BAUD: noise`;
  return [
    `${driver} at ${baudRate} baud: ${state}${noise}`,
    ...(configuration === '' ? ['(plugged in nowhere)'] : [configuration]),
    ...(pageUrl === undefined ? [] : [pageUrl]),
    ...(problem === null ? [] : [problem]),
    '',
  ];
}

function sideOf({ page, texts, code }: RehearsalFacts): string[] {
  return [
    ...(page === null ? [] : [`page ${page}`]),
    ...textLines(texts),
    ...(code === null ? [] : ['', `code, ${Buffer.byteLength(code)} bytes:`, plainText(code)]),
  ];
}

/** Keys and what they do; what is switched on stands in brackets. */
function keyWords(desk: GlassDesk, count: string): string[] {
  const words = desk.troubles().map(({ key, short, on }) => (on ? `[${key} ${short}]` : `${key} ${short}`));
  return [count === '' ? 'n: type it first' : `n = ${count}`, ...words, 'q quit'];
}

/** Draws the glass in a terminal whenever something changes, and lets keys make trouble, until `stop`. */
export async function showInTerminal(parts: TerminalViewParts): Promise<void> {
  const { desk, facts, pageUrl, window, keyboard, clock, stop } = parts;
  let count = '';

  function pressed(text: string): void {
    for (const key of text) {
      if (key === CTRL_C || key === 'q') parts.leave();
      else if (/\d/.test(key)) count = `${count}${key}`.slice(-LONGEST_COUNT);
      else {
        const trouble = desk.troubles().find((one) => one.key === key);
        const at = count === '' ? undefined : Math.max(1, Number(count));
        count = '';
        if (trouble !== undefined) void desk.make(trouble.name, { count: at });
      }
    }
  }

  function draw(): void {
    const now = facts();
    const lines = terminalLines({
      ...window.size(),
      head: headOf(now, pageUrl),
      symbol: now.code === null ? null : desk.glass.symbol(),
      side: sideOf(now),
      trace: traceLines(desk.glass.trace(), TRACE_LINES),
      keys: keyboard === undefined ? ['Ctrl-C ends it'] : keyWords(desk, count),
    });
    window.write(`${HOME}${lines.map((line) => `${line}${TO_END_OF_LINE}`).join('\r\n')}${BELOW}`);
  }

  const quiet = keyboard?.onKeys(pressed);
  window.write(ENTER);
  try {
    let drawn = '';
    let newest: unknown;
    while (!stop.aborted) {
      const now = JSON.stringify([facts(), desk.troubles(), window.size(), count]);
      const last = desk.glass.trace().at(-1);
      if (now !== drawn || last !== newest) draw();
      drawn = now;
      newest = last;
      await clock.sleep(LOOK_EVERY_MS, stop);
    }
  } finally {
    quiet?.();
    window.write(LEAVE);
  }
}
