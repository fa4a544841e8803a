import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock } from '../support/manual-clock.js';
import { type NotificationReceiver, startReceiver } from './notification-receiver.js';
import { callUpstream, payBody, resultOf } from './raw-client.js';

type Json = Record<string, unknown>;

describe('routes of the simulator', () => {
  let simulator: UpstreamSimulator;
  let receiver: NotificationReceiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    simulator = await createUpstreamSimulator({ clock: createManualClock(), seed: '3' });
    for (const id of ['P-1', 'P-2', 'P-3']) {
      await callUpstream(simulator.url, 'pay', payBody(id, { paymentNotifyUrl: receiver.url }));
    }
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.close();
  });

  async function sim(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: Json }> {
    const init = {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const answer = await fetch(`${simulator.url}/sim/${path}`, init);
    return { status: answer.status, json: (await answer.json()) as Json };
  }

  it('list orders with the fields of the contract, and give one', async () => {
    const { json } = await sim('GET', 'orders');
    const orders = json['orders'] as Json[];
    assert.equal(orders.length, 3);
    for (const field of ['paymentRequestId', 'paymentId', 'state', 'amount', 'code', 'expiresAt', 'refunded'])
      assert.ok(field in (orders[0] ?? {}), field);
    assert.equal(orders[0]?.['state'], 'open');
    assert.equal(orders[0]?.['expiresAt'], '2026-03-05T02:03:00.000Z');
    assert.deepEqual((await sim('GET', 'orders/P-2')).json, orders[1]);
    assert.equal((await sim('GET', 'orders/P-9')).status, 404);
  });

  it('let the payer scan, pay, decline, and the upstream close', async () => {
    const code = simulator.order('P-1')?.code;
    const scanned = await sim('POST', 'scan', { code });
    assert.equal(scanned.json['paymentRequestId'], 'P-1');
    assert.equal(scanned.json['state'], 'open', 'a scan alone pays nothing');
    assert.equal(scanned.json['merchantName'], 'Kanda Tea Stand');
    assert.equal((await sim('POST', 'orders/P-1/pay')).json['state'], 'paid');
    assert.equal((await sim('POST', 'orders/P-1/pay')).status, 409);
    assert.equal((await sim('POST', 'orders/P-2/decline', { resultCode: 'RISK_REJECT' })).json['endCode'], 'RISK_REJECT');
    assert.equal((await sim('POST', 'orders/P-3/close')).json['state'], 'closed');
    assert.equal((await sim('POST', 'orders/P-3/pay', { late: true })).json['state'], 'paid');
  });

  it('refuse what makes no sense, with a sentence', async () => {
    assert.equal((await sim('POST', 'scan', { code: 'https://elsewhere.example' })).status, 404);
    assert.equal((await sim('POST', 'scan', {})).status, 400);
    assert.equal((await sim('POST', 'orders/P-2/decline')).status, 400);
    assert.equal((await sim('POST', 'orders/P-2/decline', '{')).status, 400);
    assert.equal((await sim('POST', 'orders/P-9/pay')).status, 404);
    assert.equal((await sim('GET', 'nothing')).status, 404);
    assert.equal((await sim('POST', 'clearing-files', { date: '2026-02-30x' })).status, 400);
    assert.equal((await sim('POST', 'clearing-files', { date: '2026-03-05', parts: 0 })).status, 400);
    assert.equal((await sim('POST', 'clearing-files', { date: '2026-03-05' })).status, 200);
  });

  it('show the plan of faults with every known name, and replace it', async () => {
    const known = (await sim('GET', 'faults')).json['known'] as Json[];
    assert.ok(known.some(({ name }) => name === 'no_answer') && known.some(({ name }) => name === 'lose'));
    const put = await sim('PUT', 'faults', [{ name: 'result:RISK_REJECT:F', call: 'pay' }]);
    assert.deepEqual(put.json['faults'], [{ name: 'result:RISK_REJECT:F', call: 'pay', played: 0 }]);
    assert.equal(resultOf(await callUpstream(simulator.url, 'pay', payBody('P-4'))), 'RISK_REJECT:F');
    assert.equal(((await sim('GET', 'faults')).json['faults'] as Json[])[0]?.['played'], 1);
    assert.equal((await sim('PUT', 'faults', { faults: [{ name: 'gremlins' }] })).status, 400);
    assert.equal((await sim('PUT', 'faults', { faults: [{ name: 'deaf', when: 'now' }] })).status, 400);
    assert.equal((await sim('PUT', 'faults', { faults: [] })).status, 200);
  });

  it('take a plan back as they gave it, and list every known fault with an example that can be played', async () => {
    const given = (await sim('GET', 'faults')).json;
    assert.equal((await sim('PUT', 'faults', given)).status, 200);
    for (const { name, calls, example } of given['known'] as { name: string; calls: string[]; example: string }[])
      for (const call of calls)
        assert.equal((await sim('PUT', 'faults', [{ name: example, call }])).status, 200, `${name} in ${call}`);
    const planned = await sim('PUT', 'faults', [{ name: 'slow:200', call: 'pay', nth: 9, times: 0 }]);
    const again = await sim('PUT', 'faults', (await sim('GET', 'faults')).json);
    assert.deepEqual(again.json['faults'], planned.json['faults']);
    await sim('PUT', 'faults', []);
  });

  it('switch chaos on and off together with the plan', async () => {
    const chaos = { level: 2, share: 0.5 };
    const on = await sim('PUT', 'faults', { chaos });
    assert.deepEqual([on.json['faults'], on.json['chaos']], [[], chaos]);
    assert.deepEqual((await sim('GET', 'report')).json['chaos'], chaos);
    assert.equal((await sim('PUT', 'faults', { chaos: { level: 1 }, faults: [{ name: 'deaf' }] })).status, 200);
    assert.deepEqual((await sim('GET', 'faults')).json['chaos'], { level: 1, share: 0.3 });
    for (const wrong of [{}, { chaos: {} }, { chaos: { level: 4 } }, { chaos: { level: 1, share: 2 } }, { chaos, also: 1 }])
      assert.equal((await sim('PUT', 'faults', wrong)).status, 400, JSON.stringify(wrong));
    assert.deepEqual((await sim('GET', 'faults')).json['chaos'], { level: 1, share: 0.3 }, 'a refused plan changes nothing');
    await sim('PUT', 'faults', []);
    assert.equal((await sim('GET', 'faults')).json['chaos'], null);
  });

  it('show calls raw and the public key', async () => {
    const calls = (await sim('GET', 'calls')).json['calls'] as Json[];
    assert.equal(calls.length, 3);
    assert.equal(calls[0]?.['body'], JSON.stringify(payBody('P-1', { paymentNotifyUrl: receiver.url })));
    assert.match(await (await fetch(`${simulator.url}/sim/public-key`)).text(), /BEGIN PUBLIC KEY/);
  });

  it('send notifications again, tampered or not, and invent them', async () => {
    await sim('POST', 'orders/P-1/pay');
    const { json } = await sim('GET', 'notifications');
    const [first] = json['notifications'] as Json[];
    const path = `notifications/${String(first?.['id'])}/resend`;
    const again = await sim('POST', path, { times: 3, tamper: 'body_byte' });
    assert.equal((again.json['deliveries'] as Json[]).length, 3);
    assert.equal((await sim('POST', path)).status, 200);
    assert.equal((await sim('POST', path, { tamper: 'sorcery' })).status, 400);
    assert.equal((await sim('POST', path, { times: 0 })).status, 400);
    assert.equal((await sim('POST', 'notifications/N999999/resend')).status, 404);
    const byOrder = await sim('POST', 'notifications/P-1/resend', { times: 2 });
    assert.deepEqual([byOrder.status, (byOrder.json['deliveries'] as Json[]).length], [200, 2]);
    assert.equal((await sim('POST', 'orders/P-2/invent-notification', { tamper: 'client_key' })).status, 200);
    assert.equal(simulator.order('P-2')?.state, 'open');
  });

  it('answer to loopback names only', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${simulator.url}/sim/orders`, { headers: { host: 'evil.example' } }, (answer) =>
        resolve(answer.statusCode),
      );
      request.on('error', reject).end();
    });
    assert.equal(status, 421);
    assert.equal((await sim('GET', 'orders', undefined, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await sim('GET', 'orders', undefined, { origin: 'http://127.0.0.1:8480' })).status, 200);
  });
});
