import { type CodeDrawing, codeDrawings, type DrawingWish } from '../code-drawing.js';
import { type CodeLevel, LEVELS } from '../order-code-image.js';

/** Longest text in bytes per version 1 to 40, all of it in byte mode, as a printer's own generator may do it (ISO/IEC 18004, table 7). */
const BYTES: Readonly<Record<CodeLevel, string>> = {
  L: '17 32 53 78 106 134 154 192 230 271 321 367 425 458 520 586 644 718 792 858 929 1003 1091 1171 1273 1367 1465 1528 1628 1732 1840 1952 2068 2188 2303 2431 2563 2699 2809 2953',
  M: '14 26 42 62 84 106 122 152 180 213 251 287 331 362 412 450 504 560 624 666 711 779 857 911 997 1059 1125 1190 1264 1370 1452 1538 1628 1722 1809 1911 1989 2099 2213 2331',
  Q: '11 20 32 46 60 74 86 108 130 151 177 203 241 258 292 322 364 394 442 482 509 565 611 661 715 751 805 868 908 982 1030 1112 1168 1228 1283 1351 1423 1499 1579 1663',
  H: '7 14 24 34 44 58 64 84 98 119 137 155 177 194 220 250 280 310 338 382 403 439 461 511 535 593 625 658 698 742 790 842 898 958 983 1051 1093 1139 1219 1273',
};

const CAPACITY: Readonly<Record<CodeLevel, readonly number[]>> = {
  L: BYTES.L.split(' ').map(Number),
  M: BYTES.M.split(' ').map(Number),
  Q: BYTES.Q.split(' ').map(Number),
  H: BYTES.H.split(' ').map(Number),
};

const QUIET_MODULES = 4;

/** What a symbol may be like on one kind of paper. */
export interface Paper {
  /** Room for the symbol with its margin. */
  readonly dots: number;
  /** Wanted size of a module, dots. */
  readonly moduleDots: number;
  /** The smallest size that a phone reads, dots. */
  readonly leastDots: number;
}

/** How a code is to be printed. */
export interface PrintedSymbol {
  readonly level: CodeLevel;
  /** Dots a module. */
  readonly moduleDots: number;
  /** Modules a side, without quiet zone. */
  readonly modules: number;
  /** The picture that is sent; null where the printer draws. */
  readonly drawing: CodeDrawing | null;
}

function modulesFor(bytes: number, level: CodeLevel): number | undefined {
  const version = CAPACITY[level].findIndex((most) => most >= bytes) + 1;
  return version === 0 ? undefined : 17 + 4 * version;
}

/** Dots a module with which so many modules and their quiet zone fit the paper; undefined when too few are left for a phone. */
function dotsFor(modules: number, { dots, moduleDots, leastDots }: Paper): number | undefined {
  const fitting = Math.min(moduleDots, Math.floor(dots / (modules + 2 * QUIET_MODULES)));
  return fitting >= leastDots ? fitting : undefined;
}

/** What the printer is to draw of so many bytes: the wanted level and size, or as much of both as the paper has room for. */
export function nativeSymbol(bytes: number, wanted: CodeLevel, paper: Paper): PrintedSymbol | undefined {
  for (const level of LEVELS.slice(LEVELS.indexOf(wanted))) {
    const modules = modulesFor(bytes, level);
    const moduleDots = modules === undefined ? undefined : dotsFor(modules, paper);
    if (modules !== undefined && moduleDots !== undefined) return { level, moduleDots, modules, drawing: null };
  }
  return undefined;
}

/** The picture of a code for this paper: with its icon, or without it, or at a weaker level; undefined when it cannot be read off it. */
export function drawnSymbol(codeText: string, wish: DrawingWish, paper: Paper): PrintedSymbol | undefined {
  for (const drawing of codeDrawings(codeText, wish)) {
    const { size: modules, level } = drawing.matrix;
    const moduleDots = dotsFor(modules, paper);
    if (moduleDots !== undefined) return { level, moduleDots, modules, drawing };
  }
  return undefined;
}

/** The longest code that finds room on this paper at the weakest level, bytes. */
export function longestOn(paper: Paper): number {
  return Math.max(0, ...CAPACITY.L.filter((bytes) => nativeSymbol(bytes, 'L', paper) !== undefined));
}
