import type { DeviceEvent, DeviceParser, Verdict } from '../display-driver.js';

/**
 * What one byte of a printer is (display reference 6.3): `status` answers a question that jumps the queue, `done` one that does not,
 * `automatic` begins a status that nobody asked for, `flow` is XON or XOFF.
 */
export type PrinterByte = 'status' | 'done' | 'automatic' | 'flow' | 'other';

function kindOf(byte: number): PrinterByte {
  if (byte === 0x11 || byte === 0x13) return 'flow';
  if ((byte & 0x93) === 0x12) return 'status';
  if ((byte & 0x93) === 0x10) return 'automatic';
  return (byte & 0x90) === 0 ? 'done' : 'other';
}

/** Every byte is a message of its own: automatic status, which takes four, is switched off by the driver. */
export function createPrinterParser(): DeviceParser {
  return { push: (bytes) => [...bytes].map((byte) => ({ kind: kindOf(byte), bytes: Uint8Array.of(byte) })) };
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
