import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One process that has a device file open; undefined when it has not, or does not let us look. */
async function holderText(root: string, pid: string, path: string): Promise<string | undefined> {
  const folder = join(root, pid, 'fd');
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if ((await readlink(join(folder, name)).catch(() => undefined)) !== path) continue;
    const command = (await readFile(join(root, pid, 'comm'), 'utf8').catch(() => '')).trim();
    return `${command === '' ? 'a program' : command} (process ${pid})`;
  }
  return undefined;
}

/**
 * The processes that have a device file open, e.g. `minicom (process 4711)`, on Linux; elsewhere nobody can say. Without the rights of an
 * administrator only those of this account. `root` is `/proc` except in tests.
 */
export async function portHolders(path: string, root = '/proc'): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir(root).catch(() => [])).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map((pid) => holderText(root, pid, path)))).filter((text) => text !== undefined);
}
