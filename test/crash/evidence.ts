import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BooksKind } from './crash-books.js';
import type { RoundResult } from './kill-round.js';
import type { ScheduleResult } from './schedule.js';

/** Under which circumstances a result was won. */
export interface Stamp {
  readonly db: BooksKind;
  /** Of the product, with the commit it was built from. */
  readonly version: string;
  readonly date: string;
}

/** One line of the evidence. */
export type Result = (Stamp & { readonly kind: 'kill' } & RoundResult) | (Stamp & { readonly kind: 'schedule' } & ScheduleResult);

/** A file that only grows: a later run adds its seeds, and a run that was broken off goes on where it stopped. */
export interface Evidence {
  add(result: Result): void;
  /** The newest result of each seed of each plan and database. */
  all(): readonly Result[];
  /** Results with violations whose seed was run again since: never lost from sight. */
  overtaken(): readonly Result[];
  /** Whether this seed was run with this very version. */
  has(kind: Result['kind'], plan: string, seed: number, stamp: Stamp): boolean;
}

function keyOf(result: Result): string {
  return [result.kind, result.db, 'plan' in result ? result.plan : '', result.seed].join(' ');
}

/** Opens the evidence in `folder`, which is made if need be. */
export function openEvidence(folder: string): Evidence {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'evidence.jsonl');
  const results = new Map<string, Result>();
  const overtaken: Result[] = [];
  const keep = (result: Result) => {
    const before = results.get(keyOf(result));
    if (before !== undefined && before.violations.length > 0) overtaken.push(before);
    results.set(keyOf(result), result);
  };
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const line of lines) {
    if (line !== '') keep(JSON.parse(line) as Result);
  }
  return {
    add(result) {
      keep(result);
      appendFileSync(file, `${JSON.stringify(result)}\n`);
    },
    all: () => [...results.values()],
    overtaken: () => overtaken,
    has: (kind, plan, seed, { db, version }) => results.get([kind, db, plan, seed].join(' '))?.version === version,
  };
}

/** The version in package.json with the newest commit of the product's sources; `+` when they were changed since. */
export function versionNow(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${version} (${git('log', '-1', '--format=%h', '--', 'src')}${git('status', '--porcelain', 'src') === '' ? '' : '+'})`;
  } catch {
    return version;
  }
}
