import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { ACQUIRER_ID } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';
import { skipBecause } from '../support/skip.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till } from './till.js';

const SALES = 10;
const LANES = Array.from({ length: SALES }, (_unused, index) => `lane-${index + 1}`);
const TIMING = { inquiryFirstAfterMs: 300, inquiryEveryMs: [300, 500], cancelEveryMs: 300 };

/** The clearing day of an instant, in UTC+8. */
const dayOf = (ms: number) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);

interface DayWords {
  readonly totals: readonly { readonly basis: string; readonly [figure: string]: unknown }[];
  readonly exceptions: { readonly open: number };
}

describe('a clearing day of the real program', function () {
  this.timeout(120_000);
  let simulator: UpstreamSimulator;
  let pc: CounterPc;
  let service: Service;
  let till: Till;
  let day: string;

  beforeEach(async () => {
    simulator = await createUpstreamSimulator({ clientPublicKeyPem: BRIDGE_PUBLIC_PEM, cancelWindow: 'open' });
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: LANES,
      displays: () => [],
      timing: TIMING,
      change: (settings) => {
        for (const upstream of settings.upstreams as Record<string, unknown>[]) upstream['settlementCurrency'] = 'USD';
        (settings as Record<string, unknown>)['reconciliation'] = [
          {
            upstream: 'alipayplus',
            participantId: ACQUIRER_ID,
            settlementCurrency: 'USD',
            participantAgreementId: '2188000000000001',
            fees: [
              { feeType: 'INTERCHANGE', rate: '0.01', onRefund: 'returned' },
              { feeType: 'SERVICE', rate: '0.002', onRefund: 'none' },
            ],
          },
        ];
      },
    });
    service = await startService(pc.file);
    till = createTill(service.terminal);
    day = dayOf(Date.now());
  });
  afterEach(async () => {
    await service.stop();
    await simulator.stop();
    pc.remove();
  });

  /** Ten sales, each on its lane: one is cancelled, the others are paid, one of them refunded in part, one undone. */
  async function sellAll(): Promise<void> {
    const ids = await Promise.all(
      LANES.map(async (laneId, index) => {
        const amount = { currency: 'JPY', value: String(1000 + 111 * index) };
        const sold = await till.sell({ laneId, amount }, 10);
        return String(sold.json<Record<string, unknown>>()['paymentRequestId']);
      }),
    );
    const [cancelled, ...paid] = ids as [string, ...string[]];
    const isIn = (id: string, state: string) =>
      until(async () => (await till.read(id)).state === state, `${id} is ${state}`, 30_000);
    await Promise.all(ids.map((id) => isIn(id, 'awaiting_payer')));
    assert.ok((await till.cancel(cancelled)).status < 300);
    await isIn(cancelled, 'cancelled');
    for (const id of paid) assert.equal((await httpCall(`${simulator.url}/sim/orders/${id}/pay`, { json: {} })).status, 200);
    await Promise.all(paid.map((id) => isIn(id, 'paid')));
    const [refunded, undone] = paid as [string, string];
    const back = { refundReference: 'R-1', amount: { currency: 'JPY', value: '500' } };
    assert.ok((await till.call(`/v1/payments/${refunded}/refunds`, { json: back })).status < 300);
    assert.ok((await till.call(`/v1/payments/${undone}/undo`, { method: 'POST' })).status < 300);
    await until(
      async () => ((await till.read(refunded))['refunded'] as { value: string }).value === '500',
      'the refund is done',
      30_000,
    );
    await until(
      async () => ((await till.read(undone))['undo'] as { state: string } | null)?.state === 'done',
      'the undo is done',
      30_000,
    );
  }

  /** Has the reports of the day written, and of the next one, takes them in and compares. */
  async function compared(inbox: string) {
    const next = dayOf(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000);
    rmSync(inbox, { recursive: true, force: true });
    mkdirSync(inbox);
    for (const date of [day, next]) {
      const answer = await httpCall(`${simulator.url}/sim/clearing-files`, { json: { date } });
      const { files } = answer.json<{ readonly files: readonly { readonly name: string; readonly content: string }[] }>();
      for (const { name, content } of files) writeFileSync(join(inbox, name), content);
    }
    const imported = await ocbridge(['recon', 'import', inbox, '--json', '--config', pc.file]);
    assert.equal(imported.code, 0, `${imported.err}${imported.out}`);
    const run = await ocbridge(['recon', 'run', day, '--json', '--config', pc.file]);
    return {
      files: (JSON.parse(imported.out) as { files: unknown[] }).files,
      code: run.code,
      day: JSON.parse(run.out) as DayWords,
    };
  }

  it('agrees with the reports about sales, a cancel, a refund and an undo: everything matched, exit code 0', async function () {
    await sellAll();
    if (dayOf(Date.now()) !== day) skipBecause(this, 'midnight in UTC+8 passed in the middle of it');
    const { files, code, day: view } = await compared(join(pc.folder, 'inbox'));
    assert.equal(files.length, 8);
    assert.deepEqual([code, view.exceptions.open], [0, 0], JSON.stringify(view));
    const totals = view.totals.find(({ basis }) => basis === 'transaction');
    // Nine were paid, one of them was undone, and one refund stands beside them.
    assert.deepEqual(
      [totals?.['ours'], totals?.['theirs']].map((figure) => (figure as { count: number }).count),
      [9, 9],
    );
    assert.deepEqual(totals?.['matched'], totals?.['ours']);
  });

  it('tells the one difference that was planted in its reports, and ends with exit code 3', async function () {
    await sellAll();
    if (dayOf(Date.now()) !== day) skipBecause(this, 'midnight in UTC+8 passed in the middle of it');
    assert.equal(simulator.setFaults([{ name: 'clearing_amount_differs', nth: 2, times: 1 }]), undefined);
    const { code, day: view } = await compared(join(pc.folder, 'inbox'));
    assert.deepEqual([code, view.exceptions.open], [3, 1], JSON.stringify(view));
    const shown = await ocbridge(['recon', 'run', day, '--config', pc.file]);
    assert.equal(shown.code, 3);
    assert.match(shown.out, /amount_differs \(open, 0 days, ex-[0-9a-f]{24}\)/);
    assert.match(shown.out, /by the stored quote/);
  });
});
