import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeShop } from '#src/books/shop-books.js';
import { DAYS, lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { openReconBench, SET } from '../support/recon-bench.js';
import { cycleFiles } from '../support/report-files.js';
import { type CounterPc, createCounterPc, type Settings } from './counter-pc.js';
import { ocbridge, startService } from './program.js';

interface DayWords {
  readonly totals: readonly { readonly ours: { readonly count: number } }[];
  readonly exceptions: { readonly open: number };
}

describe('a shop with two upstreams, of which one has clearing reports', function () {
  this.timeout(120_000);
  let pc: CounterPc;
  const name = (...upstreams: readonly string[]) =>
    pc.rewrite((settings: Settings) => {
      const { participantId, settlementCurrency, participantAgreementId } = SET;
      const entry = { participantId, settlementCurrency, participantAgreementId };
      settings['reconciliation'] = upstreams.map((upstream) => ({ ...entry, upstream }));
    });

  beforeEach(async () => {
    pc = await createCounterPc();
    pc.rewrite((settings: Settings) => {
      const [own] = settings.upstreams;
      assert.ok(own !== undefined);
      settings.upstreams.push({ ...own, id: 'other', notifyUrl: `${own.notifyUrl}/other` });
    });
    const bench = await openReconBench({ place: { client: 'sqlite3', filename: pc.books }, remove: async () => {} });
    // Of a lane that is configured no more: no display asks for their codes.
    await writeShop(bench.open, bench.clock, { lanes: [{ id: 'gone', merchant: 'm', upstream: 'u' }], terminals: [] });
    await bench.insert([paidRow(1), paidRow(2)]);
    await bench.open.db('payments').update({ lane_id: 'gone' });
    await bench.open
      .db('payments')
      .where('payment_request_id', paidRow(1).paymentRequestId)
      .update({ upstream_id: 'alipayplus' });
    await bench.open.db('payments').where('payment_request_id', paidRow(2).paymentRequestId).update({ upstream_id: 'other' });
    await bench.close();
    const inbox = join(pc.folder, 'inbox');
    mkdirSync(inbox);
    for (const [day, lines] of [
      [DAYS.day, [lineOf(paidRow(1), 4)]],
      [DAYS.after, []],
    ] as const)
      for (const [file, text] of cycleFiles(day, lines)) writeFileSync(join(inbox, file), text);
    name('alipayplus');
    assert.equal((await ocbridge(['recon', 'import', inbox, '--config', pc.file])).code, 0);
  });
  afterEach(() => pc.remove());

  async function run(): Promise<readonly [code: number | null, ours: number | undefined, open: number]> {
    const { code, out } = await ocbridge(['recon', 'run', DAYS.day, '--json', '--config', pc.file]);
    const { totals, exceptions } = JSON.parse(out) as DayWords;
    return [code, totals[0]?.ours.count, exceptions.open];
  }

  it('misses no payment of the other one in the reports, whether the bridge runs or not', async () => {
    assert.deepEqual(await run(), [0, 1, 0]);
    const temporary = join(pc.folder, 'tmp');
    // What a killed bridge of that number left; no system counts so far.
    mkdirSync(join(temporary, `ocbridge-upload-${2 ** 30}-abcDEF`), { recursive: true });
    const service = await startService(pc.file, { env: { TMPDIR: temporary } });
    assert.deepEqual(readdirSync(temporary), [], 'payment data of an upload that a crash cut off does not stay');
    try {
      assert.deepEqual(await run(), [0, 1, 0]);
    } finally {
      assert.equal((await service.stop()).code, 0);
    }
    name('alipayplus', 'other');
    assert.deepEqual(await run(), [3, 2, 1]);
  });
});
