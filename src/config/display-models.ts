import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayModelJsonSchema } from './config-schema.js';
import { displayModelSchema } from './display-schema.js';
import { issueFindings } from './explain-issue.js';
import { nearest } from './nearest.js';
import type { Problem } from './problem.js';
import { readYaml } from './yaml-source.js';

type Table = Readonly<Record<string, unknown>>;

/** A known kind of display, as its file gives it. */
export interface DisplayModel {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly baudRate: number | undefined;
  /** Only what the file says; defaults are not filled in. */
  readonly options: Table;
  readonly file: string;
  /** False: it stands beside the configuration. */
  readonly isShipped: boolean;
}

export type ModelLoad =
  | { readonly kind: 'ok'; readonly model: DisplayModel }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }
  | { readonly kind: 'unknown'; readonly near: string | undefined; readonly known: readonly string[] };

/** The models that come with the program. */
const SHIPPED = fileURLToPath(new URL('../../config/displays/', import.meta.url));
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const ENDING = '.yaml';

interface Folder {
  readonly path: string;
  readonly isShipped: boolean;
}

/** A shop's own models come first, so that it can correct one of ours. */
function foldersFor(configFile: string): readonly Folder[] {
  const own = join(dirname(resolve(configFile)), 'displays');
  const shipped = { path: SHIPPED, isShipped: true };
  return resolve(own) === resolve(SHIPPED) ? [shipped] : [{ path: own, isShipped: false }, shipped];
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((entry) => entry.endsWith(ENDING)).map((entry) => entry.slice(0, -ENDING.length));
}

async function knownNames(configFile: string): Promise<readonly string[]> {
  const all = await Promise.all(foldersFor(configFile).map(({ path }) => namesIn(path)));
  return [...new Set(all.flat())].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function readModel(name: string, file: string, isShipped: boolean, text: string): ModelLoad {
  const reading = readYaml(file, text, {});
  if (reading.kind === 'wrong') return reading;
  const { source, problems } = reading;
  const parsed = displayModelSchema.safeParse(source.value);
  const findings = parsed.success ? [] : issueFindings(parsed.error.issues, source.value, displayModelJsonSchema());
  if (!parsed.success || problems.length > 0) return { kind: 'wrong', problems: [...problems, ...findings.map(source.locate)] };
  const { title, driver, baudRate } = parsed.data;
  const { options } = source.value as { readonly options?: Table | undefined };
  // Relative paths are relative to the file they stand in.
  const icon = options?.['icon'];
  const own = typeof icon === 'string' ? { ...options, icon: resolve(dirname(file), icon) } : (options ?? {});
  return { kind: 'ok', model: { name, title, driver, baudRate, options: own, file, isShipped } };
}

/** Finds a model by its name: beside the configuration file in `displays/NAME.yaml`, else among those of the program. Never throws. */
export async function findModel(name: string, configFile: string): Promise<ModelLoad> {
  for (const { path, isShipped } of NAME.test(name) ? foldersFor(configFile) : []) {
    const file = join(path, `${name}${ENDING}`);
    try {
      return readModel(name, file, isShipped, await readFile(file, 'utf8'));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      if (code === 'ENOENT') continue;
      const repair = 'Make it a file that this account may read.';
      return { kind: 'wrong', problems: [{ file, line: 1, key: '', message: `the file cannot be read (${code})`, repair }] };
    }
  }
  const known = await knownNames(configFile);
  return { kind: 'unknown', near: nearest(name, known), known };
}

/** Every model there is for a configuration file, and what is wrong with those that cannot be used. */
export async function listModels(
  configFile: string,
): Promise<{ readonly models: readonly DisplayModel[]; readonly problems: readonly Problem[] }> {
  const loads = await Promise.all((await knownNames(configFile)).map((name) => findModel(name, configFile)));
  return {
    models: loads.flatMap((load) => (load.kind === 'ok' ? [load.model] : [])),
    problems: loads.flatMap((load) => (load.kind === 'wrong' ? load.problems : [])),
  };
}
