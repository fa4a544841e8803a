/** What a MERTECH display makes of its bytes. */
export type MertechCommand =
  | { readonly kind: 'code'; readonly payload: Buffer }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'ignored'; readonly why: string };

export interface MertechReader {
  push(bytes: Uint8Array): MertechCommand[];
  /** Forgets a half frame. */
  reset(): void;
}

const LONGEST_PAYLOAD = 1000;
const LONGEST_WORD = 32;
const START = 0x02;
const CODE_HEAD = Buffer.from([START, 0xf2, 0x02]);
const CODE_TRAILER = Buffer.from([START, 0xf2, 0x03]);
const WORD_HEAD = Buffer.from([START, 0xf0, 0x03]);
const WORD_END = 0x03;
const LENGTH_BYTES = 2;

type Start = { readonly command: MertechCommand | undefined; readonly length: number } | 'more';

/** The frame is as long as its length says, whatever stands in the payload; the trailer is only checked. */
function codeFrame(buffer: Buffer): Start {
  const from = CODE_HEAD.length + LENGTH_BYTES;
  if (buffer.length < from) return 'more';
  const size = buffer.readUInt16BE(CODE_HEAD.length);
  const length = from + size + CODE_TRAILER.length;
  if (buffer.length < length) return 'more';
  const ignored = (why: string): Start => ({ command: { kind: 'ignored', why }, length });
  if (!buffer.subarray(from + size, length).equals(CODE_TRAILER)) return ignored('wrong trailer');
  if (size === 0 || size > LONGEST_PAYLOAD) return ignored(`length ${size}`);
  return { command: { kind: 'code', payload: Buffer.from(buffer.subarray(from, from + size)) }, length };
}

function wordFrame(buffer: Buffer): Start {
  const end = buffer.indexOf(WORD_END, WORD_HEAD.length);
  if (end < 0 && buffer.length < WORD_HEAD.length + LONGEST_WORD) return 'more';
  if (end < 0 || end > WORD_HEAD.length + LONGEST_WORD) return { command: undefined, length: 1 };
  return { command: { kind: 'word', text: buffer.toString('latin1', WORD_HEAD.length, end) }, length: end + 1 };
}

function startsLike(buffer: Buffer, head: Buffer): boolean {
  const shared = Math.min(buffer.length, head.length);
  return buffer.subarray(0, shared).equals(head.subarray(0, shared));
}

function readStart(buffer: Buffer): Start {
  if (startsLike(buffer, CODE_HEAD)) return codeFrame(buffer);
  if (startsLike(buffer, WORD_HEAD)) return buffer.length < WORD_HEAD.length ? 'more' : wordFrame(buffer);
  return { command: undefined, length: 1 };
}

/** Reads frames by their length and words by their end (display reference 2); bytes that begin neither are skipped. */
export function createMertechReader(): MertechReader {
  let buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      buffer = Buffer.concat([buffer, bytes]);
      const commands: MertechCommand[] = [];
      while (buffer.length > 0) {
        const start = readStart(buffer);
        if (start === 'more') break;
        if (start.command !== undefined) commands.push(start.command);
        buffer = buffer.subarray(start.length);
      }
      return commands;
    },
    reset() {
      buffer = Buffer.alloc(0);
    },
  };
}
