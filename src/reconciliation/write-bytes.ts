/** Writes a whole number; gives the place behind it. */
export function writeDigits(out: Buffer, at: number, number: number): number {
  let digits = 1;
  for (let scale = 10; scale <= number; scale *= 10) digits += 1;
  let rest = number;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const tenth = Math.floor(rest / 10);
    out[place] = 0x30 + rest - 10 * tenth;
    rest = tenth;
  }
  return at + digits;
}

const HEX = Buffer.from('0123456789abcdef');

export function writeHex(out: Buffer, at: number, number: number, digits: number): number {
  for (let place = 0; place < digits; place += 1) out[at + place] = HEX[(number >>> (4 * (digits - 1 - place))) & 15] as number;
  return at + digits;
}

export function writeBytes(out: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  const shift = at - from;
  for (let index = from; index < to; index += 1) out[index + shift] = bytes[index] as number;
  return to + shift;
}
