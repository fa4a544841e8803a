import { type ClearingLine, matchKey } from './clearing-lines.js';
import { BLOCK_LINES, type StoredLines } from './line-blocks.js';
import type { ClearingBooks, LineRun, LineSection, OurRows } from './recon-ports.js';
import type { OurRow } from './recon-words.js';

/** Values, and the key of each. */
export interface Keyed<T> {
  readonly values: readonly T[];
  readonly keys: readonly string[];
}

/** Values in the order of their keys, of which the first can be looked at. */
export interface KeyedStream<T> {
  /** Makes sure that `many` values can be taken without waiting, or that none come after those that are there. */
  fill(many: number): Promise<void>;
  /** The key of the value `many` places from the front; undefined when fewer are left. */
  keyAt(many: number): string | undefined;
  /** Everything up to and with `key`, and the key of each; everything when it is undefined. Call `fill` before. */
  takeTo(key: string | undefined): Keyed<T>;
}

/** A line and the file it stands in. */
export interface FiledLine {
  readonly fileId: number;
  readonly line: ClearingLine;
}

/** Lines that are held of all runs together, about. */
const HELD_LINES = 100_000;
const MOST_BLOCKS = 8;

interface Cursor {
  readonly run: LineRun;
  blocks: readonly StoredLines[];
  /** Which of the blocks, and which of its lines. */
  at: number;
  keys: readonly string[];
  index: number;
  /** Of the next block. */
  next: number;
}

/** A stream over values that `more` brings, whole pages in the order of their keys; an empty page is the end. */
function streamOf<T>(more: () => Promise<Keyed<T>>): KeyedStream<T> {
  let waiting: T[] = [];
  let keys: string[] = [];
  let isOver = false;
  return {
    async fill(many) {
      while (waiting.length < many && !isOver) {
        const page = await more();
        if (page.values.length === 0) isOver = true;
        waiting = waiting.concat(page.values);
        keys = keys.concat(page.keys);
      }
    },
    keyAt: (many) => keys[many],
    takeTo(key) {
      let end = key === undefined ? waiting.length : 0;
      while (key !== undefined && end < keys.length && (keys[end] as string) <= key) end += 1;
      return { keys: keys.splice(0, end), values: waiting.splice(0, end) };
    },
  };
}

/** Our rows of a day in the order of their keys. The database looks for the next page while this one is compared. */
export function ourStream(rows: OurRows, day: string, pageSize: number): KeyedStream<OurRow> {
  const read = async (after: string) => {
    const values = await rows.ofDay(day, after, pageSize);
    return { values, keys: values.map(matchKey) };
  };
  const pageAfter = (after: string) => {
    const page = read(after);
    // Told to whoever asks for the page. A comparison that fails elsewhere never asks, and a rejection of nobody's would end the bridge.
    page.catch(() => undefined);
    return page;
  };
  let next = pageAfter('');
  const more = async () => {
    const page = await next;
    const last = page.keys.at(-1);
    if (last !== undefined) next = pageAfter(last);
    return page;
  };
  return streamOf(more);
}

function lineOf({ blocks, at, index }: Cursor): ClearingLine {
  return (blocks[at] as StoredLines).lineAt(index);
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const [one, other] = [a.keys[a.index] as string, b.keys[b.index] as string];
  if (one !== other) return one < other;
  if (a.run.fileId !== b.run.fileId) return a.run.fileId < b.run.fileId;
  // Not by run: lines that were read as text and plain ones are different runs of one stretch.
  return lineOf(a).line < lineOf(b).line;
}

/** Puts the cursor at `at` where it belongs in the heap below it. */
function sink(heap: Cursor[], at: number): void {
  for (let here = at; ; ) {
    let least = here;
    for (const child of [2 * here + 1, 2 * here + 2])
      if (child < heap.length && isBefore(heap[child] as Cursor, heap[least] as Cursor)) least = child;
    if (least === here) return;
    [heap[here], heap[least]] = [heap[least] as Cursor, heap[here] as Cursor];
    here = least;
  }
}

/** Merges the sorted runs of these files; some blocks of each are in memory at a time, the fewer the more runs there are. */
export async function lineStream(
  books: ClearingBooks,
  section: LineSection,
  fileIds: readonly number[],
  pageSize: number,
): Promise<KeyedStream<FiledLine>> {
  const runs = await books.runs(fileIds, section);
  const many = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(HELD_LINES / BLOCK_LINES / Math.max(1, runs.length))));
  const advance = async (cursor: Cursor): Promise<boolean> => {
    cursor.at += 1;
    if (cursor.at >= cursor.blocks.length) {
      cursor.blocks = await books.blocks(cursor.run, section, cursor.next, many);
      cursor.next += cursor.blocks.length;
      cursor.at = 0;
    }
    const block = cursor.blocks[cursor.at];
    if (block === undefined) return false;
    cursor.keys = block.keys;
    cursor.index = 0;
    return true;
  };
  const heap: Cursor[] = [];
  for (const run of runs) {
    const cursor: Cursor = { run, blocks: [], at: 0, keys: [], index: 0, next: 0 };
    if (await advance(cursor)) heap.push(cursor);
  }
  for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, at);
  const more = async () => {
    const values: FiledLine[] = [];
    const keys: string[] = [];
    while (values.length < pageSize) {
      const [first] = heap;
      if (first === undefined) break;
      values.push({ fileId: first.run.fileId, line: lineOf(first) });
      keys.push(first.keys[first.index] as string);
      first.index += 1;
      if (first.index === first.keys.length && !(await advance(first))) {
        const last = heap.pop() as Cursor;
        if (last === first) continue;
        heap[0] = last;
      }
      sink(heap, 0);
    }
    return { values, keys };
  };
  return streamOf(more);
}
