import type { DeviceEvent, DeviceParser } from '../display-driver.js';

const HEADER = [0x5a, 0xa5] as const;
const WRITE = 0x82;
const READ = 0x83;
const CRC_BYTES = 2;
const HIGHEST_READ_WORDS = 0x7d;

/** CRC-16/MODBUS, low byte first: over command and data, never over header and length. */
function crcOf(bytes: readonly number[] | Uint8Array): readonly [low: number, high: number] {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return [crc & 0xff, crc >> 8];
}

function frame(command: number, data: readonly number[], crc: boolean): Uint8Array {
  const body = [command, ...data];
  const whole = crc ? [...body, ...crcOf(body)] : body;
  return Uint8Array.from([...HEADER, whole.length, ...whole]);
}

const address = (vp: number) => [vp >> 8, vp & 0xff];

/** Writes bytes into the panel's variables from word address `vp` on; at most 240 bytes (display reference 5.1, 5.3). */
export function writeFrame(vp: number, data: readonly number[] | Uint8Array, crc: boolean): Uint8Array {
  return frame(WRITE, [...address(vp), ...data], crc);
}

/** Asks for `words` words from word address `vp` on; at most 125. */
export function readFrame(vp: number, words: number, crc: boolean): Uint8Array {
  return frame(READ, [...address(vp), words], crc);
}

/** What a frame of kind `words` brings, or undefined for another one. A touch on the panel sends the same kind by itself. */
export function wordsIn(event: DeviceEvent): { readonly vp: number; readonly data: Uint8Array } | undefined {
  if (event.kind !== 'words') return undefined;
  const [, , , , high = 0, low = 0, words = 0] = event.bytes;
  return { vp: (high << 8) | low, data: event.bytes.subarray(7, 7 + 2 * words) };
}

type Start = { readonly kind: 'ack' | 'words'; readonly length: number } | 'more' | 'garbage';

/** Whether byte `i` of an acknowledgement or of words can stand there; it gives a header that is none away early. */
function fits(buffer: Uint8Array, i: number, tail: number): boolean {
  const byte = buffer[i] ?? 0;
  const length = buffer[2] ?? 0;
  const isAck = buffer[3] === WRITE;
  switch (i) {
    case 0:
    case 1:
      return byte === HEADER[i];
    case 2:
      return byte === 3 + tail || (byte >= 6 + tail && (byte - tail) % 2 === 0);
    case 3:
      return byte === (length === 3 + tail ? WRITE : READ);
    case 4:
      return !isAck || byte === 0x4f;
    case 5:
      return !isAck || byte === 0x4b;
    case 6:
      return isAck || (byte <= HIGHEST_READ_WORDS && length === 4 + tail + 2 * byte);
    default:
      return true;
  }
}

function messageAtStart(buffer: Uint8Array, crc: boolean): Start {
  const tail = crc ? CRC_BYTES : 0;
  const length = 3 + (buffer[2] ?? 0);
  for (let i = 0; i < Math.min(buffer.length, 7); i += 1) {
    if (i >= 3 && i >= length) break;
    if (!fits(buffer, i, tail)) return 'garbage';
  }
  if (buffer.length < 3 || buffer.length < length) return 'more';
  if (crc) {
    const [low, high] = crcOf(buffer.subarray(3, length - CRC_BYTES));
    if (buffer[length - 2] !== low || buffer[length - 1] !== high) return 'garbage';
  }
  return { kind: buffer[3] === WRITE ? 'ack' : 'words', length };
}

/**
 * Cuts what a DGUS II panel sends into acknowledgements (`ack`) and words that were read or touched (`words`), by length and, where the
 * panel is set to it, checksum: a header may stand inside of data.
 */
export function createDgus2Parser(crc: boolean): DeviceParser {
  let buffer = new Uint8Array(0);
  return {
    push(bytes) {
      buffer = Buffer.concat([buffer, bytes]);
      const events: DeviceEvent[] = [];
      let at = 0;
      while (at < buffer.length) {
        const rest = buffer.subarray(at);
        const start = messageAtStart(rest, crc);
        if (start === 'more') break;
        if (start !== 'garbage') events.push({ kind: start.kind, bytes: Uint8Array.from(rest.subarray(0, start.length)) });
        at += start === 'garbage' ? 1 : start.length;
      }
      buffer = buffer.subarray(at);
      return events;
    },
  };
}
