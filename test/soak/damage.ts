import type { Bitmap } from '#src/simulator/glass-emulators/qr-bitmap.js';
import type { Seeded } from '../support/seeded.js';

/** What glass and paper go through at a counter. */
export interface Damage {
  readonly name: string;
  /** A damaged copy; the same choices damage the same way. */
  spoil(picture: Bitmap, moduleDots: number, random: Seeded): Bitmap;
}

const SCRATCHES = 4;
const CHANNELS = 4;

function copyOf({ width, height, pixels }: Bitmap): Bitmap {
  return { width, height, pixels: Uint8ClampedArray.from(pixels) };
}

function paintDot({ width, height, pixels }: Bitmap, x: number, y: number, grey: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  pixels.fill(grey, (y * width + x) * CHANNELS, (y * width + x) * CHANNELS + 3);
}

/** Straight lines up to half the picture long and a third of a module wide, light as worn print or dark as dirt. */
function scratched(picture: Bitmap, moduleDots: number, random: Seeded): Bitmap {
  const copy = copyOf(picture);
  const { width, height } = copy;
  const wide = Math.max(1, Math.round(moduleDots / 3));
  for (let scratch = 0; scratch < SCRATCHES; scratch += 1) {
    const grey = random.chance(0.5) ? 255 : 0;
    const start = { x: random.whole(0, width - 1), y: random.whole(0, height - 1) };
    const end = { x: start.x + random.whole(-width, width) / 2, y: start.y + random.whole(-height, height) / 2 };
    const steps = Math.max(Math.abs(end.x - start.x), Math.abs(end.y - start.y), 1);
    for (let step = 0; step <= steps; step += 1) {
      const x = Math.round(start.x + ((end.x - start.x) * step) / steps);
      const y = Math.round(start.y + ((end.y - start.y) * step) / steps);
      for (let dx = 0; dx < wide; dx += 1) for (let dy = 0; dy < wide; dy += 1) paintDot(copy, x + dx, y + dy, grey);
    }
  }
  return copy;
}

/** The mean of a window along one direction, three times: close to a lens that is out of focus. */
function blurredAlong(grey: Float64Array, width: number, height: number, radius: number, stride: 'row' | 'column'): Float64Array {
  const out = new Float64Array(grey.length);
  const [lines, length] = stride === 'row' ? [height, width] : [width, height];
  const at = (line: number, place: number) => (stride === 'row' ? line * width + place : place * width + line);
  for (let line = 0; line < lines; line += 1) {
    for (let place = 0; place < length; place += 1) {
      let sum = 0;
      for (let off = -radius; off <= radius; off += 1) {
        sum += grey[at(line, Math.min(Math.max(place + off, 0), length - 1))] ?? 0;
      }
      out[at(line, place)] = sum / (2 * radius + 1);
    }
  }
  return out;
}

/** Out of focus: black and white run into each other over most of a module. */
function blurred(picture: Bitmap, moduleDots: number, _random: Seeded): Bitmap {
  const { width, height } = picture;
  const radius = Math.max(1, Math.round(moduleDots / 4));
  let grey: Float64Array = Float64Array.from({ length: width * height }, (_, i) => picture.pixels[i * CHANNELS] ?? 0);
  for (let pass = 0; pass < 3; pass += 1) {
    grey = blurredAlong(blurredAlong(grey, width, height, radius, 'row'), width, height, radius, 'column');
  }
  const copy = copyOf(picture);
  grey.forEach((value, i) => {
    copy.pixels.fill(Math.round(value), i * CHANNELS, i * CHANNELS + 3);
  });
  return copy;
}

/** What is done to pictures, from nothing to everything. */
export const DAMAGES: readonly Damage[] = [
  { name: 'none', spoil: (picture) => picture },
  { name: `${SCRATCHES} scratches`, spoil: scratched },
  { name: 'blur', spoil: blurred },
  { name: 'scratches and blur', spoil: (picture, dots, random) => blurred(scratched(picture, dots, random), dots, random) },
];
