/** One instruction, read from its bytes without the three FF that end it (display reference 4.1). */
export type NextionInstruction =
  | { readonly kind: 'connect' | 'wakeWord' | 'sendPage' | 'restart' | 'nothing' }
  | { readonly kind: 'page'; readonly page: string }
  | { readonly kind: 'get'; readonly name: string }
  | { readonly kind: 'component'; readonly what: 'ref' | 'vis'; readonly component: string; readonly shown: boolean }
  | { readonly kind: 'setText'; readonly name: string; readonly value: Buffer }
  | { readonly kind: 'setNumber'; readonly name: string; readonly value: number }
  | { readonly kind: 'refused'; readonly code: number };

/** Return codes of display reference 4.2. */
export const RETURN = {
  invalid: 0x00,
  success: 0x01,
  badComponent: 0x02,
  badPage: 0x03,
  badBaud: 0x11,
  badVariable: 0x1a,
  badOperation: 0x1b,
  assignFailed: 0x1c,
  badEscape: 0x20,
  nameTooLong: 0x23,
  overflow: 0x24,
} as const;

const WAKE_WORD = 'DRAKJHSUYDGBNCJHGJKSHBDN';
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}$/;
const LONGEST_NAME = 29;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const refused = (code: number): NextionInstruction => ({ kind: 'refused', code });

/** Reads the text between quotes; a number is the code of what is wrong with it. Old firmware knows only `\r`. */
function readString(raw: Buffer, oldFirmware: boolean): Buffer | number {
  const out: number[] = [];
  for (let i = 1; i < raw.length; i += 1) {
    const byte = raw[i] ?? 0;
    if (byte === QUOTE) {
      if (i !== raw.length - 1) return RETURN.invalid;
      const end = out.indexOf(0);
      return Buffer.from(end < 0 ? out : out.slice(0, end));
    }
    if (byte !== BACKSLASH) {
      out.push(byte);
      continue;
    }
    i += 1;
    const escaped = raw[i];
    if (escaped === 0x72) out.push(0x0d, 0x0a);
    else if (!oldFirmware && (escaped === QUOTE || escaped === BACKSLASH)) out.push(escaped);
    else return RETURN.badEscape;
  }
  return RETURN.invalid;
}

function readAssignment(text: string, at: number, raw: Buffer, oldFirmware: boolean): NextionInstruction {
  const name = text.slice(0, at);
  if (!NAME.test(name)) return refused(RETURN.invalid);
  if (name.length > LONGEST_NAME) return refused(RETURN.nameTooLong);
  const value = text.slice(at + 1);
  if (/^-?\d{1,10}$/.test(value)) return { kind: 'setNumber', name, value: Number(value) };
  if (!value.startsWith('"')) return refused(value === '' ? RETURN.invalid : RETURN.badVariable);
  const string = readString(raw.subarray(at + 1), oldFirmware);
  return typeof string === 'number' ? refused(string) : { kind: 'setText', name, value: string };
}

function readWords(text: string): NextionInstruction {
  const [head, rest = ''] = text.split(/ (.*)/s);
  if (head === 'page' && /^[A-Za-z0-9_]+$/.test(rest)) return { kind: 'page', page: rest };
  if (head === 'get' && NAME.test(rest)) return { kind: 'get', name: rest };
  if (head === 'ref' && NAME.test(rest)) return { kind: 'component', what: 'ref', component: rest, shown: true };
  const vis = head === 'vis' ? /^([A-Za-z_][A-Za-z0-9_]*),([01])$/.exec(rest) : null;
  if (vis !== null) return { kind: 'component', what: 'vis', component: vis[1] ?? '', shown: vis[2] === '1' };
  return refused(RETURN.invalid);
}

/** Reads one instruction; whatever it cannot be makes it `refused` with the code that the device would answer. */
export function readInstruction(bytes: Buffer, oldFirmware = false): NextionInstruction {
  // The broadcast address of the address mode may stand before any instruction.
  const raw = bytes[0] === 0xff && bytes[1] === 0xff ? bytes.subarray(2) : bytes;
  const text = raw.toString('latin1');
  switch (text) {
    case '':
      return { kind: 'nothing' };
    case 'connect':
      return { kind: 'connect' };
    case WAKE_WORD:
      return { kind: 'wakeWord' };
    case 'sendme':
      return { kind: 'sendPage' };
    case 'rest':
      return { kind: 'restart' };
  }
  const equals = text.indexOf('=');
  return equals > 0 ? readAssignment(text, equals, raw, oldFirmware) : readWords(text);
}
