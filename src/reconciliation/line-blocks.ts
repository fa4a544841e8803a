import { type ClearingLine, linesText, matchKey, readJsonLines, theirKey, withLone } from './clearing-lines.js';
import { fieldsByName, type LineFields } from './clearing-sections.js';

/** Which blocks: lines of transactionItems or feeItems, or where the upstream's ids stand. */
export type BlockSection = 'items' | 'fees' | 'ids';

/** Some sorted lines or ids as they are stored, and the first and last key among them. */
export interface LineBlock {
  readonly section: BlockSection;
  readonly firstKey: string;
  readonly lastKey: string;
  readonly body: string;
}

/** Lines in a block: what is read at once of a run, and what has to be read to find one line. */
export const BLOCK_LINES = 200;

/**
 * The first line of a block that was written byte by byte; below it stands one line a line, cells between commas. Columns that the version did
 * not know stand behind, with their names in the first line.
 */
export const PLAIN_HEAD =
  'line,key,theirId,otherOwnId,otherId,time,value,currency,settledValue,settledCurrency,direction,feeType';
const PLAIN_CELLS = PLAIN_HEAD.split(',').length;

type IdPair = readonly [theirs: string, key: string];

function blocksOf<T>(
  section: BlockSection,
  sorted: readonly T[],
  keyOf: (one: T) => string,
  body: (some: readonly T[]) => string,
) {
  const blocks: LineBlock[] = [];
  for (let at = 0; at < sorted.length; at += BLOCK_LINES) {
    const some = sorted.slice(at, at + BLOCK_LINES);
    blocks.push({ section, firstKey: keyOf(some[0] as T), lastKey: keyOf(some.at(-1) as T), body: body(some) });
  }
  return blocks;
}

/** A run of lines that were read as text: sorted, with the upstream's ids of transaction lines beside them. */
export function lineBlocks(section: 'items' | 'fees', lines: readonly ClearingLine[]): readonly LineBlock[] {
  const keyed = lines.map((line) => ({ line, key: matchKey(line) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.line.line - b.line.line));
  const blocks = blocksOf(
    section,
    keyed,
    ({ key }) => key,
    (some) => linesText(some.map(({ line }) => line)),
  );
  if (section === 'fees') return blocks;
  const pairs = keyed.flatMap(({ line, key }): IdPair[] => {
    const theirs = theirKey(line);
    return theirs === null ? [] : [[theirs, key]];
  });
  // By index: taking pairs apart costs more than comparing them.
  pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return [...blocks, ...blocksOf('ids', pairs, ([theirs]) => theirs, JSON.stringify)];
}

function unknownFields(names: readonly string[], cells: readonly string[]): LineFields | null {
  let fields: Record<string, string> | null = null;
  names.forEach((name, index) => {
    const text = cells[PLAIN_CELLS + index] ?? '';
    if (text === '') return;
    fields ??= fieldsByName();
    fields[name] = text;
  });
  return fields;
}

/** A line as it stands in a plain block; `unknown` are the names of its further columns. */
export function plainLine(text: string, unknown: readonly string[]): ClearingLine {
  const cells = text.split(',');
  const id = (at: number) => cells[at] || null;
  const key = cells[1] as string;
  const isPayment = key.startsWith('p');
  const [own, theirs, otherOwn, other] = [key.slice(1), id(2), id(3), id(4)];
  const [value, currency] = [cells[6] as string, cells[7] as string];
  return {
    line: Number(cells[0]),
    type: isPayment ? 'payment' : 'refund',
    paymentRequestId: isPayment ? own : otherOwn,
    paymentId: isPayment ? theirs : other,
    refundRequestId: isPayment ? otherOwn : own,
    refundId: isPayment ? other : theirs,
    time: cells[5] as string,
    amount: value === '' || currency === '' ? null : { currency, value },
    settlement: { currency: cells[9] as string, value: cells[8] as string, direction: cells[10] === 'C' ? 'C' : 'D' },
    feeType: id(11),
    unknown: withLone(unknown.length === 0 ? null : unknownFields(unknown, cells), value, currency),
  };
}

/** Names of the columns that stand behind those of `PLAIN_HEAD` in the first line of a plain block. */
export function unknownNames(head: string): readonly string[] {
  return head.length === PLAIN_HEAD.length ? [] : head.slice(PLAIN_HEAD.length + 1).split(',');
}

/** The lines of a block, whichever way it was written. */
export function readLines(body: string): ClearingLine[] {
  if (!body.startsWith(PLAIN_HEAD)) return readJsonLines(body);
  const [head = '', ...texts] = body.split('\n');
  const unknown = unknownNames(head);
  return texts.map((text) => plainLine(text, unknown));
}

/** Keys of the lines under an upstream's id, in a block of pairs. */
export function keysUnder(body: string, theirs: string): string[] {
  if (!body.includes(JSON.stringify(theirs))) return [];
  return (JSON.parse(body) as IdPair[]).flatMap(([id, key]) => (id === theirs ? [key] : []));
}

/** Digits of an id's hash, and of the place of its line in the sorted run. */
export const HASH_DIGITS = 8;
export const PLACE_DIGITS = 4;
export const ENTRY_DIGITS = HASH_DIGITS + PLACE_DIGITS;
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** Thirty-two bits that tell most ids apart (FNV-1a); whoever finds a line by it compares the id. */
export function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_START;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR);
  return hash >>> 0;
}

/** The key under which an upstream's id stands in the blocks of ids of plain runs: lower than every other key there. */
export function hashKey(id: string): string {
  const bytes = Buffer.from(id);
  return hashOfBytes(bytes, 0, bytes.length).toString(16).padStart(HASH_DIGITS, '0');
}

/** Places, in the sorted run, of the lines whose upstream's id has this hash. */
export function placesUnder(body: string, hash: string): number[] {
  const places: number[] = [];
  for (let at = 0; at < body.length; at += ENTRY_DIGITS)
    if (body.startsWith(hash, at)) places.push(Number.parseInt(body.slice(at + HASH_DIGITS, at + ENTRY_DIGITS), 16));
  return places;
}
