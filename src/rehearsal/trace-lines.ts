import type { TraceEntry } from '../simulator/glass-emulators/glass-history.js';

const LONGEST = 400;
/** A byte that is shown as it is. */
const PRINTABLE = /^[\x20-\x7e]$/;

/** Bytes as text where they are mostly text, with `·` for the others, else as hex. */
function bytesText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const characters = [...bytes.toString('latin1')].map((one) => (PRINTABLE.test(one) ? one : '·'));
  const strange = characters.filter((one) => one === '·').length;
  return strange * 2 > bytes.length ? hex.replace(/(..)(?=.)/g, '$1 ') : characters.join('');
}

/** Nothing that a device was told may move the cursor of a terminal. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The same entries, with bytes that followed each other in one direction as one. */
export function joinBytes(entries: readonly TraceEntry[]): readonly TraceEntry[] {
  const joined: { at: string; kind: TraceEntry['kind']; what: string }[] = [];
  for (const { at, kind, what } of entries) {
    const last = joined.at(-1);
    if ((kind === 'in' || kind === 'out') && last?.kind === kind) last.what += what;
    else joined.push({ at, kind, what });
  }
  return joined;
}

const SIGNS: Readonly<Record<TraceEntry['kind'], string>> = { in: '→', out: '←', did: '·', trouble: '!' };

/** One entry as a line: the time of day in UTC, a sign for what it is, and the bytes or words. */
export function traceLine({ at, kind, what }: TraceEntry): string {
  const text = kind === 'in' || kind === 'out' ? bytesText(what) : plainText(what);
  return `${at.slice(11, 23)} ${SIGNS[kind]} ${cut(text)}`;
}

/** The newest `most` lines. */
export function traceLines(entries: readonly TraceEntry[], most: number): readonly string[] {
  // A line is at least one entry, and seldom more than eight of the blocks in which bytes arrive.
  return joinBytes(entries.slice(-most * 8))
    .slice(-most)
    .map(traceLine);
}
