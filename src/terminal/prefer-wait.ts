import { LONGEST_WAIT_S } from './sale-schemas.js';

/**
 * Seconds asked for by `Prefer: wait=N` (RFC 7240), at most 25; `undefined` when there is no usable one. As that RFC wants it, the
 * first `wait` counts and what cannot be understood is passed over.
 */
export function preferWaitSeconds(prefer: string): number | undefined {
  for (const preference of prefer.split(',')) {
    const found = /^\s*wait\s*(?:=\s*"?([^";]*)"?)?\s*(?:;.*)?$/i.exec(preference);
    if (found === null) continue;
    const text = (found[1] ?? '').trim();
    return /^[0-9]{1,9}$/.test(text) ? Math.min(Number(text), LONGEST_WAIT_S) : undefined;
  }
  return undefined;
}
