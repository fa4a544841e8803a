import { invariant } from '../../base/assert.js';
import { type CodeDrawing, isInk, pixelsOf } from '../code-drawing.js';
import type { CodeLevel } from '../order-code-image.js';
import { textBytes, type WireCharset } from '../text-bytes.js';

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const DLE = 0x10;
const LF = 0x0a;

/** Forgets fonts and places of an earlier job, sends no status by itself, centres (display reference 6). */
export const START = [ESC, 0x40, GS, 0x61, 0x00, ESC, 0x61, 0x01];
export const CUT = [GS, 0x56, 0x42, 0x00];
/** Asks when everything before it has been carried out. */
export const ASK_DONE = [GS, 0x72, 0x01];
export const TALL = [GS, 0x21, 0x01];
export const NORMAL = [GS, 0x21, 0x00];

const LEVELS: Readonly<Record<CodeLevel, number>> = { L: 48, M: 49, Q: 50, H: 51 };

/** Asks for a status byte that comes at once, whatever waits: 1 printer, 2 why it is off line, 4 paper. */
export function askStatus(which: 1 | 2 | 4): readonly number[] {
  return [DLE, 0x04, which];
}

/** How the printer reads the bytes of text that follow: in pairs, by a page of its own numbering, or as ASCII, which needs nothing. */
export function readTextAs(charset: WireCharset, codePage: number | undefined): readonly number[] {
  if (charset === 'gb18030' || charset === 'cp949') return [FS, 0x26];
  // Printers made for two-byte writings read in pairs until they are told not to.
  return codePage === undefined ? [] : [FS, 0x2e, ESC, 0x74, codePage];
}

/** One line of text; nothing in it acts. */
export function textLine(text: string, charset: WireCharset): readonly number[] {
  const bytes = textBytes(text, charset);
  invariant(!bytes.some((byte) => byte < 0x20 || byte === 0x7f), 'a line for the printer holds a byte that acts');
  return [...bytes, LF];
}

/** Feeds so many dots, at most 255. */
export function feed(dots: number): readonly number[] {
  return [ESC, 0x4a, Math.min(dots, 255)];
}

/** `GS ( k`, a function of the QR group. */
function qrFunction(id: number, ...rest: readonly number[]): readonly number[] {
  const length = 2 + rest.length;
  return [GS, 0x28, 0x6b, length & 0xff, length >> 8, 0x31, id, ...rest];
}

/** The printer draws the code itself: model 2, module size, level, the text, print (display reference 6.1). */
export function nativeCode(codeText: string, moduleDots: number, level: CodeLevel): readonly number[] {
  return [
    ...qrFunction(0x41, 0x32, 0x00),
    ...qrFunction(0x43, moduleDots),
    ...qrFunction(0x45, LEVELS[level]),
    ...qrFunction(0x50, 0x30, ...Buffer.from(codeText, 'latin1')),
    ...qrFunction(0x51, 0x30),
  ];
}

/**
 * Who has a QR generator says how large the symbol of a stored text would be, which prints nothing; whatever else a printer makes of these
 * bytes is dropped with its line. The question behind them tells when all of it is over.
 */
export const ASK_GENERATOR = [ESC, 0x40, ...qrFunction(0x50, 0x30, 0x31), ...qrFunction(0x52, 0x30), ...START, ...ASK_DONE];

/** A picture of the code in bands of at most `bandBytes` (one module row at least), each a command of its own (display reference 6.2). */
export function rasterCode(drawing: CodeDrawing, moduleDots: number, bandBytes: number): readonly (readonly number[])[] {
  const dots = drawing.matrix.size * moduleDots;
  const width = Math.ceil(dots / 8);
  const rowsPerBand = moduleDots * Math.max(1, Math.floor(bandBytes / (width * moduleDots)));
  const colourAt = pixelsOf(drawing, moduleDots);
  const bands: (readonly number[])[] = [];
  for (let from = 0; from < dots; from += rowsPerBand) {
    const height = Math.min(rowsPerBand, dots - from);
    const rows: number[] = [];
    for (let y = from; y < from + height; y += 1) rows.push(...dotRow((x) => isInk(colourAt(x, y)), dots));
    bands.push([GS, 0x76, 0x30, 0x00, width & 0xff, width >> 8, height & 0xff, height >> 8, ...rows]);
  }
  return bands;
}

/** One row of dots: a set bit is black, the highest bit is leftmost. */
function dotRow(isBlack: (dot: number) => boolean, dots: number): readonly number[] {
  const bytes = Array.from({ length: Math.ceil(dots / 8) }, () => 0);
  for (let dot = 0; dot < dots; dot += 1) {
    if (isBlack(dot)) bytes[dot >> 3] = (bytes[dot >> 3] ?? 0) | (0x80 >> (dot & 7));
  }
  return bytes;
}
