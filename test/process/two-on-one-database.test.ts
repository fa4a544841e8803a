import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { readBooksNow } from '../crash/books-at-death.js';
import { hasEnded, judge } from '../crash/judges.js';
import { type OverlapWatch, watchForOverlaps } from '../support/overlapping-calls.js';
import { needPostgres, type TestDatabase } from '../support/postgres.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const LANES = Array.from({ length: 12 }, (_unused, index) => `lane-${index + 1}`);
/** Short, so that a claim of a dead process runs out within seconds. */
const TIMING = {
  answerTimeoutMs: { pay: 900, inquiry: 900, cancel: 900, refund: 900 },
  payPausesMs: Array.from({ length: 8 }, () => 150),
  inquiryFirstAfterMs: 300,
  inquiryEveryMs: [300, 500],
  graceAfterExpiryMs: 2000,
  cancelEveryMs: 300,
};
const SLOW_MS = 250;

describe('two bridges on one PostgreSQL database', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let simulator: UpstreamSimulator;
  let watch: OverlapWatch;
  let pcs: CounterPc[];
  let services: Service[];
  let tills: Till[];

  const launch = (pc: CounterPc) => startService(pc.file, { env: { DATABASE_URL: database.connection } });

  before(async function () {
    await needPostgres(this);
  });
  beforeEach(async function () {
    database = await (await needPostgres(this)).createDatabase();
    simulator = await createUpstreamSimulator({
      clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
      notificationPausesMs: [],
      cancelWindow: 'open',
    });
    watch = watchForOverlaps(simulator);
    pcs = await Promise.all(
      [1, 2].map(() =>
        createCounterPc({
          simulatorUrl: simulator.url,
          lanes: LANES,
          displays: () => [],
          timing: TIMING,
          change: (settings) => {
            (settings as Record<string, unknown>)['database'] = { client: 'pg', connection: `\${DATABASE_URL}` };
          },
        }),
      ),
    );
    services = await Promise.all(pcs.map(launch));
    tills = services.map((service) => createTill(service.terminal));
  });
  afterEach(async () => {
    watch.stop();
    await Promise.all(services.map((service) => service.stop()));
    await simulator.stop();
    for (const pc of pcs) pc.remove();
    await database.drop();
  });

  const tillOf = (index: number): Till => {
    const till = tills[index % tills.length];
    assert.ok(till !== undefined);
    return till;
  };

  it('never call for one payment at the same time, and place one order a sale, also when one is killed in the middle', async () => {
    const [first, second] = services;
    assert.ok(first && second && pcs[0]);
    assert.equal(simulator.setFaults([{ name: `slow:${SLOW_MS}`, times: 0 }]), undefined);
    // Each sale is posted to both at once, as by a till that repeats through another way in.
    const sales = LANES.map((laneId, index) => {
      const sale = { laneId, saleReference: `TWO-${laneId}`, description: `TWO-${laneId}` };
      return [index, index + 1].map((way) =>
        tillOf(way)
          .sell(sale, 10)
          .catch(() => undefined),
      );
    });
    await until(() => simulator.calls().filter(({ answer }) => answer === null).length >= 6, 'six calls are under way');
    first.signal('SIGKILL');
    await first.ended;
    await Promise.all(sales.flat());
    const survivor = tillOf(1);
    const ids = await Promise.all(
      LANES.map(async (laneId) => {
        const found = await survivor.call(`/v1/payments?saleReference=TWO-${laneId}`);
        const { payments } = found.json<{ payments: WholePayment[] }>();
        return payments.map(({ paymentRequestId }) => paymentRequestId);
      }),
    );
    // Some act while one is dead, the rest when it is back.
    const act = async (id: string, index: number) => {
      if (index % 3 === 0) await tillOf(index).cancel(id);
      else await until(async () => simulator.pay(id).kind === 'done', `${id} can be paid`);
    };
    await Promise.all(
      ids
        .flat()
        .slice(0, 6)
        .map((id) => act(id, 1)),
    );
    services[0] = await launch(pcs[0]);
    tills[0] = createTill(services[0].terminal);
    await Promise.all(ids.flat().slice(6).map(act));
    const ended = await Promise.all(
      ids.flat().map((id, index) =>
        until(
          async () => {
            const payment = await tillOf(index).read(id);
            return hasEnded(payment) && payment;
          },
          `an end of ${id}`,
          30_000,
        ),
      ),
    );
    assert.deepEqual(
      ids.map((found) => found.length),
      LANES.map(() => 1),
      'one payment a sale',
    );
    const books = await readBooksNow({ client: 'pg', connection: database.connection });
    const patience = { goneWithin: 0, blankAfterStart: 0 };
    assert.deepEqual(judge({ simulator, payments: ended, books, lanes: [], lifetimes: [], patience }), []);
    assert.deepEqual(watch.overlaps(), []);
    const { length: calls } = simulator.calls();
    console.log(
      `      ${calls} calls for ${ended.length} payments, ${ended.filter(({ state }) => state === 'paid').length} paid`,
    );
  });

  it('give money back once under one name, whichever of them is asked, and never more than was paid', async () => {
    const sale = (await tillOf(0).sell({ laneId: 'lane-1' }, 10)).json<WholePayment>();
    const id = sale.paymentRequestId;
    await until(async () => simulator.pay(id).kind === 'done', 'it can be paid');
    await until(async () => (await tillOf(1).read(id)).state === 'paid', 'paid');
    const ask = (way: number, round: number, value: string) =>
      tillOf(way).call(`/v1/payments/${id}/refunds`, {
        json: { refundReference: `ONCE-${round}`, amount: { currency: 'JPY', value } },
      });
    const statuses: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const answers = await Promise.all([0, 1, 0, 1].map((way) => ask(way, round, '200')));
      statuses.push(...answers.map(({ status }) => status));
    }
    const created = statuses.filter((status) => status === 201).length;
    const others = new Set(statuses.filter((status) => status !== 201));
    assert.deepEqual([created, [...others].sort()], [9, [200, 409]]);
    await until(async () => (await tillOf(0).read(id)).refunded.value === '1800', 'all of them are refunded');
    assert.equal(simulator.order(id)?.refunded?.value, '1800');
  });

  it('tell every till of what the other one did, over the bell within a moment', async () => {
    const [one, other] = tills;
    assert.ok(one && other);
    const events = await other.events('lane-1');
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const { paymentRequestId: id } = (await one.sell({ laneId: 'lane-1' }, 5)).json<WholePayment>();
      const seen = (state: string) =>
        events.events.find(({ data }) => data['paymentRequestId'] === id && data['state'] === state);
      await until(() => seen('awaiting_payer'), 'the other till sees the code', 3000, 1);
      const known = await other.read(id);
      const longPoll = other.call(`/v1/payments/${id}?afterVersion=${known.version}&waitSeconds=20`);
      await pause(20);
      const began = performance.now();
      await one.cancel(id);
      assert.notEqual((await longPoll).json<WholePayment>().version, known.version);
      waits.push(performance.now() - began);
      await until(() => seen('cancelled'), 'the other till sees the end', 5000, 1);
    }
    events.close();
    const sorted = waits.toSorted((a, b) => a - b);
    console.log(`      a cancel at one is heard at the other after ${sorted.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    assert.ok((sorted[4] ?? 0) < 500, 'the bell rang; without it a till looks once a second');
  });
});
