import { visible } from './visible-text.js';

/** One error of an import. */
export interface FileErrorWords {
  readonly path: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly message: string;
}

type Words = Readonly<Record<string, unknown>>;

export function fileErrorText({ path, line, column, message }: FileErrorWords): string {
  const place = [path, line, column].filter((part) => part !== null).join(':');
  return `${visible(`${place}: ${message}`)}\n`;
}

/** One line a file: what came, and for which day. */
export function importedText(files: readonly Words[]): string {
  return files
    .map(({ name, date, lines, unchanged, late }) => {
      const note = late === true ? ', came after that day was sealed' : unchanged === true ? ', was there before' : '';
      return `${visible(String(name))}: ${String(date)}, ${String(lines)} lines${note}\n`;
    })
    .join('');
}

/** What a fetch answers, as far as it is told here. */
export interface FetchWords {
  readonly date: string;
  readonly complete: boolean;
  readonly files: readonly Words[];
  readonly notTaken: readonly {
    readonly outcome: string;
    readonly message: string;
    readonly errors: readonly FileErrorWords[];
  }[];
  readonly troubles: readonly { readonly code: string; readonly message: string }[];
}

/** What came, for stdout; what is missing and why, for stderr. */
export function fetchedText({ date, complete, files, notTaken, troubles }: FetchWords): {
  readonly out: string;
  readonly err: string;
} {
  const missing = files.filter(({ state }) => state === 'missing').map(({ name }) => `${visible(String(name))} is missing\n`);
  const kept = notTaken.map(({ outcome, message, errors }) => {
    const hint = outcome === 'later' ? '; try again later' : '';
    return `${errors.map(fileErrorText).join('')}${visible(message)}${hint}\n`;
  });
  const came = files.filter(({ state }) => state !== 'missing');
  const isQuiet = complete && came.length === 0 && kept.length === 0 && troubles.length === 0;
  return {
    out: isQuiet ? `${date}: every report is in the books; the server has none of that day any more\n` : importedText(came),
    err: [...troubles.map(({ message }) => `${visible(message)}\n`), ...kept, ...missing].join(''),
  };
}

const list = (value: unknown): readonly Words[] => (Array.isArray(value) ? (value as Words[]) : []);

const ROWS = ['ours', 'matched', 'shifted', 'waiting', 'exceptions', 'theirs', 'theirShifted', 'theirExceptions'] as const;

function totalsText(totals: Words): string {
  const { currency, basis, withoutSettlementAmount: without } = totals;
  const rows = ROWS.map((name) => {
    const { count, value } = (totals[name] ?? {}) as Words;
    return `  ${name.padEnd(16)} ${String(count).padStart(10)}  ${String(value).padStart(18)}\n`;
  });
  const apart = typeof without === 'number' && without > 0 ? `  ${without} rows without a settlement amount are left out\n` : '';
  return `${String(currency)}, ${String(basis)} currency, smallest units, net:\n${rows.join('')}${apart}`;
}

/** A day for people: its files, its totals, how much is open. */
export function dayText(day: unknown): string {
  const { date, sealed, sealedBy, files, totals, exceptions } = day as Words;
  const { open, resolved } = (exceptions ?? {}) as Words;
  const seal = sealed === true ? `sealed by ${visible(String(sealedBy))}` : 'not sealed';
  const fileLines = list(files).map(({ name, state }) => `  ${String(state).padEnd(8)} ${visible(String(name))}\n`);
  const all = list(totals).map(totalsText).join('');
  return `${String(date)} (UTC+8), ${seal}\nfiles:\n${fileLines.join('')}${all}exceptions: ${String(open)} open, ${String(resolved)} resolved\n`;
}

/** Exceptions, each with its cause, what to do, and where it stands. */
export function exceptionText(page: unknown): string {
  const { items, nextCursor } = page as Words;
  const told = list(items).map(({ id, kind, state, cause, act, file, line, ageDays }) => {
    const place = file === null ? [] : [`${String(file)}${line === null ? '' : ` line ${String(line)}`}`];
    const about = [String(cause), `-> ${String(act)}`, ...place].map((one) => `    ${visible(one)}\n`);
    return `${String(kind)} (${String(state)}, ${String(ageDays)} days, ${String(id)})\n${about.join('')}`;
  });
  const more = nextCursor === null ? '' : 'there are more: see the back office\n';
  return `${told.join('')}${more}`;
}
