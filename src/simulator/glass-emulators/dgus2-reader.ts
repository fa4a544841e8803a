/** A command of the host to a DGUS II panel: `82` writes bytes, `83` asks for words. */
export type Dgus2Command =
  | { readonly kind: 'write'; readonly vp: number; readonly data: Buffer }
  | { readonly kind: 'read'; readonly vp: number; readonly words: number }
  | { readonly kind: 'dropped'; readonly why: string };

export interface Dgus2Reader {
  push(bytes: Uint8Array): Dgus2Command[];
  /** Forgets a half frame. */
  reset(): void;
}

const HEADER = Buffer.from([0x5a, 0xa5]);
const MOST_WORDS = 0x7d;

/** CRC-16 as MODBUS has it, by table-free division; the low byte travels first. */
function modbusCrc(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => {
    let rest = crc ^ byte;
    for (let i = 0; i < 8; i += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xa001 : rest >>> 1;
    return rest;
  }, 0xffff);
}

/** Puts header, length and, if wanted, checksum around command and data. */
export function dgus2Frame(body: Uint8Array, crc: boolean): Buffer {
  const tail = Buffer.alloc(crc ? 2 : 0);
  if (crc) tail.writeUInt16LE(modbusCrc(body));
  return Buffer.concat([HEADER, Buffer.from([body.length + tail.length]), body, tail]);
}

function commandIn(body: Buffer): Dgus2Command {
  const [command] = body;
  if (body.length < 4) return { kind: 'dropped', why: 'too short' };
  const vp = body.readUInt16BE(1);
  if (command === 0x82) return { kind: 'write', vp, data: Buffer.from(body.subarray(3)) };
  if (command !== 0x83) return { kind: 'dropped', why: `command ${command}` };
  const words = body[3] ?? 0;
  return words === 0 || words > MOST_WORDS ? { kind: 'dropped', why: `${words} words` } : { kind: 'read', vp, words };
}

function checked(whole: Buffer, crc: boolean): Dgus2Command {
  if (!crc) return commandIn(whole);
  if (whole.length < 3) return { kind: 'dropped', why: 'too short for a checksum' };
  const body = whole.subarray(0, -2);
  return modbusCrc(body) === whole.readUInt16LE(body.length) ? commandIn(body) : { kind: 'dropped', why: 'wrong checksum' };
}

/** Reads frames by their length (display reference 5.1): a header inside of one means nothing, bytes before a header are skipped. */
export function createDgus2Reader(crc: boolean): Dgus2Reader {
  let buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      buffer = Buffer.concat([buffer, bytes]);
      const commands: Dgus2Command[] = [];
      for (;;) {
        const at = buffer.indexOf(HEADER);
        if (at < 0) {
          // The last byte may be the first half of a header.
          buffer = buffer.subarray(buffer.at(-1) === HEADER[0] ? -1 : buffer.length);
          return commands;
        }
        buffer = buffer.subarray(at);
        const length = 3 + (buffer[2] ?? 0);
        if (buffer.length < 3 || buffer.length < length) return commands;
        commands.push(checked(buffer.subarray(3, length), crc));
        buffer = buffer.subarray(length);
      }
    },
    reset() {
      buffer = Buffer.alloc(0);
    },
  };
}
