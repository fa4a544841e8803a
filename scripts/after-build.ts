import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { configJsonSchema, displayModelJsonSchema } from '#src/config/config-schema.js';

/** What the compiler leaves behind: pages, styles, pictures and helpers go to the same place under dist/. */
const ASSETS: ReadonlySet<string> = new Set(['.html', '.eta', '.css', '.js', '.svg', '.png', '.webmanifest', '.ico', '.py']);

async function filesUnder(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function copyAssets(from: string, to: string): Promise<void> {
  for (const name of await filesUnder(from)) {
    if (!ASSETS.has(extname(name))) continue;
    const target = join(to, name);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(from, name), target);
  }
}

/** What an earlier build left for a source that is gone would still be run as a test, judged by the import rules and shipped. */
async function dropOrphans(from: string, to: string, leave: readonly string[]): Promise<void> {
  for (const name of await filesUnder(to)) {
    const [top = ''] = name.split(/[\\/]/);
    if (leave.includes(top)) continue;
    const compiled = /^(.*?)(\.d\.ts|\.js|\.js\.map)$/.exec(name);
    const source = compiled === null ? name : `${compiled[1]}.ts`;
    if (!existsSync(join(from, source)) && !existsSync(join(from, name))) await rm(join(to, name));
  }
}

await copyAssets('src', 'dist');
// The bin of the package: a link to it is run directly.
await chmod(join('dist', 'main.js'), 0o755);
await dropOrphans('src', 'dist', ['test', 'scripts', 'test-counts.json']);
await dropOrphans('test', join('dist', 'test'), []);
await dropOrphans('scripts', join('dist', 'scripts'), []);
await mkdir('config', { recursive: true });
const schemas = { 'bridge.schema.json': configJsonSchema(), 'display-model.schema.json': displayModelJsonSchema() };
for (const [name, schema] of Object.entries(schemas))
  await writeFile(join('config', name), `${JSON.stringify(schema, null, 2)}\n`);
