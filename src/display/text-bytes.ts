import iconv from 'iconv-lite';
import type { Charset } from './languages.js';

/** Charsets that are bytes on a wire. */
export type WireCharset = Exclude<Charset, 'unicode'>;

const ASCII = /^[\x20-\x7e]$/;
/** Controls of both halves, halves of a pair, and what no text can mean. */
const MEANINGLESS = /^[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]$/u;
const SUBSTITUTE = '?';

/**
 * Bytes of a character beyond ASCII that a device could take for something else: in the two-byte sets a second byte may be a backslash, a
 * quote's neighbour or a letter, so only pairs of two high bytes pass, which hold all the words there are; FF ends texts.
 */
function isTame(bytes: Uint8Array, charset: WireCharset): boolean {
  switch (charset) {
    case 'ascii':
      return false;
    case 'utf-8':
      return true;
    case 'gb18030':
    case 'cp949':
      return bytes.length === 2 && bytes.every((byte) => byte >= 0xa1 && byte <= 0xfe);
    case 'cp874':
      return bytes.length === 1 && bytes.every((byte) => byte >= 0xa1 && byte <= 0xfb);
    case 'utf-16be':
      return bytes.length === 2 && !bytes.includes(0xff);
  }
}

function characterBytes(character: string, charset: WireCharset): Uint8Array {
  if (ASCII.test(character)) return iconv.encode(character, charset);
  const bytes = MEANINGLESS.test(character) ? undefined : iconv.encode(character, charset);
  return bytes !== undefined && isTame(bytes, charset) ? bytes : iconv.encode(SUBSTITUTE, charset);
}

/**
 * A text as the device's font wants it. Whatever the charset does not hold, and whatever could act on a wire (controls, FF, a low byte
 * behind a high one), becomes `?`; quotes and backslashes of ASCII stand in the text as they are.
 */
export function textBytes(text: string, charset: WireCharset): Uint8Array {
  return Buffer.concat([...text].map((one) => characterBytes(one, charset)));
}
