import type { Bitmap } from './qr-bitmap.js';

/** Columns of 7 dots and a descender, lowest bit on top, for the characters 20h to 7Eh; five columns each. */
const GLYPHS = Buffer.from(
  [
    '0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300 001c224100 0041221c00',
    '2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402 3e5149453e 00427f4000 7249494946 2141494d33',
    '1814127f10 2745454539 3c4a494931 4121110907 3649494936 464949291e 0000140000 0040340000 0008142241 1414141414',
    '0041221408 0201590906 3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173',
    '7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e',
    '7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f 6314081463 0304780403 6159494d43 007f414141',
    '0204081020 004141417f 0402010204 4040404040 0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418',
    '00087e0902 18a4a49c78 7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438',
    'fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c 4428102844 4c9090907c',
    '4464544c44 0008364100 0000770000 0041360800 0201020402',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

const COLUMNS = 5;
const ROWS = 8;
const FIRST = 0x20;
const LAST = 0x7e;

/** Width and height of one character cell at scale 1, pixels. */
export const CELL = { width: COLUMNS + 1, height: ROWS + 2 } as const;

/** Chinese and Korean characters and their signs stand in two cells. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
/** Stands above or below the character before it. */
const MARK = /\p{M}/u;

function cellsOf(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** How many cells a text takes. */
export function textCells(text: string): number {
  return [...text].reduce((sum, character) => sum + cellsOf(character), 0);
}

/**
 * Writes a line of text in a grey (0 to 255) at `x`, `y`, each dot `scale` pixels wide; what does not fit is cut. The font is ASCII: in the
 * place of any other character stands a box.
 */
export function drawText(
  bitmap: Bitmap,
  text: string,
  at: { readonly x: number; readonly y: number },
  scale: number,
  grey: number,
): void {
  let cell = 0;
  for (const character of text) {
    const cells = cellsOf(character);
    for (const [column, dots] of columnsOf(character, cells).entries()) {
      for (let row = 0; row < ROWS; row += 1) {
        if (((dots >> row) & 1) === 0) continue;
        drawDot(bitmap, at.x + (cell * CELL.width + column) * scale, at.y + row * scale, scale, grey);
      }
    }
    cell += cells;
  }
}

/** Columns of dots of one character. */
function columnsOf(character: string, cells: number): readonly number[] {
  const code = character.codePointAt(0) ?? 0;
  if (code >= FIRST && code <= LAST) return [...GLYPHS.subarray((code - FIRST) * COLUMNS, (code - FIRST + 1) * COLUMNS)];
  const width = cells * CELL.width - 1;
  return Array.from({ length: Math.max(width, 0) }, (_, column) => (column === 0 || column === width - 1 ? 0x7f : 0x41));
}

function drawDot({ width, height, pixels }: Bitmap, left: number, top: number, scale: number, grey: number): void {
  for (let y = top; y < Math.min(top + scale, height); y += 1) {
    for (let x = left; x < Math.min(left + scale, width); x += 1) pixels.fill(grey, (y * width + x) * 4, (y * width + x) * 4 + 3);
  }
}
