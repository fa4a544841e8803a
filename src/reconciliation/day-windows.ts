import { compareBytes } from './compare-bytes.js';
import type { FiledLine, Stream } from './line-streams.js';
import { MARK, MARKS, type OpenBlock } from './open-block.js';
import { OUR_MARK, OUR_MARKS, type OurPage } from './our-page.js';
import { addPair, type GrowingPairs, growingPairs, isPlainPair } from './plain-pairs.js';
import type { OurRow } from './recon-words.js';

/** Both sides of a day and its fees, in the order of their keys. */
export interface DayStreams {
  readonly ours: Stream<OurPage>;
  readonly theirs: Stream<OpenBlock>;
  readonly fees: Stream<OpenBlock>;
}

/** A completed row and the only line under its key. */
export type Pair = readonly [row: OurRow, line: FiledLine];

/** The rows and lines of some keys that follow each other; all that have one key are in one window. */
export interface Window {
  readonly plain: GrowingPairs;
  readonly pairs: readonly Pair[];
  /** Rows and lines that are in no pair. */
  readonly rest: { readonly ours: readonly OurRow[]; readonly theirs: readonly FiledLine[] };
  /** Every line of the window; only where fees are wanted. */
  readonly lines: readonly FiledLine[];
  /** Fees under these keys. */
  readonly fees: readonly FiledLine[];
}

interface GrowingWindow extends Window {
  readonly pairs: Pair[];
  readonly rest: { readonly ours: OurRow[]; readonly theirs: FiledLine[] };
  readonly lines: FiledLine[];
  readonly fees: FiledLine[];
}

/** Keys in a window. */
const MOST = 500;

function filedLine(block: OpenBlock, index: number): FiledLine {
  return { fileId: block.fileId, line: block.lineAt(index) };
}

/** How the keys of a row and of a line follow each other; what is behind the end comes last. */
function orderOf(page: OurPage | undefined, row: number, block: OpenBlock | undefined, line: number): number {
  if (page === undefined) return 1;
  if (block === undefined) return -1;
  const [ours, theirs] = [row * OUR_MARKS, line * MARKS];
  return compareBytes(
    page.bytes,
    page.marks[ours + OUR_MARK.keyBegin] as number,
    page.marks[ours + OUR_MARK.keyEnd] as number,
    block.bytes,
    block.marks[theirs + MARK.keyBegin] as number,
    block.marks[theirs + MARK.keyEnd] as number,
  );
}

/** Whether the first line of a stream has the key of this one. */
function hasSameKey(stream: Stream<OpenBlock>, other: OpenBlock, line: number): boolean {
  const block = stream.at();
  if (block === undefined) return false;
  const [left, right] = [stream.index() * MARKS, line * MARKS];
  return (
    compareBytes(
      block.bytes,
      block.marks[left + MARK.keyBegin] as number,
      block.marks[left + MARK.keyEnd] as number,
      other.bytes,
      other.marks[right + MARK.keyBegin] as number,
      other.marks[right + MARK.keyEnd] as number,
    ) === 0
  );
}

function keyOfLine({ bytes, marks }: OpenBlock, line: number): Uint8Array {
  return bytes.subarray(marks[line * MARKS + MARK.keyBegin], marks[line * MARKS + MARK.keyEnd]);
}

function keyOfRow({ bytes, marks }: OurPage, row: number): Uint8Array {
  return bytes.subarray(marks[row * OUR_MARKS + OUR_MARK.keyBegin], marks[row * OUR_MARKS + OUR_MARK.keyEnd]);
}

/** Takes the lines of a stream that have this key, where they stand first in it. */
async function takeKey(stream: Stream<OpenBlock>, block: OpenBlock, line: number, lines: FiledLine[]): Promise<void> {
  while (hasSameKey(stream, block, line)) {
    lines.push(filedLine(stream.at() as OpenBlock, stream.index()));
    if (!stream.step()) await stream.fill();
  }
}

/** Takes the fees up to a key; without it those of some hundred keys. */
async function takeFees(stream: Stream<OpenBlock>, last: Uint8Array | undefined, fees: FiledLine[]): Promise<void> {
  for (let block = stream.at(); block !== undefined; block = stream.at()) {
    const line = stream.index();
    if (last === undefined ? fees.length >= MOST : Buffer.compare(keyOfLine(block, line), last) > 0) return;
    await takeKey(stream, block, line, fees);
  }
}

/**
 * Gives one window after the other, undefined behind the last one. A completed row and the only line under its own id belong together, whatever
 * else there is: no other line fits better. These pairs are nearly all of a day, and need no looking up.
 */
export function dayWindows({ ours, theirs, fees }: DayStreams, wantsFees: boolean): () => Promise<Window | undefined> {
  let isBegun = false;

  /** What has the lowest key, with all lines that have it; their first line was passed already. */
  async function take(window: GrowingWindow, page: OurPage | undefined, row: number, block: OpenBlock | undefined, line: number) {
    const lines = block === undefined ? [] : [filedLine(block, line)];
    if (block !== undefined) await takeKey(theirs, block, line, lines);
    const [first] = lines;
    const isCompleted = page !== undefined && page.marks[row * OUR_MARKS + OUR_MARK.isCompleted] === 1;
    const isPair = isCompleted && first !== undefined && lines.length === 1;
    if (isPair) window.pairs.push([page.rowAt(row), first]);
    else if (page !== undefined) window.rest.ours.push(page.rowAt(row));
    // One by one: a broken report may have any number of lines under one key.
    for (const one of lines) {
      if (wantsFees) window.lines.push(one);
      if (!isPair) window.rest.theirs.push(one);
    }
  }

  return async () => {
    if (!isBegun) await Promise.all([ours.fill(), theirs.fill(), fees.fill()]);
    isBegun = true;
    const window: GrowingWindow = { plain: growingPairs(MOST), pairs: [], rest: { ours: [], theirs: [] }, lines: [], fees: [] };
    let last: Uint8Array | undefined;
    let keys = 0;
    for (; keys < MOST; keys += 1) {
      const page = ours.at();
      const row = ours.index();
      const block = theirs.at();
      const line = theirs.index();
      if (page === undefined && block === undefined) break;
      const order = orderOf(page, row, block, line);
      if (order >= 0 && !theirs.step()) await theirs.fill();
      if (order <= 0 && !ours.step()) await ours.fill();
      const isPair = order === 0 && page !== undefined && block !== undefined;
      if (isPair && isPlainPair(page, row, block, line) && !hasSameKey(theirs, block, line)) {
        addPair(window.plain, page, row, block, line);
        if (wantsFees) window.lines.push(filedLine(block, line));
      } else await take(window, order <= 0 ? page : undefined, row, order >= 0 ? block : undefined, line);
      if (wantsFees) last = order < 0 ? keyOfRow(page as OurPage, row) : keyOfLine(block as OpenBlock, line);
    }
    if (wantsFees) await takeFees(fees, keys < MOST ? undefined : last, window.fees);
    return keys + window.fees.length === 0 ? undefined : window;
  };
}
