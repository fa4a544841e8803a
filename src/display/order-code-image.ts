import { PNG } from 'pngjs';
import { create } from 'qrcode';

/** Error correction levels, strongest first. */
export const LEVELS = ['H', 'Q', 'M', 'L'] as const;

/** Error correction of a QR symbol; Q is the usual level of order codes, L and M are for codes that fit nowhere else (order-code reference 7.1). */
export type CodeLevel = (typeof LEVELS)[number];

/** A QR symbol without its quiet zone. `dark(row, column)` is false outside of it. */
export interface CodeMatrix {
  /** Modules per side. */
  readonly size: number;
  /** The level it really has. */
  readonly level: CodeLevel;
  dark(row: number, column: number): boolean;
}

/** The most a QR symbol holds, bytes (version 40 at level L). */
const LONGEST_CODE_BYTES = 2953;
/** Light modules around the symbol that readers need. */
export const QUIET_ZONE = 4;
const DEFAULT_PIXELS_PER_MODULE = 8;

/** The smallest symbol for a code at exactly this level; `undefined` when none holds it. */
export function codeMatrixAt(codeText: string, level: CodeLevel): CodeMatrix | undefined {
  if (codeText === '' || Buffer.byteLength(codeText) > LONGEST_CODE_BYTES) return undefined;
  try {
    const { modules } = create(codeText, { errorCorrectionLevel: level });
    const { size, data } = modules;
    const inside = (at: number) => at >= 0 && at < size;
    return { size, level, dark: (row, column) => inside(row) && inside(column) && data[row * size + column] === 1 };
  } catch {
    return undefined;
  }
}

/**
 * The smallest symbol for a code at `level` (default Q), or at the strongest weaker level where it fits at all. `undefined` for an empty
 * code and for one that no QR symbol holds: more than 2953 bytes of UTF-8.
 */
export function codeMatrix(codeText: string, level: CodeLevel = 'Q'): CodeMatrix | undefined {
  for (const one of LEVELS.slice(LEVELS.indexOf(level))) {
    const matrix = codeMatrixAt(codeText, one);
    if (matrix !== undefined) return matrix;
  }
  return undefined;
}

/**
 * Modules per side of the smallest symbol that holds these bytes at `level`, made by a device that knows no other mode than bytes: it
 * may need a version more than ours (display reference 10.1). `undefined` when none does.
 */
export function byteSymbolSize(codeText: string, level: CodeLevel): number | undefined {
  if (codeText === '' || Buffer.byteLength(codeText) > LONGEST_CODE_BYTES) return undefined;
  try {
    return create([{ data: Buffer.from(codeText), mode: 'byte' }], { errorCorrectionLevel: level }).modules.size;
  } catch {
    return undefined;
  }
}

/** Black on white with a quiet zone of 4 modules, one unit a module, to be scaled by whole numbers. */
export function codeSvg(matrix: CodeMatrix): string {
  const side = matrix.size + 2 * QUIET_ZONE;
  let path = '';
  for (let row = 0; row < matrix.size; row += 1) {
    for (let column = 0; column < matrix.size; column += 1) {
      if (!matrix.dark(row, column) || matrix.dark(row, column - 1)) continue;
      let width = 1;
      while (matrix.dark(row, column + width)) width += 1;
      path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h${width}v1h-${width}z`;
    }
  }
  const pixels = side * DEFAULT_PIXELS_PER_MODULE;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels}" height="${pixels}" viewBox="0 0 ${side} ${side}" ` +
    `shape-rendering="crispEdges"><rect width="${side}" height="${side}" fill="#fff"/><path fill="#000" d="${path}"/></svg>`
  );
}

/** The same as a PNG in greys, `pixelsPerModule` (whole, default 8) pixels a module. */
export function codePng(matrix: CodeMatrix, pixelsPerModule: number = DEFAULT_PIXELS_PER_MODULE): Buffer {
  const scale = Math.max(1, Math.floor(pixelsPerModule));
  const side = (matrix.size + 2 * QUIET_ZONE) * scale;
  const png = new PNG({ width: side, height: side, colorType: 0, inputColorType: 0, bitDepth: 8 });
  const grey = Buffer.alloc(side * side, 0xff);
  for (let y = 0; y < side; y += 1) {
    const row = Math.floor(y / scale) - QUIET_ZONE;
    for (let x = 0; x < side; x += 1) {
      if (matrix.dark(row, Math.floor(x / scale) - QUIET_ZONE)) grey[y * side + x] = 0;
    }
  }
  png.data = grey;
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 8 });
}
