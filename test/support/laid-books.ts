import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openBooks } from '#src/books/database.js';

let empty: Promise<Buffer> | undefined;

async function makeOnce(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'books-'));
  try {
    const filename = join(folder, 'bridge.sqlite');
    await (await openBooks({ client: 'sqlite3', filename })).close();
    return readFileSync(filename);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Puts books of the newest shape with nothing in them in this place, as the first start of a shop leaves them. They are made once for all
 * tests of a process: a new shop for every test would go through every migration. The first start has tests of its own.
 */
export async function layBooks(filename: string): Promise<void> {
  empty ??= makeOnce();
  const bytes = await empty;
  mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
  writeFileSync(filename, bytes, { mode: 0o600 });
}
