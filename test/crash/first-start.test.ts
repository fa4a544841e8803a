import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { startAndSignal, startService, until } from '../process/program.js';
import { readBooksAtDeath } from './books-at-death.js';

describe('kill -9 in the very first start', function () {
  this.timeout(60_000);
  let pc: CounterPc;
  beforeEach(async () => {
    pc = await createCounterPc();
  });
  afterEach(() => pc.remove());

  for (const afterMs of [0, 15, 40]) {
    it(`${afterMs} ms after the file came into being leaves nothing that a start cannot use`, async () => {
      const killed = await startAndSignal(pc.file, 'SIGKILL', afterMs, () =>
        until(() => existsSync(pc.books), 'the file', 10_000, 1),
      );
      assert.equal(killed.signal, 'SIGKILL');
      const service = await startService(pc.file);
      assert.equal((await service.stop()).code, 0);
      const books = await readBooksAtDeath(pc.books, pc.folder);
      assert.equal(books.integrity, 'ok');
      assert.deepEqual(books.payments, []);
    });
  }
});
