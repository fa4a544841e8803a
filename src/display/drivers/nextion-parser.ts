import type { DeviceEvent, DeviceParser } from '../display-driver.js';

/**
 * Kinds: `ok` (01), `failed` (an instruction did not work), `startUp`, `ready`, `asleep`, `awake`, `page`, `string`, `number`,
 * `connected` (comok), `touch`, `other`.
 */
export type NextionEventKind =
  | 'ok'
  | 'failed'
  | 'startUp'
  | 'ready'
  | 'asleep'
  | 'awake'
  | 'page'
  | 'string'
  | 'number'
  | 'connected'
  | 'touch'
  | 'other';

export interface NextionEvent extends DeviceEvent {
  readonly kind: NextionEventKind;
}

/** What each failure status says, display reference 4.2. */
export const NEXTION_FAILURES: ReadonlyMap<number, string> = new Map([
  [0x00, 'invalid instruction'],
  [0x02, 'no such component'],
  [0x03, 'no such page'],
  [0x04, 'no such picture'],
  [0x05, 'no such font'],
  [0x06, 'file operation failed'],
  [0x09, 'checksum failed'],
  [0x11, 'invalid baud rate'],
  [0x12, 'invalid waveform'],
  [0x1a, 'no such variable or attribute'],
  [0x1b, 'invalid operation'],
  [0x1c, 'assignment failed'],
  [0x1d, 'EEPROM failed'],
  [0x1e, 'wrong number of parameters'],
  [0x1f, 'input or output failed'],
  [0x20, 'invalid escape character'],
  [0x23, 'name too long'],
  [0x24, 'serial buffer overflow'],
]);

const FOUR_BYTE_KINDS: ReadonlyMap<number, NextionEventKind> = new Map<number, NextionEventKind>([
  ...[...NEXTION_FAILURES.keys()].map((code): [number, NextionEventKind] => [code, 'failed']),
  [0x01, 'ok'],
  [0x86, 'asleep'],
  [0x87, 'awake'],
  [0x88, 'ready'],
  [0x89, 'other'],
  [0xfd, 'other'],
  [0xfe, 'other'],
]);

const LONGEST_MESSAGE = 4096;
const COMOK = [0x63, 0x6f, 0x6d, 0x6f, 0x6b];

/** How a buffer starts: with a whole message, with the start of one, or with a byte that belongs to none. */
type Start = { readonly kind: NextionEventKind; readonly length: number } | 'more' | 'garbage';

/** `payloadFits` looks at byte `i` after the code, to give up early on garbage instead of swallowing the message behind it. */
function fixed(
  buffer: Uint8Array,
  total: number,
  kind: NextionEventKind,
  payloadFits: (i: number, byte: number) => boolean = () => true,
): Start {
  for (let i = 1; i < Math.min(buffer.length, total); i += 1) {
    const byte = buffer[i] ?? 0;
    if (i >= total - 3 ? byte !== 0xff : !payloadFits(i, byte)) return 'garbage';
  }
  return buffer.length >= total ? { kind, length: total } : 'more';
}

/** Text up to three FF. Control bytes cannot stand in what we read back, so they give a stray start byte away. */
function untilTerminator(buffer: Uint8Array, from: number, kind: NextionEventKind): Start {
  for (let i = from; i < buffer.length; i += 1) {
    const byte = buffer[i] ?? 0;
    if (byte === 0xff) {
      if (buffer.subarray(i, i + 3).some((one) => one !== 0xff)) return 'garbage';
      return buffer.length >= i + 3 ? { kind, length: i + 3 } : 'more';
    }
    const isText = byte >= 0x20 && byte !== 0x7f;
    if (!isText && byte !== 0x0d && byte !== 0x0a) return 'garbage';
  }
  return buffer.length > LONGEST_MESSAGE ? 'garbage' : 'more';
}

function startsWithComok(buffer: Uint8Array): Start {
  for (let i = 0; i < Math.min(buffer.length, COMOK.length); i += 1) {
    if (buffer[i] !== COMOK[i]) return 'garbage';
  }
  return buffer.length < COMOK.length ? 'more' : untilTerminator(buffer, COMOK.length, 'connected');
}

/** Screens are below 4096 points and an event byte is 0 or 1. */
const coordinatesFit = (i: number, byte: number) => (i === 5 ? byte <= 1 : i % 2 === 0 || byte <= 0x0f);
const touchFits = (i: number, byte: number) => i < 3 || byte <= 1;

function messageAtStart(buffer: Uint8Array): Start {
  const code = buffer[0] ?? 0;
  switch (code) {
    case 0x00:
      if (buffer.length < 2) return 'more';
      return buffer[1] === 0 ? fixed(buffer, 6, 'startUp', (_, byte) => byte === 0) : fixed(buffer, 4, 'failed');
    case 0x63:
      return startsWithComok(buffer);
    case 0x65:
      return fixed(buffer, 7, 'touch', touchFits);
    case 0x66:
      return fixed(buffer, 5, 'page');
    case 0x67:
    case 0x68:
      return fixed(buffer, 9, 'touch', coordinatesFit);
    case 0x70:
      return untilTerminator(buffer, 1, 'string');
    case 0x71:
      return fixed(buffer, 8, 'number');
    default: {
      const kind = FOUR_BYTE_KINDS.get(code);
      return kind === undefined ? 'garbage' : fixed(buffer, 4, kind);
    }
  }
}

/** Cuts what a Nextion or TJC panel sends by the fixed lengths of display reference 4.2, because data bytes may themselves be FF. */
export function createNextionParser(): DeviceParser & { push(bytes: Uint8Array): readonly NextionEvent[] } {
  let buffer = new Uint8Array(0);
  return {
    push(bytes) {
      buffer = Buffer.concat([buffer, bytes]);
      const events: NextionEvent[] = [];
      let at = 0;
      while (at < buffer.length) {
        const rest = buffer.subarray(at);
        const start = messageAtStart(rest);
        if (start === 'more') break;
        if (start !== 'garbage') events.push({ kind: start.kind, bytes: Uint8Array.from(rest.subarray(0, start.length)) });
        at += start === 'garbage' ? 1 : start.length;
      }
      buffer = buffer.subarray(at);
      return events;
    },
  };
}
