/**
 * One command of a receipt printer, read from its bytes (display reference 6). A code function and a picture are only announced: their bytes
 * follow, and are taken as they come, because they may be more than the printer's buffer holds.
 */
export type EscposCommand =
  | { readonly kind: 'text'; readonly byte: number }
  | { readonly kind: 'lineFeed' | 'reset' | 'cut' | 'pairs' | 'singles' | 'nothing' }
  | { readonly kind: 'feedDots' | 'feedLines' | 'align' | 'autoStatus' | 'askPaper' | 'codePage'; readonly n: number }
  | { readonly kind: 'codeFunction'; readonly bytes: number }
  | { readonly kind: 'raster'; readonly widthBytes: number; readonly height: number };

export type EscposTaken = { readonly length: number; readonly command: EscposCommand } | 'more';

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const LF = 0x0a;

const nothing = (length: number): EscposTaken => ({ length, command: { kind: 'nothing' } });
const plain = (length: number, kind: 'lineFeed' | 'reset' | 'cut' | 'pairs' | 'singles'): EscposTaken => ({
  length,
  command: { kind },
});

/** Commands of one parameter that only change how text looks. */
const LOOKS = new Set(['1b21', '1b45', '1b4d', '1b33', '1b2d', '1b52', '1d21', '1d42', '1d68', '1d77']);
const ONE_PARAMETER: Readonly<Record<string, Extract<EscposCommand, { readonly n: number }>['kind']>> = {
  '1b74': 'codePage',
  '1b4a': 'feedDots',
  '1b64': 'feedLines',
  '1b61': 'align',
  '1d61': 'autoStatus',
  '1d72': 'askPaper',
};

function codeFunction(buffer: Buffer): EscposTaken {
  if (buffer.length < 5) return 'more';
  return { length: 5, command: { kind: 'codeFunction', bytes: buffer.readUInt16LE(3) } };
}

function raster(buffer: Buffer): EscposTaken {
  if (buffer.length < 8) return 'more';
  const widthBytes = buffer.readUInt16LE(4);
  const height = buffer.readUInt16LE(6);
  if (buffer[2] !== 0x30 || widthBytes === 0 || height === 0) return nothing(8);
  return { length: 8, command: { kind: 'raster', widthBytes, height } };
}

function cutCommand(buffer: Buffer): EscposTaken {
  if (buffer.length < 3) return 'more';
  const feeds = buffer[2] === 0x41 || buffer[2] === 0x42;
  return feeds && buffer.length < 4 ? 'more' : plain(feeds ? 4 : 3, 'cut');
}

/** What stands at the head of the buffer, or that it is not complete; what the printer does not know it skips byte by byte. */
export function readEscpos(buffer: Buffer): EscposTaken {
  const [first = 0, second] = buffer;
  if (first === LF) return plain(1, 'lineFeed');
  if (first !== ESC && first !== GS && first !== FS) {
    return first >= 0x20 ? { length: 1, command: { kind: 'text', byte: first } } : nothing(1);
  }
  if (second === undefined) return 'more';
  const name = buffer.toString('hex', 0, 2);
  if (name === '1c26') return plain(2, 'pairs');
  if (name === '1c2e') return plain(2, 'singles');
  if (name === '1b40') return plain(2, 'reset');
  if (name === '1b32') return nothing(2);
  if (name === '1d28') return codeFunction(buffer);
  if (name === '1d76') return raster(buffer);
  if (name === '1d56') return cutCommand(buffer);
  const kind = Object.hasOwn(ONE_PARAMETER, name) ? ONE_PARAMETER[name] : undefined;
  if (kind === undefined && !LOOKS.has(name)) return nothing(1);
  if (buffer.length < 3) return 'more';
  return kind === undefined ? nothing(3) : { length: 3, command: { kind, n: buffer[2] ?? 0 } };
}
