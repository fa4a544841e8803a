import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
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

await copyAssets('src', 'dist');
await mkdir('config', { recursive: true });
await writeFile(join('config', 'bridge.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
