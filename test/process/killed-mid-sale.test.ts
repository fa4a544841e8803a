import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { seededSuite } from '../support/seeded.js';
import { ALL_SHOPS, chargeOf } from '../support/sibling-shops.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const ARMED = fileURLToPath(new URL('../crash/armed-main.js', import.meta.url));
/** An answer to pay has been read: the order exists there, and nothing of it is stored here. */
const KILL_AT_PAY_ANSWER = { point: 'call.answered', about: 'pay', nth: 1 };
const START = { startWithinMs: 60_000 };
/** Short, so that a whole sale takes a few seconds. */
const TIMING = {
  answerTimeoutMs: { pay: 2000, inquiry: 2000, cancel: 2000 },
  payPausesMs: [150, 150, 150],
  inquiryFirstAfterMs: 300,
  inquiryEveryMs: [300, 500],
  cancelEveryMs: 300,
};

describe('a real bridge in the middle of a sale', () => {
  const random = seededSuite();
  // Three starts a dialect: others every time. What each of them does when it is thrown away is told by the suite of all dialects.
  const [orderCode, ...siblings] = ALL_SHOPS;
  const shops = [orderCode, ...siblings.toSorted(() => random.fraction() - 0.5).slice(0, 2)];

  for (const { dialect, options, sale, showsCode, repeatsCode = true } of shops) {
    describe(`sale through ${dialect} in a bridge that is killed`, function () {
      this.timeout(180_000);
      let simulator: UpstreamSimulator;
      let pc: CounterPc;
      let service: Service | undefined;
      let till: Till;

      before(async () => {
        simulator = await createUpstreamSimulator({
          clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
          faults: [{ name: 'lose', call: 'notification', times: 0 }],
        });
        pc = await createCounterPc({
          simulatorUrl: simulator.url,
          timing: TIMING,
          change: ({ upstreams, merchants }) => {
            Object.assign(upstreams[0] ?? {}, options.upstream);
            merchants[0]?.currencies.push('USD');
          },
        });
        if (options.agreements !== undefined)
          writeFileSync(join(pc.folder, 'agreements.yaml'), stringify(options.agreements), { mode: 0o600 });
      });
      after(async () => {
        await service?.stop();
        await simulator?.stop();
        pc?.remove();
      });

      async function start(env: Record<string, string> = {}): Promise<Service> {
        service = await startService(pc.file, { ...START, program: ARMED, env });
        till = createTill(service.terminal);
        return service;
      }

      /** Unpaid until somebody pays it under `/sim`. */
      const wish = (saleReference: string) => ({ saleReference, ...(showsCode ? sale : chargeOf('MEMBER-SLOW')) });
      const ended = (id: string) =>
        until(
          async () => {
            const seen = await till.read(id);
            return ['paid', 'cancelled', 'failed', 'needs_attention'].includes(seen.state) && seen;
          },
          'the end of the sale',
          60_000,
          100,
        );

      it(`(${dialect}) before it believed an answer: one order, one charge, and the inquiry tells the end`, async () => {
        const dying = await start({
          OCBRIDGE_KILL: JSON.stringify(KILL_AT_PAY_ANSWER),
          OCBRIDGE_LAST_WORDS: join(pc.folder, 'words'),
        });
        const lost = await till.sell(wish('K-1'), 10).catch(() => undefined);
        assert.equal(lost, undefined, 'the till was told nothing');
        assert.equal((await dying.ended).signal, 'SIGKILL');
        const [order, ...others] = simulator.orders();
        assert.ok(order !== undefined && others.length === 0 && order.state === 'open');
        await start();
        await until(() => simulator.calls().filter(({ call }) => call === 'pay').length >= 2, 'the same request again', 60_000);
        const again = await till.sell(wish('K-1'), 1);
        assert.equal(again.status, 200, 'the same sale again is the same payment');
        assert.equal(again.json<WholePayment>().paymentRequestId, order.paymentRequestId);
        if (repeatsCode) simulator.pay(order.paymentRequestId);
        const seen = await ended(order.paymentRequestId);
        assert.deepEqual([seen.state, seen.endedBy], repeatsCode ? ['paid', 'inquiry'] : ['cancelled', 'cancel_answer']);
        const sent = simulator.calls().filter(({ call }) => call === 'pay');
        assert.equal(new Set(sent.map(({ bodySha256 }) => bodySha256)).size, 1);
        const [booked, ...more] = simulator.orders();
        assert.deepEqual([booked?.timesCharged, booked?.kept?.value, more.length], repeatsCode ? [1, '1980', 0] : [0, '0', 0]);
      });

      it(`(${dialect}) while the customer pays: nobody is charged twice, and the inquiry finds the money`, async () => {
        const placed = (await till.sell(wish('K-2'), 10)).json<WholePayment>();
        assert.equal(placed.state, showsCode ? 'awaiting_payer' : 'in_doubt');
        service?.signal('SIGKILL');
        await service?.ended;
        simulator.pay(placed.paymentRequestId);
        await start();
        const seen = await ended(placed.paymentRequestId);
        assert.deepEqual([seen.state, seen.endedBy, seen.orderCode], ['paid', 'inquiry', null]);
        const order = simulator.order(placed.paymentRequestId);
        assert.deepEqual([order?.timesCharged, order?.kept?.value], [1, '1980']);
        assert.equal(simulator.orders().length, 2);
        assert.equal((await till.sell(wish('K-2'), 1)).json<WholePayment>().state, 'paid');
      });
    });
  }
});
