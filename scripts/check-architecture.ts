import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

/*
 * Two things the import rules cannot say of themselves: that they looked at anything at all (dependency-cruiser is content with
 * nothing), and that the map in ARCHITECTURE.md shows the folders that are there. The map is the fenced block that begins with
 * "src/": a folder a line, two blanks deeper for each level, its name ending in "/".
 */

const MAP_FILE = 'ARCHITECTURE.md';

async function sourceFiles(): Promise<readonly string[]> {
  const entries = await readdir('src', { recursive: true });
  return entries.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).map((name) => name.split(sep).join('/'));
}

/** Sources whose compiled file the rules never saw. */
async function unreadModules(sources: readonly string[]): Promise<string[]> {
  const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
  const { output } = await cruise(['dist'], options);
  const read = new Set((output as ICruiseResult).modules.map((module) => module.source));
  return sources.filter((name) => !read.has(`dist/${name.replace(/\.ts$/, '.js')}`));
}

/** Folders of the map, as paths under src/; `undefined` when the text has no map. */
function foldersOfMap(markdown: string): ReadonlySet<string> | undefined {
  const block = /^```[a-z]*\n(src\/.*?)^```/ms.exec(markdown)?.[1];
  if (block === undefined) return undefined;
  const folders = new Set<string>();
  const open: string[] = [];
  for (const line of block.split('\n')) {
    const found = /^( +)([a-z0-9-]+)\/(?:\s|$)/.exec(line);
    if (found === null) continue;
    const depth = (found[1] ?? '').length / 2;
    open.length = Math.min(open.length, depth - 1);
    open.push(found[2] ?? '');
    folders.add(open.join('/'));
  }
  return folders;
}

async function foldersOfSource(): Promise<ReadonlySet<string>> {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return new Set(folders.map((folder) => folder.split(sep).slice(1).join('/')));
}

async function mapFaults(): Promise<string[]> {
  const markdown = await readFile(MAP_FILE, 'utf8').catch(() => undefined);
  if (markdown === undefined) return [`${MAP_FILE} is missing`];
  const drawn = foldersOfMap(markdown);
  if (drawn === undefined) return [`${MAP_FILE} has no map: a fenced block that begins with "src/"`];
  const there = await foldersOfSource();
  return [
    ...[...drawn].filter((folder) => !there.has(folder)).map((folder) => `${MAP_FILE} shows src/${folder}/, which is not there`),
    ...[...there].filter((folder) => !drawn.has(folder)).map((folder) => `src/${folder}/ is not on the map in ${MAP_FILE}`),
  ];
}

const sources = await sourceFiles();
const unread = await unreadModules(sources);
const faults = [
  ...(sources.length === 0 ? ['there are no sources: run this at the root of the project'] : []),
  ...unread.map((name) => `the import rules did not read dist/${name.replace(/\.ts$/, '.js')}; run "npm run build" first`),
  ...(await mapFaults()),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`import rules read all ${sources.length} modules; the map shows every folder`);
