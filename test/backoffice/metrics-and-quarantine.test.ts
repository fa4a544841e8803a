import assert from 'node:assert/strict';
import { program } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';

describe('figures and quarantine of the back office', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness({ lanes: ['lane-1', 'lane-2'] });
  });
  after(() => harness.stop());

  it('keeps a notification of another amount with its bytes, newest first, page by page', async () => {
    const viewer = await program(harness, 'viewer', 'quarantine-reader');
    const sale = await harness.place();
    await harness.clock.settle();
    for (let times = 0; times < 2; times += 1) {
      await harness.simulator.inventNotification(sale.paymentRequestId, 'SUCCESS', 'S', 'other_amount');
      await harness.clock.settle();
    }
    const first = await viewer.call('/api/quarantine?limit=1');
    assert.equal(first.status, 200, first.text);
    const { items, nextCursor } = first.json<{ items: Record<string, string>[]; nextCursor: string | null }>();
    const [newest] = items;
    assert.ok(newest !== undefined && nextCursor !== null, first.text);
    assert.equal(newest['paymentRequestId'], sale.paymentRequestId);
    const bytes = Buffer.from(newest['bodyBase64'] ?? '', 'base64').toString('utf8');
    assert.equal(bytes, newest['body']);
    assert.equal((JSON.parse(bytes) as { paymentRequestId: string }).paymentRequestId, sale.paymentRequestId);
    const next = (await viewer.call(`/api/quarantine?limit=1&cursor=${nextCursor}`)).json<{ items: { id: string }[] }>();
    assert.ok(Number(next.items[0]?.id) < Number(newest['id']));
  });

  it('counts payments, calls, lanes and displays for a key, and names no payment, code or key', async () => {
    const sale = await harness.place({ laneId: 'lane-2' });
    assert.equal((await httpCall(`${harness.bridge().urls.backOffice}/metrics`)).status, 401);
    const viewer = await program(harness, 'viewer', 'prometheus');
    const answer = await viewer.call('/metrics');
    assert.equal(answer.status, 200, answer.text);
    assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    for (const line of [
      /^ocbridge_payments\{state="awaiting_payer"\} [1-9]/m,
      /^ocbridge_upstream_calls_total\{upstream="alipayplus",call="pay",outcome="2xx"\} [1-9]/m,
      /^ocbridge_upstream_call_seconds_count\{upstream="alipayplus",call="pay"\} [1-9]/m,
      /^ocbridge_lanes\{which="able"\} 2$/m,
      /^ocbridge_books_usable 1$/m,
      /^ocbridge_displays\{driver="virtual",health="ready"\} 2$/m,
      /^ocbridge_payments_due \d+$/m,
      /^nodejs_eventloop_lag_p99_seconds /m,
    ])
      assert.match(answer.text, line);
    const code = sale.orderCode?.value ?? '';
    assert.ok(code.length > 0);
    for (const secret of [sale.paymentRequestId, sale.paymentId ?? '-', code, 'prometheus'])
      assert.ok(!answer.text.includes(secret), secret);
  });
});
