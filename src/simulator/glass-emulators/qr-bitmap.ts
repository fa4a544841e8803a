import jsqr, { type QRCode } from 'jsqr';
import { PNG } from 'pngjs';
import qrcode from 'qrcode';

/** Error correction levels of display reference 10.1. */
export type QrLevel = 'L' | 'M' | 'Q' | 'H';

/** Dark and light modules, row by row; `true` is dark. */
export interface QrSymbol {
  readonly size: number;
  readonly dark: (row: number, column: number) => boolean;
}

/** Opaque RGBA pixels. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

const QUIET_MODULES = 4;

/**
 * The symbol that a device's own generator makes of a text: bytes as they are, in the smallest version or the one it is fixed to;
 * `undefined` when they do not fit.
 */
export function qrSymbol(bytes: Uint8Array, level: QrLevel, version?: number): QrSymbol | undefined {
  if (bytes.length === 0) return undefined;
  try {
    const { modules } = qrcode.create([{ data: Uint8ClampedArray.from(bytes), mode: 'byte' }], {
      errorCorrectionLevel: level,
      ...(version === undefined ? {} : { version }),
    });
    return { size: modules.size, dark: (row, column) => modules.get(row, column) !== 0 };
  } catch {
    return undefined;
  }
}

export function createBitmap(width: number, height: number, grey: number): Bitmap {
  const bitmap = { width, height, pixels: new Uint8ClampedArray(width * height * 4) };
  fillRectangle(bitmap, { x: 0, y: 0, width, height }, grey);
  return bitmap;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Fills an area with one grey, 0 black to 255 white. */
export function fillRectangle(bitmap: Bitmap, area: Rectangle, grey: number): void {
  for (let y = area.y; y < area.y + area.height; y += 1) {
    const from = (y * bitmap.width + area.x) * 4;
    bitmap.pixels.fill(grey, from, from + area.width * 4);
    for (let x = 0; x < area.width; x += 1) bitmap.pixels[from + x * 4 + 3] = 255;
  }
}

/**
 * Draws a symbol into a white area, as large as whole pixels allow or `fixedScale` pixels a module, quiet zone included; false when the area
 * is too small for it.
 */
export function drawSymbol(bitmap: Bitmap, area: Rectangle, symbol: QrSymbol, fixedScale?: number): boolean {
  fillRectangle(bitmap, area, 255);
  const largest = Math.floor(Math.min(area.width, area.height) / (symbol.size + 2 * QUIET_MODULES));
  const scale = fixedScale ?? largest;
  if (scale < 1 || scale > largest) return false;
  const left = area.x + Math.floor((area.width - symbol.size * scale) / 2);
  const top = area.y + Math.floor((area.height - symbol.size * scale) / 2);
  for (let row = 0; row < symbol.size; row += 1) {
    for (let column = 0; column < symbol.size; column += 1) {
      if (!symbol.dark(row, column)) continue;
      fillRectangle(bitmap, { x: left + column * scale, y: top + row * scale, width: scale, height: scale }, 0);
    }
  }
  return true;
}

function found({ pixels, width, height }: Bitmap): QRCode | null {
  // jsqr is a CommonJS module; Node hands its default export over inside another one.
  const read = typeof jsqr === 'function' ? jsqr : (jsqr as { default: typeof import('jsqr').default }).default;
  return read(pixels, width, height);
}

/** What a phone would read off a bitmap, or null. */
export function readBitmap(bitmap: Bitmap): string | null {
  return found(bitmap)?.data ?? null;
}

/** Modules a side of a symbol of version 0, and how many each version adds. */
const VERSION_0_SIZE = 17;
const MODULES_PER_VERSION = 4;

/** The symbol that a phone finds on a bitmap, module by module as it is drawn there; null where it finds none. */
export function symbolOn(bitmap: Bitmap): QrSymbol | null {
  const code = found(bitmap);
  if (code === null) return null;
  const size = VERSION_0_SIZE + MODULES_PER_VERSION * code.version;
  const { topLeftCorner: from, topRightCorner, bottomLeftCorner } = code.location;
  const step = { x: (topRightCorner.x - from.x) / size, y: (bottomLeftCorner.y - from.y) / size };
  const greyAt = (row: number, column: number) => {
    const x = Math.floor(from.x + (column + 0.5) * step.x);
    const y = Math.floor(from.y + (row + 0.5) * step.y);
    return bitmap.pixels[(y * bitmap.width + x) * 4] ?? 255;
  };
  return { size, dark: (row, column) => greyAt(row, column) < 128 };
}

/** What a phone would read off a PNG, or null. */
export function readPng(file: Buffer): string | null {
  const { width, height, data } = PNG.sync.read(file);
  return readBitmap({ width, height, pixels: new Uint8ClampedArray(data) });
}

export function pngOf({ pixels, width, height }: Bitmap): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return PNG.sync.write(png);
}
