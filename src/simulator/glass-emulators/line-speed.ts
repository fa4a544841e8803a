/** Start bit, eight data bits, stop bit; the lowest data bit travels first. */
const FRAME_BITS = 10;
const STOP_BIT = 9;

/** The level of the line `at` so many bits of the sender after the first start bit; an idle line is high. */
function levelAt(bytes: Uint8Array, at: number): 0 | 1 {
  const byte = bytes[Math.floor(at / FRAME_BITS)];
  const bit = Math.floor(at) % FRAME_BITS;
  if (byte === undefined || bit === STOP_BIT) return 1;
  return bit === 0 || ((byte >> (bit - 1)) & 1) === 0 ? 0 : 1;
}

/** The first whole bit of the sender from `at` on at which the line has that level; undefined when there is none. */
function nextLevel(bytes: Uint8Array, at: number, level: 0 | 1): number | undefined {
  const end = bytes.length * FRAME_BITS;
  if (at < end && levelAt(bytes, at) === level) return at;
  for (let bit = Math.floor(at) + 1; bit < end; bit += 1) if (levelAt(bytes, bit) === level) return bit;
  return level === 1 ? Math.max(at, end) : undefined;
}

/**
 * What a receiver at one speed (bits per second) makes of bytes that were sent at another: it begins at each falling edge, looks into the
 * middle of its own bits, and after a missing stop bit waits until the line is high again. Speeds that are nearly the same understand each other.
 */
export function heardAtSpeed(bytes: Uint8Array, sentAt: number, heardAt: number): Buffer {
  if (sentAt === heardAt || sentAt <= 0 || heardAt <= 0) return Buffer.from(bytes);
  const mine = sentAt / heardAt;
  const heard: number[] = [];
  let start = nextLevel(bytes, 0, 0);
  while (start !== undefined) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) byte |= levelAt(bytes, start + (bit + 1.5) * mine) << bit;
    const isStart = levelAt(bytes, start + 0.5 * mine) === 0;
    const stop = start + (STOP_BIT + 0.5) * mine;
    if (isStart) heard.push(byte);
    // A glitch that is too short to be a start bit is passed over.
    const high = nextLevel(bytes, isStart ? stop : start, 1);
    start = high === undefined ? undefined : nextLevel(bytes, high, 0);
  }
  return Buffer.from(heard);
}
