import type { z } from 'zod';
import type { Endpoint } from '../http/guard.js';

/** A call of the terminal API as data, with its types kept. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  described: Endpoint<P, Q, B>,
): Endpoint<P, Q, B> {
  return described;
}

/** What every call that changes something has to say of itself. */
export const UNKNOWN_OUTCOME =
  'After a 5xx, a timeout or a broken connection the outcome is unknown: repeat the same call with the same reference, or look it up. Never start another sale before that is answered.';
