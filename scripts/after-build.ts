import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { configJsonSchema } from '#src/config/config-schema.js';

/** What the compiler leaves behind: pages, styles and pictures go to the same place under dist/. */
const ASSETS: ReadonlySet<string> = new Set(['.html', '.css', '.js', '.svg', '.png', '.webmanifest', '.ico']);

async function copyAssets(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !ASSETS.has(extname(entry.name))) continue;
    const file = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, file));
    await mkdir(dirname(target), { recursive: true });
    await cp(file, target);
  }
}

/** The compiler never deletes: without this, tests and modules whose source is gone would go on running. */
async function removeOrphans(built: string, source: string, leave: readonly string[]): Promise<void> {
  const entries = existsSync(built) ? await readdir(built, { recursive: true, withFileTypes: true }) : [];
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const inside = relative(built, file);
    const compiled = /^(.*?)(\.d\.ts|\.js\.map|\.js)$/.exec(inside);
    if (!entry.isFile() || compiled === null || leave.some((folder) => inside.startsWith(folder))) continue;
    const from = join(source, compiled[1] ?? '');
    if (!existsSync(`${from}.ts`) && !existsSync(`${from}.js`)) await rm(file);
  }
}

await removeOrphans('dist', 'src', ['test', 'scripts']);
await removeOrphans(join('dist', 'test'), 'test', []);
await removeOrphans(join('dist', 'scripts'), 'scripts', []);
await copyAssets('src', 'dist');
await mkdir('config', { recursive: true });
await writeFile(join('config', 'bridge.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
