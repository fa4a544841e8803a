import { PNG } from 'pngjs';
import type { GlassEmulator } from './glass-body.js';
import { createBitmap, pngOf } from './qr-bitmap.js';
import { CELL, drawText, textCells } from './small-font.js';

const SCALE = 2;
const MARGIN = 8;
const PAPER_GREY = 235;
const INK_GREY = 20;

/** The texts of a glass, one a line, in the order of their places. */
function textLines(glass: Pick<GlassEmulator, 'view'>): readonly string[] {
  const { texts } = glass.view();
  return Object.keys(texts)
    .toSorted()
    .map((place) => `${place}: ${texts[place]}`);
}

/**
 * What the glass shows as one PNG: its picture, and below it its texts by the names of their places, because only the device knows their
 * fonts; a box stands for each character beyond ASCII.
 */
export function glassFace(glass: Pick<GlassEmulator, 'view' | 'picture'>): Buffer {
  const picture = PNG.sync.read(glass.picture());
  const lines = textLines(glass);
  if (lines.length === 0) return glass.picture();
  const longest = Math.max(...lines.map(textCells));
  const width = Math.max(picture.width, longest * CELL.width * SCALE + 2 * MARGIN);
  const lineHeight = CELL.height * SCALE;
  const face = createBitmap(width, picture.height + lines.length * lineHeight + 2 * MARGIN, PAPER_GREY);
  for (let row = 0; row < picture.height; row += 1) {
    const from = row * picture.width * 4;
    face.pixels.set(picture.data.subarray(from, from + picture.width * 4), row * width * 4);
  }
  lines.forEach((line, index) => {
    drawText(face, line, { x: MARGIN, y: picture.height + MARGIN + index * lineHeight }, SCALE, INK_GREY);
  });
  return pngOf(face);
}
