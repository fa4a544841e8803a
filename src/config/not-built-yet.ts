import type { ConfigPath, Finding } from './problem.js';

interface Growing {
  /** `*` stands for every entry of a list. */
  readonly path: readonly string[];
  readonly built: readonly string[];
  /** Legal words that this version refuses; an issue that builds one moves it to `built`. */
  readonly later: readonly string[];
}

const GROWING: readonly Growing[] = [
  { path: ['role'], built: ['all'], later: ['acquirer', 'counter'] },
  { path: ['database', 'client'], built: ['sqlite3', 'pg'], later: [] },
  {
    path: ['upstreams', '*', 'dialect'],
    built: ['alipayplus_order_code', 'mini_program_cashier', 'rebell_cashier', 'rebell_agreement', 'antom_auto_debit'],
    later: ['acquirer'],
  },
];

/** Settings that are legal words of the configuration but not built in this version; reads the file before its schema does. */
export function notBuiltFindings(value: unknown): Finding[] {
  return GROWING.flatMap(({ path, built, later }) =>
    valuesAt(value, path, [])
      .filter((found) => typeof found.value === 'string' && later.includes(found.value))
      .map((found) => ({
        path: found.path,
        message: `"${String(found.value)}" is not built yet in this version`,
        repair: `Use ${built.map((word) => `"${word}"`).join(' or ')}, or a later version of the bridge.`,
      })),
  );
}

/** Whether this version speaks a word that is legal at this place. */
export function isBuilt(at: ConfigPath, word: string): boolean {
  const isThere = (path: readonly string[]) =>
    path.length === at.length && path.every((part, index) => part === '*' || part === at[index]);
  return !GROWING.some(({ path, later }) => later.includes(word) && isThere(path));
}

function valuesAt(value: unknown, path: readonly string[], done: ConfigPath): { path: ConfigPath; value: unknown }[] {
  const [next, ...rest] = path;
  if (next === undefined) return [{ path: done, value }];
  if (next === '*') return Array.isArray(value) ? value.flatMap((item, index) => valuesAt(item, rest, [...done, index])) : [];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, next)) return [];
  return valuesAt((value as Record<string, unknown>)[next], rest, [...done, next]);
}
