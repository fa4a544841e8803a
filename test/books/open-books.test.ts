import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { openBooks as openPlace } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { skipBecause } from '../support/skip.js';

const openBooks = (filename: string) => openPlace({ client: 'sqlite3', filename });
const DATABASE = new URL('../../books/database.js', import.meta.url).href;

/** Root may write everything: then the folder is given to somebody who may not, and the work is done in that name. */
async function asNobody<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    chownSync(join(folder, name), NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

const NOBODY = 65_534;

describe('the books file', () => {
  let folder: string;
  let file: string;
  let open: OpenBooks | undefined;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'books-'));
    file = join(folder, 'deep', 'bridge.sqlite');
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await open?.close();
    open = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function refused(): Promise<BridgeError> {
    try {
      await (await openBooks(file)).close();
    } catch (error) {
      assert.ok(error instanceof BridgeError, String(error));
      return error;
    }
    return assert.fail('the books were opened');
  }

  /** Another process that holds the books open. */
  async function holder(): Promise<ChildProcess> {
    const script = `const { openBooks } = await import(${JSON.stringify(DATABASE)}); await openBooks({ client: 'sqlite3', filename: process.argv[1] }); console.log('open'); setInterval(() => {}, 1000);`;
    const started = spawn(process.execPath, ['--input-type=module', '-e', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.once('data', () => resolve());
      started.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
    });
    return started;
  }

  it('is not opened under a lock that may only be read: SQLite would give it to two at once', async function () {
    if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits');
    await (await openBooks(file)).close();
    chmodSync(`${file}.lock`, 0o400);
    const error = await asNobody(folder, refused);
    assert.equal(error.code, 'books.readOnly');
    assert.match(error.message, /own file and folder/);
  });

  it('is created with its folder, for its owner only, and opens again as it was', async () => {
    open = await openBooks(file);
    if (process.platform !== 'win32') {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(statSync(join(folder, 'deep')).mode & 0o777, 0o700);
    }
    await open.db('upstream_clocks').insert({ upstream_id: 'u', offset_ms: 5, measured_at: 1 });
    await open.close();
    open = await openBooks(file);
    assert.equal((await open.db('upstream_clocks').first())?.offset_ms, 5);
  });

  it('writes through to the disk at every commit', async () => {
    const { db } = await openBooks(file).then((books) => {
      open = books;
      return books;
    });
    const value = async (pragma: string) => Object.values((await db.raw(`PRAGMA ${pragma}`))[0] as object)[0];
    assert.equal(await value('journal_mode'), 'wal');
    assert.equal(await value('synchronous'), 2, 'FULL');
    assert.equal(await value('foreign_keys'), 1);
  });

  it('takes no value of a wrong type', async () => {
    open = await openBooks(file);
    const tables = (await open.db.raw("select name, strict from pragma_table_list where schema = 'main' and type = 'table'")) as {
      name: string;
      strict: number;
    }[];
    const own = tables.filter(({ name }) => !name.startsWith('sqlite_') && !name.startsWith('knex_'));
    assert.ok(own.length >= 8);
    assert.deepEqual(
      own.filter(({ strict }) => strict !== 1),
      [],
    );
    await assert.rejects(
      open.db('upstream_clocks').insert({ upstream_id: 'u', offset_ms: 'soon', measured_at: 1 }),
      /STRICT|cannot store TEXT/i,
    );
  });

  it('belongs to one process: a second is refused and told how to stop the first', async () => {
    await holder();
    const error = await refused();
    assert.equal(error.code, 'books.locked');
    assert.match(error.message, /ocbridge stop/);
  });

  it('is free again as soon as its process was killed', async () => {
    const held = await holder();
    const gone = new Promise((resolve) => held.once('exit', resolve));
    held.kill('SIGKILL');
    await gone;
    open = await openBooks(file);
  });

  it('opens although an earlier process was killed inside a migration', async () => {
    open = await openBooks(file);
    await open.db('knex_migrations_lock').update({ is_locked: 1 });
    await open.close();
    open = await openBooks(file);
    assert.equal((await open.db('knex_migrations_lock').first())?.is_locked, 0);
  });

  it('is refused, with the repair, when others may read it', async function () {
    if (process.platform === 'win32') {
      skipBecause(this, 'Windows has no such mode bits');
    }
    await (await openBooks(file)).close();
    chmodSync(file, 0o644);
    const error = await refused();
    assert.equal(error.code, 'books.openToOthers');
    assert.match(error.message, /chmod 600/);
  });

  it('is named as damaged when it is no database', async () => {
    await (await openBooks(file)).close();
    writeFileSync(file, Buffer.alloc(8192, 'x'));
    assert.equal((await refused()).code, 'books.corrupt');
    // And the lock was given back.
    assert.equal((await refused()).code, 'books.corrupt');
  });
});
