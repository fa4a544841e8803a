import { type Bitmap, createBitmap, fillRectangle, type QrLevel, qrSymbol, readBitmap } from './qr-bitmap.js';

/** One piece of paper between two cuts; a piece that is not cut yet is the last one. */
export interface Slip {
  readonly lines: readonly string[];
  /** Texts of the codes that the printer drew itself. */
  readonly drawn: readonly string[];
  /** A picture was printed; what it says only a camera can tell. */
  readonly hasPicture: boolean;
  readonly isCut: boolean;
  bitmap(): Bitmap;
}

/** What the printer was told to draw. */
export interface QrOrder {
  readonly bytes: Buffer;
  readonly level: QrLevel;
  readonly moduleDots: number;
}

/** Paper as it leaves the print head. Numbers that are returned are dots that were fed: they take time. */
export interface Paper {
  text(line: string): number;
  feed(dots: number): number;
  /** A symbol, centred; 0 dots and no word about it when it is wider than the paper. */
  symbol(order: QrOrder): number;
  /** One row of a picture, the highest bit leftmost. */
  rasterRow(row: Buffer): number;
  cut(): void;
  align(place: number): void;
  slips(): readonly Slip[];
}

interface Blot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Piece {
  readonly lines: string[];
  readonly drawn: string[];
  readonly blots: Blot[];
  height: number;
  hasPicture: boolean;
  isCut: boolean;
}

const LINE_DOTS = 30;
const WHITE = 255;
const CENTRE = 1;
const MOST_SLIPS = 200;

function newPiece(): Piece {
  return { lines: [], drawn: [], blots: [], height: 0, hasPicture: false, isCut: false };
}

const isBlank = (piece: Piece) => piece.height === 0 && piece.lines.length === 0;

function draw(piece: Piece, width: number): Bitmap {
  const bitmap = createBitmap(width, Math.max(piece.height, 1), WHITE);
  for (const blot of piece.blots) fillRectangle(bitmap, blot, 0);
  return bitmap;
}

function slipOf(piece: Piece, width: number): Slip {
  const { lines, drawn, hasPicture, isCut } = piece;
  return { lines: [...lines], drawn: [...drawn], hasPicture, isCut, bitmap: () => draw(piece, width) };
}

/** Runs of black dots of one row of a picture. */
function runs(row: Buffer, left: number, y: number, width: number): Blot[] {
  const out: Blot[] = [];
  const isBlack = (dot: number) => ((row[dot >> 3] ?? 0) & (0x80 >> (dot & 7))) !== 0;
  for (let dot = 0; dot < row.length * 8; dot += 1) {
    if (!isBlack(dot)) continue;
    const from = dot;
    while (dot + 1 < row.length * 8 && isBlack(dot + 1)) dot += 1;
    const x = left + from;
    const wide = Math.min(dot - from + 1, width - x);
    if (wide > 0) out.push({ x, y, width: wide, height: 1 });
  }
  return out;
}

/** Endless paper of so many dots a line. */
export function createPaper(width: number): Paper {
  const pieces: Piece[] = [newPiece()];
  let place = 0;
  const current = (): Piece => pieces.at(-1) ?? newPiece();
  const leftFor = (dots: number) => (place === CENTRE ? Math.max(0, Math.floor((width - dots) / 2)) : 0);

  function feed(dots: number): number {
    current().height += dots;
    return dots;
  }

  return {
    text(line) {
      current().lines.push(line);
      return feed(LINE_DOTS);
    },
    feed,
    symbol({ bytes, level, moduleDots }) {
      const symbol = qrSymbol(bytes, level);
      const side = (symbol?.size ?? 0) * moduleDots;
      if (symbol === undefined || side > width) return 0;
      const piece = current();
      const left = leftFor(side);
      for (let row = 0; row < symbol.size; row += 1) {
        for (let column = 0; column < symbol.size; column += 1) {
          if (!symbol.dark(row, column)) continue;
          piece.blots.push({
            x: left + column * moduleDots,
            y: piece.height + row * moduleDots,
            width: moduleDots,
            height: moduleDots,
          });
        }
      }
      piece.drawn.push(bytes.toString('utf8'));
      return feed(side);
    },
    rasterRow(row) {
      const piece = current();
      piece.blots.push(...runs(row, leftFor(row.length * 8), piece.height, width));
      piece.hasPicture = true;
      return feed(1);
    },
    cut() {
      if (isBlank(current())) return;
      current().isCut = true;
      pieces.push(newPiece());
      if (pieces.length > MOST_SLIPS) pieces.shift();
    },
    align(next) {
      place = next;
    },
    slips: () => pieces.filter((piece) => !isBlank(piece)).map((piece) => slipOf(piece, width)),
  };
}

/** The code on a piece of paper: as the printer was told, else as a camera reads it. */
export function codeOn(slip: Slip | undefined): string | null {
  if (slip === undefined) return null;
  return slip.drawn.at(-1) ?? (slip.hasPicture && slip.isCut ? readBitmap(slip.bitmap()) : null);
}
