import type { QrSymbol } from '../simulator/glass-emulators/qr-bitmap.js';

/** What is put together on the screen of a terminal. */
export interface TerminalScreen {
  readonly columns: number;
  readonly rows: number;
  /** Above everything. */
  readonly head: readonly string[];
  readonly symbol: QrSymbol | null;
  /** Beside the symbol, or below it where there is no room. */
  readonly side: readonly string[];
  /** Below that, the newest lines last, as many as there is room for. */
  readonly trace: readonly string[];
  /** At the bottom, one after the other in as many lines as they need. */
  readonly keys: readonly string[];
}

/** Light modules around the symbol: as readers want it, or as little as most of them still take. */
const QUIET_ZONES = [4, 2] as const;
/** Black on white whatever the colours of the terminal are. */
const INK = '\x1b[38;5;16m\x1b[48;5;231m';
const RESET = '\x1b[0m';
const GAP = 2;
const NARROWEST_SIDE = 24;

/** The symbol in half blocks: each character is two modules, one above the other. Readable from the screen. */
export function symbolLines(symbol: QrSymbol, quiet: number): readonly string[] {
  const { size } = symbol;
  const inside = (at: number) => at >= 0 && at < size;
  const dark = (row: number, column: number) => inside(row) && inside(column) && symbol.dark(row, column);
  const lines: string[] = [];
  for (let row = -quiet; row < size + quiet; row += 2) {
    let line = '';
    for (let column = -quiet; column < size + quiet; column += 1) {
      const [above, below] = [dark(row, column), dark(row + 1, column)];
      line += above ? (below ? '█' : '▀') : below ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}

/** Where the scripts begin whose characters are two columns wide. */
const FIRST_WIDE = 0x1100;

function widthOfText(text: string): number {
  return [...text].reduce((sum, one) => sum + ((one.codePointAt(0) ?? 0) >= FIRST_WIDE ? 2 : 1), 0);
}

function fitted(text: string, columns: number): string {
  if (widthOfText(text) <= columns) return text;
  let kept = '';
  for (const one of text) {
    if (widthOfText(kept + one) >= columns) break;
    kept += one;
  }
  return `${kept}…`;
}

const widthOf = (symbol: QrSymbol, quiet: number) => symbol.size + 2 * quiet;
const heightOf = (symbol: QrSymbol, quiet: number) => Math.ceil(widthOf(symbol, quiet) / 2);

/** The widest margin with which a symbol has room; undefined where it has none. */
function quietZoneFor(symbol: QrSymbol, columns: number, room: number): number | undefined {
  return QUIET_ZONES.find((quiet) => widthOf(symbol, quiet) <= columns && heightOf(symbol, quiet) <= room);
}

function bodyLines({ columns, rows, symbol, side }: TerminalScreen, room: number): readonly string[] {
  const texts = side.map((line) => fitted(line, columns));
  if (symbol === null) return texts;
  const quiet = quietZoneFor(symbol, columns, room);
  if (quiet === undefined) {
    const least = QUIET_ZONES[1];
    const needs = `${widthOf(symbol, least)} columns and ${heightOf(symbol, least) + rows - room} lines`;
    return [fitted(`Too small for the code: it needs ${needs}.`, columns), ...texts];
  }
  const code = symbolLines(symbol, quiet).map((line) => `${INK}${line}${RESET}`);
  const besides = columns - widthOf(symbol, quiet) - GAP;
  if (besides < NARROWEST_SIDE) return [...code, ...texts];
  const blank = ' '.repeat(widthOf(symbol, quiet));
  return Array.from({ length: Math.max(code.length, side.length) }, (_, index) => {
    return `${code[index] ?? blank}${' '.repeat(GAP)}${fitted(side[index] ?? '', besides)}`;
  });
}

/** Words put into lines of so many columns. */
function wrapped(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + GAP + word.length <= columns)
      lines[lines.length - 1] = `${last}${' '.repeat(GAP)}${word}`;
    else lines.push(fitted(word, columns));
  }
  return lines;
}

/** The lines of the whole screen, as many as there are rows. */
export function terminalLines(screen: TerminalScreen): readonly string[] {
  const { columns, rows, head, trace, keys } = screen;
  const top = head.map((line) => fitted(line, columns));
  const roomWith = (lines: number) => Math.max(0, rows - top.length - lines);
  const all = wrapped(keys, columns);
  // The code comes before the keys.
  const isTight = screen.symbol !== null && quietZoneFor(screen.symbol, columns, roomWith(all.length)) === undefined;
  const bottom = isTight ? all.slice(0, 1) : all;
  const room = roomWith(bottom.length);
  const body = bodyLines(screen, room).slice(0, room);
  const below = Math.max(0, room - body.length - 1);
  const newest = below === 0 ? [] : trace.slice(-below).map((line) => fitted(line, columns));
  const empty = Array.from({ length: room - body.length - newest.length }, () => '');
  return [...top, ...body, ...empty, ...newest, ...bottom].slice(0, rows);
}
