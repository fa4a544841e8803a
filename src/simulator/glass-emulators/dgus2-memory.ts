/** Variables of a DGUS II panel: words of two bytes, the first character in the high byte (display reference 5.1, 5.3). */
export interface Dgus2Memory {
  write(vp: number, data: Buffer): void;
  read(vp: number, words: number): Buffer;
  page(): number;
  /** Percent, awake. */
  brightness(): number;
  /** What a QR control draws: up to the first word 0000 or FFFF, at most 458 bytes. */
  codeAt(vp: number): Buffer;
  /** What a text control draws: up to the first byte 00 or FF. */
  textAt(vp: number): Buffer;
  /** What a text control of two bytes a character draws: up to the first word 0000 or FFFF. */
  wordsAt(vp: number): Buffer;
  /** Power-on state. */
  clear(): void;
}

export interface Dgus2MemoryParts {
  readonly pages: number;
  /** Called with what shows another page, to be done when the panel gets to it. */
  readonly turn: (show: () => void) => void;
  readonly reset: () => void;
}

const BYTES = 0x20000;
const RESET_VP = 0x0004;
const VERSION_VP = 0x000f;
const PAGE_VP = 0x0014;
const BRIGHTNESS_VP = 0x0082;
const TURN_VP = 0x0084;
const VERSION = 0x4012;
const LONGEST_CODE = 458;
const FULL_LIGHT = 100;
const RESET_WORD = Buffer.from([0x55, 0xaa, 0x5a, 0xa5]);

function ends(byte: number | undefined): boolean {
  return byte === undefined || byte === 0x00 || byte === 0xff;
}

/** Fresh variables, all zero, page 0, full light. */
export function createDgus2Memory(parts: Dgus2MemoryParts): Dgus2Memory {
  const bytes = Buffer.alloc(BYTES);

  function act(vp: number, data: Buffer): void {
    if (vp === RESET_VP && data.equals(RESET_WORD)) parts.reset();
    if (vp !== TURN_VP || data.length < 4 || data[0] !== 0x5a || data[1] !== 0x01) return;
    const page = data.readUInt16BE(2);
    if (page < parts.pages) parts.turn(() => bytes.writeUInt16BE(page, 2 * PAGE_VP));
  }

  function clear(): void {
    bytes.fill(0);
    bytes.writeUInt16BE(VERSION, 2 * VERSION_VP);
    bytes[2 * BRIGHTNESS_VP] = FULL_LIGHT;
  }

  clear();
  return {
    clear,
    write(vp, data) {
      data.copy(bytes, 2 * vp);
      act(vp, data);
    },
    read: (vp, words) =>
      Buffer.concat([bytes.subarray(2 * vp, 2 * (vp + words)), Buffer.alloc(2 * words)]).subarray(0, 2 * words),
    page: () => bytes.readUInt16BE(2 * PAGE_VP),
    brightness: () => Math.min(bytes[2 * BRIGHTNESS_VP] ?? 0, FULL_LIGHT),
    codeAt(vp) {
      const area = bytes.subarray(2 * vp, 2 * vp + LONGEST_CODE);
      let end = 0;
      while (end < area.length && !(ends(area[end]) && area[end] === area[end + 1])) end += 2;
      const content = area.subarray(0, Math.min(end, area.length));
      return Buffer.from(content.at(-1) === 0 ? content.subarray(0, -1) : content);
    },
    wordsAt(vp) {
      let end = 2 * vp;
      while (end < BYTES && !(ends(bytes[end]) && bytes[end] === bytes[end + 1])) end += 2;
      return Buffer.from(bytes.subarray(2 * vp, end));
    },
    textAt(vp) {
      let end = 2 * vp;
      while (!ends(bytes[end])) end += 1;
      return Buffer.from(bytes.subarray(2 * vp, end));
    },
  };
}
