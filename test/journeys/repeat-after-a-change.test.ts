import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { loadConfig } from '#src/config/load-config.js';
import { type Harness, SECOND_TILL_KEY, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import type { HttpAnswer } from '../support/http-call.js';

interface Settings {
  readonly merchants: { currencies: string[] }[];
  lanes: { id: string }[];
  readonly terminals: { readonly id: string; lanes: string[]; may: string[] }[];
}

const SALE = { saleReference: 'T01-0001', amount: { currency: 'JPY', value: '1980' }, description: 'Matcha set' };
const OTHER = { ...SALE, amount: { currency: 'JPY', value: '1981' } };

describe('sale whose answer was lost and whose rules changed meanwhile', () => {
  let shop: Harness;
  afterEach(() => shop.stop());

  const post = (json: object, key?: string) =>
    shop.till('/v1/payments', { json, headers: { Prefer: 'wait=0', ...(key && { Authorization: `Bearer ${key}` }) } });
  const idOf = (answer: HttpAnswer) => answer.json<SeenPayment & Record<string, unknown>>().paymentRequestId;

  function rewrite(change: (settings: Settings) => void): string {
    const file = join(shop.folder, 'bridge.yaml');
    const settings = parse(readFileSync(file, 'utf8')) as Settings;
    change(settings);
    writeFileSync(file, stringify(settings));
    return file;
  }
  async function reload(change: (till: Settings['terminals'][number]) => void): Promise<void> {
    const loaded = await loadConfig(
      rewrite(({ terminals: [till] }) => till && change(till)),
      {},
    );
    assert.ok(loaded.kind !== 'wrong');
    await shop.bridge().reload(loaded.config);
  }
  async function assertStillTheSale(id: string, repeat: object, other: object): Promise<void> {
    const again = await post(repeat);
    assert.deepEqual([again.status, idOf(again)], [200, id], again.text);
    const conflict = await post(other);
    const { code, existing } = conflict.json<Record<string, unknown> & { existing: { paymentRequestId: string } }>();
    assert.deepEqual([conflict.status, code, existing.paymentRequestId], [409, 'sale_conflict', id]);
  }

  it('is the same payment although the key has got a second lane, which a new sale has to name', async () => {
    shop = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2'] });
    await reload((till) => {
      till.lanes = ['lane-1'];
    });
    const id = idOf(await post(SALE));
    await reload((till) => {
      till.lanes = ['lane-2', 'lane-1'];
    });
    await assertStillTheSale(id, SALE, OTHER);
    await assertStillTheSale(id, { ...SALE, laneId: 'lane-1' }, { ...SALE, laneId: 'lane-2' });
    assert.equal((await post({ ...SALE, saleReference: 'T01-0002' })).status, 400);
    await shop.clock.settle();
    assert.equal(shop.calls('pay').length, 1);
  });

  it('is the same payment although its lane left the key, which sees nothing else of that lane', async () => {
    shop = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2'] });
    const id = idOf(await post({ ...SALE, laneId: 'lane-1' }));
    await shop.clock.settle();
    await shop.cancel(id);
    await shop.clock.settle();
    const strange = idOf(await post({ ...SALE, laneId: 'lane-1' }, SECOND_TILL_KEY));
    await reload((till) => {
      till.lanes = ['lane-2'];
    });
    await assertStillTheSale(id, { ...SALE, laneId: 'lane-1' }, { ...OTHER, laneId: 'lane-1' });
    await assertStillTheSale(id, SALE, { ...SALE, laneId: 'lane-404' });
    for (const laneId of ['lane-1', 'lane-404'])
      assert.equal((await post({ ...SALE, saleReference: 'T01-0002', laneId })).status, 404);
    assert.equal((await shop.till(`/v1/payments/${strange}`)).status, 404);
  });

  it('cancels nothing and asks for no right, also with replaceOpenPayment by a key that may not cancel any more', async () => {
    shop = await startHarness({ displays: [] });
    const id = idOf(await post({ ...SALE, replaceOpenPayment: true }));
    await shop.clock.settle();
    await reload((till) => {
      till.may = ['pay'];
    });
    const repeat = { ...SALE, replaceOpenPayment: true };
    await assertStillTheSale(id, repeat, { ...OTHER, replaceOpenPayment: true });
    assert.equal((await post({ ...repeat, saleReference: 'T01-0002' })).status, 403);
    await shop.clock.settle();
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
  });

  it('is the same payment although the merchant takes its currency no more and its lane is gone', async () => {
    shop = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2'] });
    const [open, ended] = [
      idOf(await post({ ...SALE, laneId: 'lane-2' })),
      idOf(await post({ ...SALE, saleReference: 'T01-0002', laneId: 'lane-1' })),
    ];
    await shop.clock.settle();
    await shop.cancel(ended);
    await shop.untilState(ended, ['cancelled']);
    await shop.restart('inOrder', async () => {
      rewrite((settings) => {
        for (const merchant of settings.merchants) merchant.currencies = ['USD'];
        settings.lanes = settings.lanes.filter(({ id }) => id === 'lane-2');
        for (const till of settings.terminals) till.lanes = ['lane-2'];
      });
    });
    await assertStillTheSale(open, { ...SALE, laneId: 'lane-2' }, { ...OTHER, laneId: 'lane-2' });
    const gone = { ...SALE, saleReference: 'T01-0002', laneId: 'lane-1' };
    await assertStillTheSale(ended, gone, { ...gone, amount: { currency: 'USD', value: '1980' } });
    assert.equal((await post({ ...SALE, saleReference: 'T01-0003' })).status, 400);
  });

  it('posted many times at once without a lane is one payment and one 201', async () => {
    shop = await startHarness({ displays: [] });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => post(i % 2 ? SALE : { ...SALE, laneId: 'lane-1' })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(11).fill(200), 201]);
    assert.equal(new Set(answers.map(idOf)).size, 1);
  });
});
