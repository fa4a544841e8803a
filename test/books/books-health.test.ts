import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { createLog } from '#src/base/log.js';
import { watchedBooks } from '#src/books/books-errors.js';
import { type BooksHealth, createBooksHealth } from '#src/books/books-health.js';
import { openBooks } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { tryWrite } from '#src/books/write-trial.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { createWorkWatch, type WorkWatch } from '../support/work-under-way.js';

describe('what is known of the books’ health', () => {
  let folder: string;
  let books: OpenBooks;
  let clock: ManualClock;
  let watch: WorkWatch;
  let health: BooksHealth;
  let stop: AbortController;
  let watching: Promise<void>;
  let tries: number;
  let changes: number;
  let log: Record<string, unknown>[];
  let pages: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'books-'));
    books = await openBooks({ client: 'sqlite3', filename: join(folder, 'bridge.sqlite') });
    watch = createWorkWatch();
    clock = createManualClock({ busy: () => watch.busy(), restMs: 1 });
    [tries, changes, log] = [0, 0, []];
    await tryWrite(books);
    const [count] = await books.db.raw<{ page_count: number }[]>('PRAGMA page_count');
    pages = count?.page_count ?? 0;
    health = createBooksHealth({
      tryWrite() {
        tries += 1;
        return tryWrite(books);
      },
      kind: books.kind,
      clock,
      log: createLog((line) => log.push(JSON.parse(line) as Record<string, unknown>)),
      changed: () => {
        changes += 1;
      },
    });
    stop = new AbortController();
    watching = health.watch(stop.signal);
    await clock.settle();
  });
  afterEach(async () => {
    stop.abort();
    await clock.settle();
    await watching;
    await books.close();
    watch.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const room = (extra: number) => books.db.raw(`PRAGMA max_page_count=${pages + extra}`);
  /** No page is left, not even one that was given back. */
  async function fillUp(): Promise<void> {
    await room(0);
    for (let rows = 0, full = false; !full; rows += 1) {
      const row = { upstream_id: `${rows}${'x'.repeat(8000)}`, offset_ms: 1, measured_at: 1 };
      full = await books
        .db('upstream_clocks')
        .insert(row)
        .then(
          () => false,
          () => true,
        );
    }
  }
  const events = () => log.map(({ msg }) => msg);
  const FELL = 'the books cannot be used; no sale is taken, no code is shown';
  const ROSE = 'the books can be used again';

  it('is tried at once and every minute by a real write', async () => {
    assert.equal(tries, 1);
    await clock.advance(59_999);
    assert.equal(tries, 1);
    await clock.advance(1);
    assert.equal(tries, 2);
    assert.equal(health.trouble(), null);
    assert.deepEqual(log, []);
  });

  it('finds a full disk before a sale does, says so once, tries every second, and says once that it is over', async () => {
    await fillUp();
    await clock.advance(60_000);
    assert.equal(health.trouble()?.code, 'books.diskFull');
    const before = tries;
    await clock.advance(10_000);
    assert.equal(tries - before, 10);
    assert.deepEqual(events(), [FELL]);
    assert.deepEqual([log[0]?.['alarm'], log[0]?.['errorCode']], [true, 'books.diskFull']);
    assert.match(String(log[0]?.['why']), /Repair: free space/);
    await room(500);
    await clock.advance(1000);
    assert.equal(health.trouble(), null);
    assert.deepEqual(events(), [FELL, ROSE]);
    assert.equal(changes, 2);
  });

  it('learns from every verb that fails, and refuses writing verbs untried until a write has passed', async () => {
    let calls = 0;
    const verbs = {
      async save() {
        calls += 1;
        await tryWrite(books);
      },
      async read() {
        return (await books.db('lanes')).length;
      },
    };
    const watched = watchedBooks(health, verbs, ['save']);
    await fillUp();
    await assert.rejects(watched.save(), { code: 'books.diskFull' });
    await assert.rejects(watched.save(), { code: 'books.diskFull' });
    assert.equal(calls, 1, 'the second one was not tried');
    assert.equal(await watched.read(), 0);
    await room(500);
    await assert.rejects(watched.save(), { code: 'books.diskFull' });
    await clock.advance(1000);
    await watched.save();
    assert.equal(calls, 2);
  });

  it('a mistake of ours is thrown on and spoils nothing', async () => {
    const mistake = new TypeError('no such thing');
    const watched = watchedBooks(health, { save: () => Promise.reject(mistake) }, ['save']);
    await assert.rejects(watched.save(), mistake);
    assert.equal(health.trouble(), null);
  });

  it('one row that cannot be read is no trouble of the books', async () => {
    const error = new BridgeError('books.unreadableRow', 'one row');
    assert.equal(health.heard(error), error);
    assert.equal(health.trouble(), null);
  });

  it('trouble that comes back at once is tried at growing pauses, so that the edge of a full disk floods nobody', async () => {
    const full = new BridgeError('books.diskFull', 'a sale did not fit; a small write does');
    const over = async () => {
      health.heard(full);
      const since = clock.elapsedMs();
      await clock.advanceUntil(() => health.trouble() === null, 'over', { stepMs: 100 });
      return Math.round((clock.elapsedMs() - since) / 1000);
    };
    const pauses: number[] = [];
    for (let i = 0; i < 8; i += 1) pauses.push(await over());
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    await clock.advance(60_000);
    assert.equal(await over(), 1, 'a minute of health forgives');
  });

  it('an answer is fresh: who asks gets a real write that is at most five seconds old', async () => {
    await clock.advance(5001);
    await fillUp();
    assert.equal((await health.ask())?.code, 'books.diskFull');
    const before = tries;
    assert.equal((await health.ask())?.code, 'books.diskFull');
    assert.equal(tries, before, 'in trouble nobody but the watch tries');
  });

  it('a write that does not come back is trouble, until it does', async () => {
    stop.abort();
    await clock.settle();
    let comeBack: () => void = () => {};
    const hanging = createBooksHealth({
      tryWrite: () =>
        new Promise((resolve) => {
          comeBack = resolve;
        }),
      kind: books.kind,
      clock,
      log: createLog(() => {}),
      changed: () => {},
    });
    const asked = hanging.ask();
    await clock.advance(8000);
    assert.equal((await asked)?.code, 'books.unavailable');
    comeBack();
    await clock.settle();
    assert.equal(hanging.trouble(), null);
  });

  it('damage is for good: it is told to whoever has to stop, and no later write makes it well', async () => {
    let told: BridgeError | undefined;
    void health.damaged.then((error) => {
      told = error;
    });
    health.heard(new BridgeError('books.corrupt', 'a page is garbage'));
    await clock.advance(130_000);
    assert.equal(told?.code, 'books.corrupt');
    assert.equal(health.trouble()?.code, 'books.corrupt');
    assert.deepEqual(events(), [FELL]);
  });
});
