import { LONGEST_WAIT_S } from './sale-schemas.js';

/**
 * Seconds asked for by `Prefer: wait=N` (RFC 7240), at most 25; `undefined` when there is no usable one. As that RFC wants it, the
 * first `wait` counts and what cannot be understood is passed over.
 */
export function preferWaitSeconds(prefer: string): number | undefined {
  for (const preference of prefer.split(',')) {
    // Cut at fixed marks and not by one pattern: a header of blanks must cost no more than any other.
    const [named = ''] = preference.split(';', 1);
    const [name = '', ...value] = named.split('=');
    if (name.trim().toLowerCase() !== 'wait') continue;
    const text = value.join('=').trim().replace(/^"|"$/g, '').trim();
    return /^[0-9]{1,9}$/.test(text) ? Math.min(Number(text), LONGEST_WAIT_S) : undefined;
  }
  return undefined;
}
