import type { ExceptionWords } from '../../reconciliation/exception-sentences.js';
import { isWordKey, type Say } from './words/words.js';

/** The sentences about an exception, said in the language of a page. */
export function saidIn({ cause, act }: ExceptionWords, say: Say): { readonly cause: string; readonly act: string } {
  const said = cause.map(([key, values]) => say(`ex.${key}`, valuesIn(values, say)));
  return { cause: said.join(''), act: say(`ex.${act}`) };
}

/** `type` and `standing` are words; all other values stand as they came. */
function valuesIn(values: Readonly<Record<string, string>>, say: Say): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const key = `ex.${name}.${value}`;
      return [name, isWordKey(key) ? say(key) : value];
    }),
  );
}
