import { z } from 'zod';
import { type Clock, type Instant, utcText } from '../base/clock.js';
import { Problem } from '../http/problem.js';
import type { Person } from './people.js';
import { Reason } from './person-words.js';

/** Who dealt with something that waited for a person, when and how. */
export interface DealtWith {
  readonly by: string;
  readonly at: Instant;
  readonly why: string;
}

/** Something that waits until somebody has dealt with it. */
export interface Waiting {
  readonly id: string;
  readonly dealtWith: DealtWith | null;
}

/** Port: a list of such things. Implemented by `books/`. */
export interface WaitingBooks<T extends Waiting> {
  /** Those that wait, those that are over, or (null) both; after the id `after`; newest first, or else oldest first. */
  list(wish: {
    readonly open: boolean | null;
    readonly after: string | null;
    readonly limit: number;
    readonly oldestFirst?: boolean;
  }): Promise<readonly T[]>;
  find(id: string): Promise<T | undefined>;
  /** Stored with the act; false when somebody was quicker, or there is none. */
  dealWith(id: string, dealt: DealtWith): Promise<boolean>;
}

export interface DealingParts<T extends Waiting> {
  readonly books: WaitingBooks<T>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Says that it is dealt with; the same person saying the same again is one act. Throws a `Problem`: 404, 409 `already_dealt_with`. */
export async function deal<T extends Waiting>(
  { books, clock, stopping }: DealingParts<T>,
  { name }: Person,
  id: string,
  why: string,
): Promise<T> {
  if (stopping.aborted) throw new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });
  await books.dealWith(id, { by: name, at: clock.now(), why });
  const now = await books.find(id);
  if (now?.dealtWith == null) throw new Problem('not_found', 'The books hold nothing of this id.');
  const { by, why: said } = now.dealtWith;
  if (by !== name || said !== why)
    throw new Problem('already_dealt_with', `${by} has dealt with it before.`, { members: { dealtWith: dealtView(now) } });
  return now;
}

export const DealtJson = z
  .strictObject({ by: z.string(), at: z.string(), why: z.string() })
  .meta({ id: 'DealtWith', description: 'Who dealt with it, when, and how in their own words.' });

export function dealtView({ dealtWith }: Waiting): z.output<typeof DealtJson> | null {
  return dealtWith && { ...dealtWith, at: utcText(dealtWith.at) };
}

export const ListQuery = z.strictObject({
  open: z.enum(['true', 'false']).optional().meta({ description: 'Only those that nobody has dealt with, or only the others.' }),
  limit: z.coerce.number().int().min(1).max(100).optional(),
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'is no cursor of this list')
    .optional(),
});

export const IdPath = z.object({ id: z.string().regex(/^[0-9]{1,15}$/, 'is no id of this list') });
export const DealingIn = z.strictObject({ reason: Reason }).meta({ id: 'Dealing' });

/** What may come of dealing with something. */
export const DEALING_PROBLEMS = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'already_dealt_with',
  'body_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'books_unavailable',
  'stopping',
] as const;

const USUAL_PAGE = 20;

/** One page of a list as JSON, newest first. */
export async function listPage<T extends Waiting, V>(
  { list }: Pick<WaitingBooks<T>, 'list'>,
  { open, limit = USUAL_PAGE, cursor }: z.output<typeof ListQuery>,
  view: (one: T) => V,
): Promise<{ readonly items: readonly V[]; readonly nextCursor: string | null }> {
  const wanted = open === undefined ? null : open === 'true';
  const found = await list({ open: wanted, limit: limit + 1, after: cursor ?? null });
  const items = found.slice(0, limit);
  return { items: items.map(view), nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
