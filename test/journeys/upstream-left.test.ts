import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { paid, readRefund, refund, undo } from '../support/money-back.js';

interface Settings {
  readonly upstreams: { id: string }[];
  readonly lanes: { upstream: string }[];
}

/** The same lines and keys under another name: payments of the old one have nobody any more. */
function renameUpstream(folder: string): void {
  const file = join(folder, 'bridge.yaml');
  const settings = parse(readFileSync(file, 'utf8')) as Settings;
  for (const upstream of settings.upstreams) upstream.id = 'another';
  for (const lane of settings.lanes) lane.upstream = 'another';
  writeFileSync(file, stringify(settings));
}

describe('a payment that has ended and whose upstream left the configuration', () => {
  const SALE = { saleReference: 'T01-LEFT', laneId: 'lane-1' };
  let shop: Harness;
  let mika: Visitor;
  let id: string;
  let undone: string;
  let toldBefore: number;
  const undoForm = /action="\/payments\/[^"]*\/undo"/;
  before(async () => {
    shop = await startHarness({ displays: [], upstream: { latePayment: 'ask' } });
    mika = await visitor(shop, 'operator', 'mika');
    ({ paymentRequestId: id } = await paid(shop, SALE));
    assert.equal((await refund(shop, id, '500', { reference: 'R-OLD' })).status, 201);
    ({ paymentRequestId: undone } = await paid(shop));
    await undo(shop, undone);
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-OLD')).state, 'refunded');
    assert.equal((await shop.read(undone)).undo?.state, 'done');
    const { paymentRequestId: late } = await shop.place();
    shop.simulator.decline(late, 'USER_BALANCE_NOT_ENOUGH');
    await shop.untilState(late, ['failed']);
    shop.simulator.pay(late, { late: true });
    await shop.clock.settle();
    assert.match((await mika.call('/alerts')).text, undoForm, 'its late money can be given back');
    await shop.restart('inOrder', async () => renameUpstream(shop.folder));
    toldBefore = shop.logLines.length;
  });
  after(() => shop.stop());

  const post = (path: string, json?: object) => mika.call(path, json === undefined ? { method: 'POST' } : { json });

  it('is told to tills as before: read, found by its sale, with its refunds and its undo', async () => {
    assert.equal((await shop.read(id)).state, 'paid');
    const again = await shop.sell(SALE);
    assert.deepEqual([again.status, again.json()['paymentRequestId']], [200, id]);
    assert.equal((await refund(shop, id, '500', { reference: 'R-OLD' })).status, 200);
    assert.equal((await refund(shop, id, '501', { reference: 'R-OLD' })).json()['code'], 'refund_conflict');
    assert.equal((await undo(shop, undone)).status, 202);
  });

  it('gives nothing back: 409 with the reason for tills and people, and no act that came to nothing', async () => {
    const refundOrder = { refundReference: 'R-NEW', amount: { currency: 'JPY', value: '100' } };
    for (const answer of [
      await refund(shop, id, '100', { reference: 'R-NEW' }),
      await undo(shop, id),
      await post(`/api/payments/${id}/refunds`, refundOrder),
      await post(`/api/payments/${id}/undo`),
    ]) {
      assert.deepEqual([answer.status, answer.json()['code']], [409, 'not_refundable'], answer.text);
      assert.match(String(answer.json()['detail']), /not configured any more/);
    }
    const asked = await post(`/api/payments/${id}/inquire`);
    assert.deepEqual([asked.status, asked.json()['code']], [404, 'not_found'], asked.text);
    assert.match(String(asked.json()['detail']), /nobody to ask/);
    const trail = await mika.call('/api/audit?who=mika');
    const { items } = trail.json<{ items: { what: string }[] } & Record<string, unknown>>();
    assert.deepEqual([...new Set(items.map(({ what }) => what))], ['session.begin']);
  });

  it('has pages that offer none of it', async () => {
    const alerts = await mika.call('/alerts');
    assert.match(alerts.text, /paid after failed/i);
    assert.doesNotMatch(alerts.text, undoForm);
    const page = await mika.call(`/payments/${id}`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /action="\/payments\/[^"]*\/(inquire|undo|refunds)"/);
  });

  it('is no error of the bridge', () => {
    assert.deepEqual(
      shop.logLines.slice(toldBefore).filter((line) => /"level":"?(error|50)|internal_error|could not be worked/.test(line)),
      [],
    );
  });
});
