/** A page of a list in two parts: what waits for a person, oldest first, then what is over, newest first. */
export interface WaitingFirst<T> {
  readonly waiting: readonly T[];
  readonly over: readonly T[];
  /** Begins the next page; null when this is the last one. */
  readonly next: string | null;
  readonly isFirst: boolean;
}

/** Reads one part of a list: `waits` oldest first, the others newest first; those after the id `after`. */
export type ListPart<T> = (wish: {
  readonly waits: boolean;
  readonly after: string | null;
  readonly limit: number;
}) => Promise<readonly T[]>;

/** Fills one page from both parts; a cursor that is none of ours begins at the beginning. */
export async function waitingFirst<T extends { readonly id: string }>(
  list: ListPart<T>,
  cursor: string,
  size: number,
): Promise<WaitingFirst<T>> {
  const [, part = 'w', id = ''] = /^([wo])([0-9]{0,15})$/.exec(cursor) ?? [];
  const after = id === '' ? null : id;
  const isFirst = part === 'w' && after === null;
  const waiting = part === 'w' ? await list({ waits: true, after, limit: size + 1 }) : [];
  if (waiting.length > size) {
    const shown = waiting.slice(0, size);
    return { waiting: shown, over: [], next: `w${shown.at(-1)?.id}`, isFirst };
  }
  const room = size - waiting.length;
  const over = await list({ waits: false, after: part === 'o' ? after : null, limit: room + 1 });
  const shown = over.slice(0, room);
  return { waiting, over: shown, next: over.length > room ? `o${shown.at(-1)?.id ?? ''}` : null, isFirst };
}
