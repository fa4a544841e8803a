import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '#src/config/load-config.js';
import { answerOffline } from '#src/offline-books.js';
import { openOfflineRecon } from '#src/offline-recon.js';
import type { OfflineRecon } from '#src/technician/cli-parts.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { DAYS, lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { PASSWORD } from '../support/back-office.js';
import { cycleFiles } from '../support/report-files.js';
import { cli } from './cli-run.js';

describe('the password prompt of recon close', () => {
  let pc: CounterPc;
  let recon: OfflineRecon;
  before(async () => {
    pc = await createCounterPc();
    const added = await cli(['user', 'add', 'mika', '--role', 'approver', '--config', pc.file], {
      answerOffline: (config, request) => answerOffline(config, request),
      askSecret: async () => PASSWORD,
    });
    assert.equal(added.code, 0, added.err);
    const load = await loadConfig(pc.file, {});
    assert.ok(load.kind === 'ok');
    recon = await openOfflineRecon(load.config);
  });
  after(async () => {
    await recon?.close();
    pc?.remove();
  });

  /** Every run asks the same desk, as it does beside a running bridge: there wrong passwords add up. */
  const close = (password: string | undefined, ...more: readonly string[]) => closeDay('2026-03-05', password, ...more);
  const closeDay = (date: string, password: string | undefined, ...more: readonly string[]) =>
    cli(['recon', 'close', date, '--by', 'mika', '--config', pc.file, ...more], {
      offlineRecon: async () => ({ ask: recon.ask, close: async () => {} }),
      askSecret: async () => password,
    });

  it('is not asked for a day that no calendar has', async () => {
    for (const day of ['2026-02-30', '2026-13-01', '20260305', '2026-2-3']) assert.equal((await closeDay(day, PASSWORD)).code, 1);
  });

  it('leads to no seal over a file that came after the day was compared', async () => {
    const ask = (verb: string, args: Record<string, unknown>) => recon.ask({ verb, args: { ...args, account: 'root' } });
    await ask('recon.run', { date: DAYS.after });
    const [[name, text] = ['', '']] = cycleFiles(DAYS.after, [lineOf(paidRow(1), 4)]);
    const path = join(pc.folder, name);
    writeFileSync(path, text);
    assert.equal((await ask('recon.import', { paths: [path] })).kind, 'done');
    const { code, err } = await closeDay(DAYS.after, PASSWORD);
    assert.equal(code, 2);
    assert.match(err, /files or sales of 2026-03-06, .* since it was compared, .*: ocbridge recon run 2026-03-06/);
  });

  it('stands before a file that is taken back, too, whose name the command then gives free', async () => {
    const [[name, text] = ['', '']] = cycleFiles('2026-03-09', []);
    const path = join(pc.folder, name);
    writeFileSync(path, text);
    assert.equal((await recon.ask({ verb: 'recon.import', args: { paths: [path], account: 'root' } })).kind, 'done');
    const takeBack = (password: string | undefined, file: string, reason = 'cut off') =>
      cli(['recon', 'take-back', file, '--by', 'mika', '--reason', reason, '--config', pc.file], {
        offlineRecon: async () => ({ ask: recon.ask, close: async () => {} }),
        askSecret: async () => password,
      });
    for (const [password, file, reason, code, words] of [
      [undefined, name, 'cut off', 1, /^no password was given; the file stays in the books\./],
      ['wrong password', name, 'cut off', 2, /the password is wrong; the file stays in the books/],
      [PASSWORD, path, 'cut off', 1, /it is named without a folder/],
      [PASSWORD, name, ' ', 2, /the reason must have 1 to 1000 characters/],
    ] as const) {
      const ended = await takeBack(password, file, reason);
      assert.deepEqual([ended.code, ended.out], [code, '']);
      assert.match(ended.err, words);
    }
    const { code, out } = await takeBack(PASSWORD, name);
    assert.deepEqual([code, out], [0, `${name} was taken back: bring the whole one, then compare 2026-03-09 again.\n`]);
    assert.match((await takeBack(PASSWORD, name)).err, /the books hold no file/);
  });

  it('that is left with Ctrl-C or without a word counts as no wrong password, however often', async () => {
    for (const nothing of [undefined, '']) {
      for (let n = 0; n < 6; n += 1) {
        const { code, out, err } = await close(nothing);
        assert.deepEqual([code, out], [1, '']);
        assert.match(err, /^no password was given; the day stays open\. Repair: /);
      }
    }
    assert.deepEqual(JSON.parse((await close(undefined, '--json')).out).code, 'no_password');
    const right = await close(PASSWORD);
    assert.match(right.err, /was never compared/, 'the approver is let in');
    for (let n = 0; n < 10; n += 1) assert.match((await close('wrong password')).err, /the password is wrong/);
    assert.match((await close(PASSWORD)).err, /is locked after wrong passwords/, 'ten wrong ones do lock');
  });
});
