import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import { BridgeError } from '#src/base/bridge-error.js';
import { openBooks } from '#src/books/database.js';
import { inTransaction, type OpenBooks } from '#src/books/database-kind.js';
import { tryWrite } from '#src/books/write-trial.js';
import { garblePages } from '../support/garbled-file.js';

describe('trouble with the books file', () => {
  let folder: string;
  let file: string;
  let books: OpenBooks;
  let others: Knex[] = [];
  let number = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'books-'));
    file = join(folder, 'bridge.sqlite');
    books = await openBooks({ client: 'sqlite3', filename: file });
  });
  afterEach(async () => {
    for (const other of others) await other.destroy();
    others = [];
    await books.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A browser for databases, say. */
  function otherProgram(): Knex {
    const other = knex({ client: 'sqlite3', connection: { filename: file }, useNullAsDefault: true });
    others.push(other);
    return other;
  }

  const lanes = async () => (await books.db('lanes').count('* as n'))[0]?.['n'];

  /** Two rows that belong together; the second needs room. */
  function write(secret = 'x'.repeat(3000)): Promise<void> {
    number += 1;
    const lane = { lane_id: `lane-${number}`, merchant_id: 'm', upstream_id: 'u', configured: 1, updated_at: 1 };
    return inTransaction(books.db, async (trx) => {
      await trx('lanes').insert(lane);
      await trx('upstream_clocks').insert({ upstream_id: `${number}${secret}`, offset_ms: 1, measured_at: 1 });
    });
  }

  async function causeOf(work: Promise<unknown>): Promise<BridgeError> {
    const error = await work.then(
      () => assert.fail('it went well'),
      (thrown: unknown) => books.kind.troubleOf(thrown),
    );
    assert.ok(error instanceof BridgeError, 'a cause with a code');
    assert.match(error.message, /Repair: /);
    return error;
  }

  it('a full disk is named, leaves nothing half written, and is over when there is room again', async () => {
    // Pages that migrations left free would take the first writes.
    await books.db.raw('VACUUM');
    const [{ page_count: pages } = { page_count: 0 }] = await books.db.raw<{ page_count: number }[]>('PRAGMA page_count');
    await books.db.raw(`PRAGMA max_page_count=${pages + 2}`);
    await write();
    const error = await causeOf(write());
    assert.equal(error.code, 'books.diskFull');
    assert.equal(await lanes(), 1, 'the first half of the transaction is gone');
    assert.equal((await causeOf(tryWrite(books))).code, 'books.diskFull', 'a small write shows it, too');
    await books.db.raw(`PRAGMA max_page_count=${pages + 200}`);
    await tryWrite(books);
    await write();
    assert.equal(await lanes(), 2);
  });

  it('a file that may be read and not written is named, and can still be read', async () => {
    await write();
    await books.db.raw('PRAGMA query_only=ON');
    assert.equal((await causeOf(write())).code, 'books.readOnly');
    assert.equal((await causeOf(tryWrite(books))).code, 'books.readOnly');
    assert.equal(await lanes(), 1);
    await books.db.raw('PRAGMA query_only=OFF');
    await tryWrite(books);
  });

  it('another program that keeps the file locked is named as that', async () => {
    await books.db.raw('PRAGMA busy_timeout=20');
    const other = otherProgram();
    await other.raw('BEGIN IMMEDIATE');
    assert.equal((await causeOf(write())).code, 'books.busy');
    assert.equal((await causeOf(tryWrite(books))).code, 'books.busy');
    await other.raw('ROLLBACK');
    await tryWrite(books);
  });

  it('says nothing of what was to be written: it may be a code or a name', async () => {
    await books.db.raw('PRAGMA query_only=ON');
    const error = await causeOf(write('https://pay.example/secret-code'));
    assert.ok(!/secret|insert|upstream_clocks/i.test(error.message), error.message);
  });

  it('a mistake of ours is no trouble of the file', async () => {
    await write();
    number -= 1;
    for (const mistake of [write(), books.db.raw('select * from nowhere')]) {
      const thrown = await mistake.then(() => undefined).catch((error: unknown) => error);
      assert.ok(thrown instanceof Error);
      assert.equal(books.kind.troubleOf(thrown), undefined);
    }
  });

  it('the small write takes fresh pages at every turn and leaves one row', async () => {
    await tryWrite(books);
    await tryWrite(books);
    const rows = (await books.db('write_trials').select('ballast')) as { ballast: Buffer }[];
    assert.equal(rows.length, 1);
    assert.ok((rows[0]?.ballast.length ?? 0) >= 64 * 1024);
  });

  it('a damaged page is found by whoever reads it, and by the look over the whole file before that', async () => {
    await write();
    assert.equal(await books.kind.damage(), null);
    await books.db.raw('PRAGMA wal_checkpoint(TRUNCATE)');
    assert.ok(garblePages(file) > 10);
    assert.equal(await lanes(), 1, 'what is in memory hides the damage');
    const looked = await books.kind.damage().catch((error: unknown) => books.kind.troubleOf(error));
    assert.equal(looked?.code, 'books.corrupt');
    await books.db.raw('PRAGMA shrink_memory');
    assert.equal((await causeOf(lanes())).code, 'books.corrupt');
    assert.equal((await causeOf(write())).code, 'books.corrupt');
    await books.close();
    const atStart = await openBooks({ client: 'sqlite3', filename: file }).then(
      () => assert.fail('damaged books were opened'),
      (error: unknown) => error,
    );
    assert.ok(atStart instanceof BridgeError);
    assert.equal(atStart.code, 'books.corrupt');
    assert.match(atStart.message, /restore the newest backup/);
  });
});
