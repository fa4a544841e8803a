import { z } from 'zod';

/**
 * Why, in a person's own words: 1 to 1000 characters without blanks around them; line breaks may stand in it. Half of a surrogate pair
 * comes back from no database as it went in, and PostgreSQL keeps no zero.
 */
export const Reason = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .refine((text) => !/\p{Cs}|\0/u.test(text), 'must be valid Unicode, without zero characters');
