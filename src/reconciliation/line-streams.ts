import { type ClearingLine, matchKey } from './clearing-lines.js';
import type { ClearingBooks, LineRun, LineSection, OurRows } from './recon-ports.js';
import type { OurRow } from './recon-words.js';

/** Values in the order of their keys, of which the first can be looked at. */
export interface KeyedStream<T> {
  /** Makes sure that `many` values can be taken without waiting, or that none come after those that are there. */
  fill(many: number): Promise<void>;
  /** The key of the value `many` places from the front; undefined when fewer are left. */
  keyAt(many: number): string | undefined;
  /** Everything up to and with `key`; everything when it is undefined. Call `fill` before. */
  takeTo(key: string | undefined): T[];
}

/** A line and the file it stands in. */
export interface FiledLine {
  readonly fileId: number;
  readonly line: ClearingLine;
}

interface Cursor {
  readonly run: LineRun;
  block: readonly ClearingLine[];
  keys: readonly string[];
  index: number;
  /** Of the next block. */
  next: number;
}

/** A stream over values that `more` brings, whole pages in the order of their keys; an empty page is the end. */
function streamOf<T>(more: () => Promise<readonly T[]>, keyOf: (value: T) => string): KeyedStream<T> {
  let waiting: T[] = [];
  let keys: string[] = [];
  let isOver = false;
  return {
    async fill(many) {
      while (waiting.length < many && !isOver) {
        const page = await more();
        if (page.length === 0) isOver = true;
        waiting = waiting.concat(page);
        keys = keys.concat(page.map(keyOf));
      }
    },
    keyAt: (many) => keys[many],
    takeTo(key) {
      let end = key === undefined ? waiting.length : 0;
      while (key !== undefined && end < keys.length && (keys[end] as string) <= key) end += 1;
      keys.splice(0, end);
      return waiting.splice(0, end);
    },
  };
}

/** Our rows of a day in the order of their keys. */
export function ourStream(rows: OurRows, day: string, pageSize: number): KeyedStream<OurRow> {
  let after = '';
  const more = async () => {
    const page = await rows.ofDay(day, after, pageSize);
    const last = page.at(-1);
    if (last !== undefined) after = matchKey(last);
    return page;
  };
  return streamOf(more, matchKey);
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const [one, other] = [a.keys[a.index] as string, b.keys[b.index] as string];
  if (one !== other) return one < other;
  if (a.run.fileId !== b.run.fileId) return a.run.fileId < b.run.fileId;
  return a.run.run < b.run.run;
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

/** Merges the sorted runs of these files; one block of each is in memory at a time. */
export async function lineStream(
  books: ClearingBooks,
  section: LineSection,
  fileIds: readonly number[],
  pageSize: number,
): Promise<KeyedStream<FiledLine>> {
  const advance = async (cursor: Cursor): Promise<boolean> => {
    const block = await books.block(cursor.run, section, cursor.next);
    if (block === undefined) return false;
    cursor.block = block;
    cursor.keys = block.map(matchKey);
    cursor.index = 0;
    cursor.next += 1;
    return true;
  };
  const heap: Cursor[] = [];
  for (const run of await books.runs(fileIds, section)) {
    const cursor: Cursor = { run, block: [], keys: [], index: 0, next: 0 };
    if (await advance(cursor)) heap.push(cursor);
  }
  for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, at);
  const more = async () => {
    const page: FiledLine[] = [];
    while (page.length < pageSize) {
      const [first] = heap;
      if (first === undefined) break;
      page.push({ fileId: first.run.fileId, line: first.block[first.index] as ClearingLine });
      first.index += 1;
      if (first.index === first.block.length && !(await advance(first))) {
        const last = heap.pop() as Cursor;
        if (last === first) continue;
        heap[0] = last;
      }
      sink(heap, 0);
    }
    return page;
  };
  return streamOf(more, ({ line }) => matchKey(line));
}
