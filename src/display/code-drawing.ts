import { PNG } from 'pngjs';
import { type CodeIcon, type IconBox, iconBox, scaledIcon } from './code-icon.js';
import { type CodeLevel, type CodeMatrix, codeMatrixAt, LEVELS, QUIET_ZONE } from './order-code-image.js';

/** A symbol as this bridge draws it, with an icon in its middle or without. */
export interface CodeDrawing {
  readonly matrix: CodeMatrix;
  readonly icon: { readonly picture: CodeIcon; readonly box: IconBox } | null;
}

/** How codes are to be drawn on one surface. */
export interface DrawingWish {
  /** Error correction without an icon; left out: Q. */
  readonly ecc?: CodeLevel | undefined;
  readonly icon?: CodeIcon | undefined;
}

const USUAL_LEVEL: CodeLevel = 'Q';

/**
 * The ways to draw a code, best first: at level H with the icon, where one is wanted and has room; then without it at the wanted level and
 * each weaker one. Empty when no symbol holds the code.
 */
export function* codeDrawings(codeText: string, { ecc = USUAL_LEVEL, icon }: DrawingWish): Generator<CodeDrawing> {
  const strong = icon === undefined ? undefined : codeMatrixAt(codeText, 'H');
  if (icon !== undefined && strong !== undefined) {
    const box = iconBox(strong.size);
    yield { matrix: strong, icon: box === undefined ? null : { picture: icon, box } };
  }
  for (const level of LEVELS.slice(LEVELS.indexOf(ecc))) {
    const matrix = codeMatrixAt(codeText, level);
    if (matrix !== undefined) yield { matrix, icon: null };
  }
}

/** What became of a wanted icon. */
export function iconIn(drawing: CodeDrawing | null, icon: CodeIcon | undefined): 'none' | 'drawn' | 'leftOut' {
  if (icon === undefined) return 'none';
  return drawing?.icon === null || drawing === null ? 'leftOut' : 'drawn';
}

/** Red, green and blue. */
export type Colour = readonly [red: number, green: number, blue: number];

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];

/** The colour of each pixel of a drawing at so many whole pixels a module; white around the symbol. */
export function pixelsOf({ matrix, icon }: CodeDrawing, pixelsPerModule: number): (x: number, y: number) => Colour {
  const module = (at: number) => Math.floor(at / pixelsPerModule);
  const plain = (x: number, y: number) => (matrix.dark(module(y), module(x)) ? BLACK : WHITE);
  if (icon === null) return plain;
  const { from, side } = icon.box;
  const inner = (side - 2) * pixelsPerModule;
  const picture = scaledIcon(icon.picture, inner);
  const isInBox = (at: number) => module(at) >= from && module(at) < from + side;
  return (x, y) => {
    if (!isInBox(x) || !isInBox(y)) return plain(x, y);
    const [column, row] = [x - (from + 1) * pixelsPerModule, y - (from + 1) * pixelsPerModule];
    if (column < 0 || row < 0 || column >= inner || row >= inner) return WHITE;
    const at = (row * inner + column) * 3;
    return [picture[at] ?? 255, picture[at + 1] ?? 255, picture[at + 2] ?? 255];
  };
}

/** Whether a device without colours draws this one black. */
export function isInk([red, green, blue]: Colour): boolean {
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

/** A drawing with its margin as a PNG, so many whole pixels a module. */
export function drawingPng(drawing: CodeDrawing, pixelsPerModule: number): Buffer {
  const margin = QUIET_ZONE * pixelsPerModule;
  const side = drawing.matrix.size * pixelsPerModule + 2 * margin;
  const colourAt = pixelsOf(drawing, pixelsPerModule);
  const png = new PNG({ width: side, height: side, colorType: 2 });
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) png.data.set([...colourAt(x - margin, y - margin), 255], (y * side + x) * 4);
  }
  return PNG.sync.write(png, { colorType: 2 });
}
