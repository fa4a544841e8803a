import { Problem } from '../../http/problem.js';
import { Reason } from '../person-words.js';
import type { Page } from './page-kit.js';
import type { PageCall, PageForm } from './page-router.js';

/** What somebody else did first, for whoever comes second. */
export interface Taken {
  readonly sentence: string;
  /** The words of whoever was first; null where there are none. */
  readonly said: string | null;
  /** What the second one had typed; '' for nothing. */
  readonly wrote: string;
  readonly href: string;
  readonly link: string;
  /** The entry of the navigation that is lit. */
  readonly at: string;
}

/** Two people act on one thing: the second one hears it, and loses no typed word. */
export function takenPage({ say }: PageCall, { at, ...model }: Taken): Page {
  return { template: 'taken', title: say('taken.title'), at, status: 409, model };
}

/** The reason out of a form, in a person's own words. Throws a `Problem` for none, or one that a call would not take either. */
export function reasonFrom(form: PageForm): string {
  // Browsers send line breaks as two characters, and count them as one.
  const read = Reason.safeParse(form.field('reason').replaceAll('\r\n', '\n'));
  if (!read.success) throw new Problem('invalid_request', 'reason: 1 to 1000 characters');
  return read.data;
}
