import type { ExceptionWords } from '../../reconciliation/exception-sentences.js';
import { grouped } from './shown.js';
import { isWordKey, type Say } from './words/words.js';

/** The sentences about an exception, said in the language of a page. */
export function saidIn({ cause, act }: ExceptionWords, say: Say): { readonly cause: string; readonly act: string } {
  const said = cause.map(([key, values]) => say(`ex.${key}`, valuesIn(values, say)));
  return { cause: said.join(''), act: say(`ex.${act}`) };
}

/** Names of values that are money as text: `JPY 1980`, or arithmetic with it. */
const MONEY = new Set(['ours', 'theirs', 'amount', 'stated', 'counted', 'expected', 'found', 'paid', 'cleared']);

/** What the totals of a batch or of a settlement are told about: `batch 2026030500000101 USD`. */
const BATCH = /^(batch|settlement) (.+)$/;

/** `type` and `standing` are words, `batch` begins with one, and money has its thousands apart as in tables; all other values stand as they came. */
function valuesIn(values: Readonly<Record<string, string>>, say: Say): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const key = `ex.${name}.${value}`;
      if (MONEY.has(name))
        return [
          name,
          value.replaceAll(/(?<=\b[A-Z]{3} )(-?)(\d+)/g, (_all, sign, whole) => `${sign && '\u2212'}${grouped(whole)}`),
        ];
      const [, what, id = ''] = (name === 'batch' && BATCH.exec(value)) || [];
      if (what !== undefined) return [name, say(what === 'batch' ? 'ex.batch' : 'ex.settlement', { id })];
      return [name, isWordKey(key) ? say(key) : value];
    }),
  );
}
