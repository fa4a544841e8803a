import type { DeviceEvent, DeviceParser, Verdict } from '../display-driver.js';

/**
 * What one byte of a printer is (display reference 6.3): `status` answers a question that jumps the queue, `done` one that does not,
 * `automatic` begins a status that nobody asked for, `flow` is XON or XOFF,
 * `size` is the whole answer to how large a symbol would be.
 */
export type PrinterByte = 'status' | 'done' | 'automatic' | 'flow' | 'other' | 'size';

function kindOf(byte: number): PrinterByte {
  if (byte === 0x11 || byte === 0x13) return 'flow';
  if ((byte & 0x93) === 0x12) return 'status';
  if ((byte & 0x93) === 0x10) return 'automatic';
  return (byte & 0x90) === 0 ? 'done' : 'other';
}

/** `7` `6`, then figures and separators up to a NUL (display reference 6.1); no status byte is a `7`. */
const SIZE = [0x37, 0x36] as const;
/** Two sizes of five figures, two single figures, three separators, head and end. */
const LONGEST_SIZE = 2 + 2 * 5 + 2 + 3 + 1;
const SHORTEST_SIZE = LONGEST_SIZE - 2 * 4;

const isFigure = (byte: number) => (byte >= 0x30 && byte <= 0x39) || byte === 0x1f;

/**
 * Every byte is a message of its own, but for the size of a symbol: automatic status, which takes four, is switched off by the driver. What
 * began like a size and is none is dropped.
 */
export function createPrinterParser(): DeviceParser {
  let size: number[] = [];
  function take(byte: number): readonly DeviceEvent[] {
    const single = { kind: kindOf(byte), bytes: Uint8Array.of(byte) };
    const next = SIZE[size.length];
    const isNext = next === undefined ? isFigure(byte) && size.length < LONGEST_SIZE : byte === next;
    if (isNext) {
      size.push(byte);
      return [];
    }
    if (size.length === 0 || single.kind === 'flow') return [single];
    const whole = [...size, byte];
    size = byte === SIZE[0] ? [byte] : [];
    if (byte === 0 && whole.length >= SHORTEST_SIZE) return [{ kind: 'size', bytes: Uint8Array.from(whole) }];
    return size.length > 0 ? [] : [single];
  }
  return { push: (bytes) => [...bytes].flatMap(take) };
}

const bitsOf = (event: DeviceEvent) => event.bytes[0] ?? 0;

/** Any status will do: the printer is there. */
export const isThere = (event: DeviceEvent): Verdict => (event.kind === 'status' ? 'yes' : 'ignore');

/** The answer to "why are you off line": cover, paper, error. */
export const isOnline = (event: DeviceEvent): Verdict => {
  if (event.kind !== 'status') return 'ignore';
  if ((bitsOf(event) & 0x04) !== 0) return { refused: 'its cover is open' };
  if ((bitsOf(event) & 0x20) !== 0) return { refused: 'it has no paper' };
  return (bitsOf(event) & 0x40) === 0 ? 'yes' : { refused: 'it reports an error' };
};

/** The answer of the paper sensors. */
export const hasPaper = (event: DeviceEvent): Verdict => {
  if (event.kind !== 'status') return 'ignore';
  return (bitsOf(event) & 0x60) === 0 ? 'yes' : { refused: 'it has no paper' };
};

/** The answer that comes when everything before the question is printed; it also tells of the paper, which is asked about before each slip. */
export const isPrinted = (event: DeviceEvent): Verdict => (event.kind === 'done' ? 'yes' : 'ignore');
