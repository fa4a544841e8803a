import type { ClearingLine } from './clearing-lines.js';
import { compareBytes } from './compare-bytes.js';
import { BLOCK_LINES } from './line-blocks.js';
import { MARK, MARKS, type OpenBlock, openBlock } from './open-block.js';
import { OUR_MARK, OUR_MARKS, type OurPage } from './our-page.js';
import type { ClearingBooks, LineRun, LineSection, OurRows } from './recon-ports.js';

/** A line and the file it stands in. */
export interface FiledLine {
  readonly fileId: number;
  readonly line: ClearingLine;
}

/** Rows or lines in the order of their keys, one at a time, each as its place in the page or block it stands in. */
export interface Stream<T> {
  /** Where the first one stands; undefined behind the last one. */
  at(): T | undefined;
  index(): number;
  /** Goes on to the next one; false: `fill` has to bring it first. */
  step(): boolean;
  /** Call it before anything else, and whenever `step` said so. */
  fill(): Promise<void>;
}

/** Told to whoever asks for it. A comparison that fails elsewhere never asks, and a rejection of nobody's would end the bridge. */
function readAhead<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}

/** Our rows of a day. The database looks for the next page while this one is compared. */
export function ourStream(rows: OurRows, day: string, pageSize: number): Stream<OurPage> {
  let coming = readAhead(rows.ofDay(day, '', pageSize));
  let page: OurPage | undefined;
  let index = 0;
  return {
    at: () => page,
    index: () => index,
    step() {
      index += 1;
      return page === undefined || index < page.count;
    },
    async fill() {
      const next = await coming;
      page = next.count === 0 ? undefined : next;
      index = 0;
      if (page === undefined) return;
      const last = (page.count - 1) * OUR_MARKS;
      const [begin, end] = [page.marks[last + OUR_MARK.keyBegin], page.marks[last + OUR_MARK.keyEnd]];
      coming = readAhead(rows.ofDay(day, page.bytes.toString('utf8', begin, end), pageSize));
    },
  };
}

/** Lines that are held of all runs together, about; as many more are on their way. */
const HELD_LINES = 100_000;
const MOST_BLOCKS = 8;

interface Cursor {
  readonly run: LineRun;
  block: OpenBlock;
  index: number;
  /** Blocks that are there, and how many of them were opened. */
  bodies: readonly string[];
  opened: number;
  /** The blocks behind them, and the number of the first of those that nobody asked for. */
  coming: Promise<readonly string[]>;
  next: number;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const [one, other] = [a.block, b.block];
  const [left, right] = [a.index * MARKS, b.index * MARKS];
  const order = compareBytes(
    one.bytes,
    one.marks[left + MARK.keyBegin] as number,
    one.marks[left + MARK.keyEnd] as number,
    other.bytes,
    other.marks[right + MARK.keyBegin] as number,
    other.marks[right + MARK.keyEnd] as number,
  );
  if (order !== 0) return order < 0;
  if (a.run.fileId !== b.run.fileId) return a.run.fileId < b.run.fileId;
  // Not by run: lines that were read as text and plain ones are different runs of one stretch.
  return one.lineAt(a.index).line < other.lineAt(b.index).line;
}

/** Puts the cursor at `at` where it belongs in the heap below it. */
function sink(heap: Cursor[], at: number): void {
  const cursor = heap[at] as Cursor;
  let here = at;
  for (let child = 2 * here + 1; child < heap.length; child = 2 * here + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Cursor, heap[child] as Cursor)) child += 1;
    if (!isBefore(heap[child] as Cursor, cursor)) break;
    heap[here] = heap[child] as Cursor;
    here = child;
  }
  heap[here] = cursor;
}

/** Goes on to the next block of those that are there; false when there is none. */
function openNext(cursor: Cursor): boolean {
  const body = cursor.bodies[cursor.opened];
  if (body === undefined) return false;
  cursor.opened += 1;
  cursor.block = openBlock(cursor.run.fileId, body);
  cursor.index = 0;
  return true;
}

const NO_BLOCK = openBlock(0, '[]');
const NO_MORE: Promise<readonly string[]> = Promise.resolve([]);

/** Merges the sorted runs of these files; some blocks of each are in memory at a time, the fewer the more runs there are. */
export async function lineStream(
  books: ClearingBooks,
  section: LineSection,
  fileIds: readonly number[],
): Promise<Stream<OpenBlock>> {
  const runs = await books.runs(fileIds, section);
  const many = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(HELD_LINES / BLOCK_LINES / Math.max(1, runs.length))));
  const blocksFrom = (run: LineRun, from: number) => readAhead(books.blocks(run, section, from, many));
  const take = async (cursor: Cursor): Promise<boolean> => {
    cursor.bodies = await cursor.coming;
    cursor.opened = 0;
    cursor.coming = cursor.bodies.length < many ? NO_MORE : blocksFrom(cursor.run, cursor.next);
    cursor.next += many;
    return openNext(cursor);
  };
  const heap: Cursor[] = [];
  let isBegun = false;
  const begin = async () => {
    isBegun = true;
    for (const run of runs) {
      const begun = { run, block: NO_BLOCK, index: 0, bodies: [], opened: 0, coming: blocksFrom(run, 0), next: many };
      if (await take(begun)) heap.push(begun);
    }
    for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(heap, at);
  };
  return {
    at: () => heap[0]?.block,
    index: () => heap[0]?.index ?? 0,
    step() {
      const [first] = heap;
      if (first === undefined) return true;
      first.index += 1;
      if (first.index === first.block.count && !openNext(first)) return false;
      sink(heap, 0);
      return true;
    },
    async fill() {
      if (!isBegun) return begin();
      const [first] = heap;
      if (first === undefined) return;
      if (!(await take(first))) {
        const last = heap.pop() as Cursor;
        if (last === first) return;
        heap[0] = last;
      }
      sink(heap, 0);
    },
  };
}
