import type { WireCharset } from '../text-bytes.js';

/** The option `charset` of a driver that takes these, `ascii` where it is left out; or what is wrong with it. */
export function charsetOption<C extends WireCharset>(
  given: Readonly<Record<string, unknown>>,
  charsets: readonly C[],
): C | { readonly refused: string } {
  const wanted = given['charset'] ?? 'ascii';
  return charsets.find((one) => one === wanted) ?? { refused: `charset must be one of: ${charsets.join(', ')}` };
}
