import type { DisplayDriver } from '#src/display/display-driver.js';
import type { Seeded } from '../support/seeded.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = '0123456789';
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).join('');

function text(random: Seeded, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[random.whole(0, alphabet.length - 1)]).join('');
}

/** The shapes in which order codes come (display reference 9.1). */
const SHAPES: readonly ((random: Seeded) => string)[] = [
  (random) => `https://qr.example/281010040${text(random, BASE64, random.whole(16, 33))}`,
  (random) => `HTTPS://QR.EXAMPLE/MPM/3/${text(random, BASE64, random.whole(100, 145))}`,
  (random) => `000201010212${text(random, DIGITS, random.whole(90, 280))}`,
];

/** A code as the upstream issues them. */
export function orderCode(random: Seeded): string {
  const shape = SHAPES[random.whole(0, SHAPES.length - 1)] ?? SHAPES[0];
  return shape === undefined ? '' : shape(random);
}

/**
 * Longer ones exist on no counter, and one of the readers cannot read them all: jsqr 1.4.0 looks for an alignment pattern of version 23
 * (1004 to 1091 bytes at level L) at 74 instead of 78.
 */
const LONGEST = 1_000;

/** Every other one as they come, every other one any printable text of 1 byte to the driver's limit; none that it refuses. */
export function randomCodes(count: number, driver: Pick<DisplayDriver, 'can' | 'refuses'>, random: Seeded): readonly string[] {
  const longest = Math.min(driver.can.longestCode, LONGEST);
  const codes: string[] = [];
  while (codes.length < count) {
    const code = codes.length % 2 === 0 ? orderCode(random) : text(random, PRINTABLE, random.whole(1, longest));
    if (driver.refuses(code) === undefined) codes.push(code);
  }
  return codes;
}
