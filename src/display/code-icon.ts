import { readFileSync, statSync } from 'node:fs';
import { PNG } from 'pngjs';

/** A picture for the middle of a symbol, opaque on white. */
export interface CodeIcon {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly pixels: Uint8Array;
}

/** Where an icon stands in a symbol: a light square of whole modules, of which the outermost ring stays free. */
export interface IconBox {
  /** Its first row and column. */
  readonly from: number;
  /** Modules a side, the ring included. */
  readonly side: number;
}

/** Limits for the file of an icon; what is larger is no icon, what is smaller no picture. */
const LARGEST_FILE = 256 * 1024;
const PIXELS = { least: 16, most: 1024 } as const;
const LONGEST_TO_SHORTEST = 1.25;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** End of the first chunk, which tells the size. */
const HEADER_BYTES = 33;

/**
 * Side of the box by version 1 to 40, 0 for none: at error correction H the largest square in the middle that covers at most 15 % of the
 * symbol (order-code reference 7.1) and spoils at most half of what the correction of any block repairs, so that scratches and glare keep
 * the other half. Smaller than 7 nothing can be made out. None of them reaches a finder, timing or format area.
 */
const BOX_SIDES =
  '0 0 0 7 9 13 11 13 15 17 17 19 15 25 15 21 29 21 31 27 27 35 35 35 39 41 41 41 45 43 45 43 51 45 47 45 55 49 47 61'
    .split(' ')
    .map(Number);

/** The place for an icon in a symbol of so many modules at level H; undefined where there is none. */
export function iconBox(modules: number): IconBox | undefined {
  const side = BOX_SIDES[(modules - 17) / 4 - 1] ?? 0;
  return side === 0 ? undefined : { from: (modules - side) / 2, side };
}

type Refused = { readonly refused: string };

function sizeRefusal(bytes: Buffer): string | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return 'is not a PNG';
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short < PIXELS.least || long > PIXELS.most) {
    return `has ${width} x ${height} pixels; an icon has ${PIXELS.least} to ${PIXELS.most} a side`;
  }
  return long > short * LONGEST_TO_SHORTEST ? `has ${width} x ${height} pixels; an icon is about as wide as high` : undefined;
}

/** Lays the picture on white, so that what is transparent is light. */
function onWhite({ width, height, data }: PNG): CodeIcon {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i += 1) {
    const alpha = (data[i * 4 + 3] ?? 255) / 255;
    for (let colour = 0; colour < 3; colour += 1) {
      pixels[i * 3 + colour] = Math.round((data[i * 4 + colour] ?? 0) * alpha + 255 * (1 - alpha));
    }
  }
  return { width, height, pixels };
}

/** Reads an icon from a PNG file, or says what is wrong with the file, as the end of a sentence that names it. */
export function readIcon(file: string): CodeIcon | Refused {
  try {
    if (statSync(file).size > LARGEST_FILE) return { refused: `is larger than ${LARGEST_FILE / 1024} KiB` };
    const bytes = readFileSync(file);
    const refused = sizeRefusal(bytes);
    return refused === undefined ? onWhite(PNG.sync.read(bytes)) : { refused };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'ENOENT') return { refused: 'does not exist' };
    return { refused: code === undefined ? 'cannot be read as a PNG' : `cannot be read (${code})` };
  }
}

/** The icon in a square of so many pixels a side, each the mean of what it covers; beside a picture that is not square it is white. */
export function scaledIcon(icon: CodeIcon, side: number): Uint8Array {
  const out = new Uint8Array(side * side * 3).fill(255);
  const scale = Math.max(icon.width, icon.height) / side;
  const left = (icon.width - side * scale) / 2;
  const top = (icon.height - side * scale) / 2;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const area = { left: left + x * scale, top: top + y * scale, scale };
      for (let colour = 0; colour < 3; colour += 1) out[(y * side + x) * 3 + colour] = mean(icon, area, colour);
    }
  }
  return out;
}

function mean(icon: CodeIcon, { left, top, scale }: { left: number; top: number; scale: number }, colour: number): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(top); y < Math.max(Math.floor(top) + 1, Math.ceil(top + scale)); y += 1) {
    for (let x = Math.floor(left); x < Math.max(Math.floor(left) + 1, Math.ceil(left + scale)); x += 1) {
      const inside = x >= 0 && y >= 0 && x < icon.width && y < icon.height;
      sum += inside ? (icon.pixels[(y * icon.width + x) * 3 + colour] ?? 255) : 255;
      count += 1;
    }
  }
  return Math.round(sum / count);
}
