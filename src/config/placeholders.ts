import type { ConfigPath } from './problem.js';

/** What stands in examples where a value of one's own belongs. */
const WHOLE = /^(?:\.{3,}|x{3,}|<[^<>]+>|todo|tbd|change[-_ ]?me|replace[-_ ]?me)$/i;
/** An ellipsis in something that people never read: ids, paths, addresses. Names in other scripts may end in one. */
const CUT_SHORT = /^[\x21-\x7e…]*…[\x21-\x7e…]*$/;

/** What to say of a value that was copied from an example and never filled in; undefined for every other one. Words on displays are free. */
export function placeholder(path: ConfigPath, raw: string): { message: string; repair: string } | undefined {
  const text = raw.trim();
  if (path.includes('options') || (!WHOLE.test(text) && !CUT_SHORT.test(text))) return undefined;
  const name = String(path.findLast((part) => typeof part === 'string') ?? 'value');
  return {
    message: `"${text.slice(0, 40)}" stands for a value that was never filled in`,
    repair: `Write your own ${name} here; the upstream's documents and the Developer Center tell it.`,
  };
}
