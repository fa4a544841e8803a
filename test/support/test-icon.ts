import { PNG } from 'pngjs';
import type { CodeIcon } from '#src/display/code-icon.js';

/** Pictures nobody owns, for the middle of a code. */
export type TestIcon = 'plus' | 'dark' | 'light' | 'stripes' | 'chequered';

const SIZE = 64;

/** Whether a dot of the picture is dark; x and y from 0 to 1. */
const SHAPES: Readonly<Record<TestIcon, (x: number, y: number) => boolean>> = {
  plus: (x, y) => Math.abs(x - 0.5) < 0.15 || Math.abs(y - 0.5) < 0.15,
  dark: () => true,
  light: () => false,
  stripes: (x, y) => Math.floor((x + y) * 6) % 2 === 0,
  chequered: (x, y) => (Math.floor(x * 9) + Math.floor(y * 9)) % 2 === 0,
};

/** One of the pictures, read. */
export function testIcon(shape: TestIcon = 'plus'): CodeIcon {
  const { data } = PNG.sync.read(iconPng(shape));
  const pixels = new Uint8Array(SIZE * SIZE * 3).fill(255);
  for (let i = 0; i < SIZE * SIZE; i += 1) if (data[i * 4 + 3] === 255) pixels.set(data.subarray(i * 4, i * 4 + 3), i * 3);
  return { width: SIZE, height: SIZE, pixels };
}

/** A PNG of one of the pictures, dark blue on nothing. */
export function iconPng(
  shape: TestIcon = 'plus',
  size: { readonly width: number; readonly height: number } = { width: SIZE, height: SIZE },
): Buffer {
  const png = new PNG(size);
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const isDark = SHAPES[shape]((x + 0.5) / size.width, (y + 0.5) / size.height);
      png.data.set(isDark ? [10, 30, 120, 255] : [0, 0, 0, 0], (y * size.width + x) * 4);
    }
  }
  return PNG.sync.write(png);
}
