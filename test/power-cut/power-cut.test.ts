import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import knex from 'knex';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { readBooksAtDeath } from '../crash/books-at-death.js';
import { judge } from '../crash/judges.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { endWithTests, type Service, startAndSignal, startService, until } from '../process/program.js';
import { createTill, type WholePayment } from '../process/till.js';
import { type BadDisk, makeBadDisk, needBadDisk } from '../support/bad-disk.js';
import { seededSuite } from '../support/seeded.js';

const COMMITS = fileURLToPath(new URL('./commits.js', import.meta.url));
const LANES = ['lane-1', 'lane-2', 'lane-3', 'lane-4', 'lane-5', 'lane-6'];
const ROUNDS = 3;
const FIRST_STARTS = 3;

describe('a power cut (kill -9 on a disk that keeps back what was not synced)', function () {
  this.timeout(120_000);
  const random = seededSuite();
  before(function () {
    needBadDisk(this);
  });

  describe('of a program that writes with SQLite itself', () => {
    let folder: string;
    let disk: BadDisk;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'power-cut-'));
      disk = makeBadDisk(folder, { keepsBack: true });
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
      disk.remove();
    });

    /** What it said was committed, and what is there after the cut. */
    async function saidAndKept(synchronous: string): Promise<{ readonly said: number; readonly kept: number }> {
      const file = join(folder, 'numbers.sqlite');
      const child = spawn(process.execPath, [COMMITS, file, synchronous], {
        env: { ...process.env, ...disk.env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      endWithTests(child);
      let out = '';
      child.stdout.on('data', (text: Buffer) => {
        out += text.toString();
      });
      const numbers = () => out.slice(0, out.lastIndexOf('\n')).split('\n').length;
      const ended = new Promise((resolve) => child.once('close', resolve));
      await until(() => numbers() > 20, 'twenty commits', 20_000);
      child.kill('SIGKILL');
      await ended;
      disk.loseNames();
      if (!existsSync(file)) return { said: numbers(), kept: 0 };
      const db = knex({ client: 'sqlite3', connection: { filename: file }, useNullAsDefault: true });
      try {
        const [row] = await db('numbers').count<{ n: number }[]>('* as n');
        return { said: numbers(), kept: row?.n ?? 0 };
      } catch {
        return { said: numbers(), kept: 0 };
      } finally {
        await db.destroy();
      }
    }

    for (const synchronous of ['OFF', 'NORMAL']) {
      it(`loses commits with synchronous=${synchronous}: this disk bites`, async () => {
        const { said, kept } = await saidAndKept(synchronous);
        assert.ok(kept < said, `${kept} of ${said}`);
      });
    }

    it('loses none with synchronous=FULL', async () => {
      const { said, kept } = await saidAndKept('FULL');
      // The last one may be there and not yet told.
      assert.ok(kept >= said, `${kept} of ${said}`);
    });
  });

  describe('of the bridge', () => {
    let simulator: UpstreamSimulator;
    let pc: CounterPc;
    let disk: BadDisk;
    let service: Service | undefined;

    beforeEach(async () => {
      simulator = await createUpstreamSimulator({
        clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
        notificationPausesMs: [],
        ackTimeoutMs: 2000,
      });
      pc = await createCounterPc({
        simulatorUrl: simulator.url,
        lanes: LANES,
        displays: () => [],
        timing: { payPausesMs: [150, 150, 150, 150, 150, 150], inquiryFirstAfterMs: 500, inquiryEveryMs: [500, 500] },
      });
      disk = makeBadDisk(pc.folder, { keepsBack: true, leaks: random.whole(1, 1_000_000) });
    });
    afterEach(async () => {
      await service?.stop();
      await simulator.stop();
      pc.remove();
      disk.remove();
    });

    async function start(): Promise<Service> {
      service = await startService(pc.file, { env: disk.env });
      return service;
    }
    const acknowledged = () =>
      simulator.notifications().flatMap(({ state, paymentRequestId }) => (state === 'acknowledged' ? [paymentRequestId] : []));

    async function cut(service: Service): Promise<void> {
      service.signal('SIGKILL');
      assert.equal((await service.ended).signal, 'SIGKILL', 'the bridge lived until the cut');
      disk.loseNames();
    }

    async function integrityIsOk(): Promise<void> {
      assert.equal((await readBooksAtDeath(pc.books, pc.folder)).integrity, 'ok');
    }

    it('in its very first start, at any moment, leaves something it starts on again', async () => {
      for (let cuts = 0; cuts < FIRST_STARTS; cuts += 1) {
        rmSync(join(pc.folder, 'data'), { recursive: true, force: true });
        const begun = () => until(() => existsSync(join(pc.folder, 'data')), 'the folder', 20_000, 1);
        await startAndSignal(pc.file, 'SIGKILL', random.whole(0, 150), begun, { env: disk.env });
        const lost = disk.loseNames();
        assert.equal((await (await start()).stop()).code, 0);
        assert.ok(existsSync(pc.books), `books after ${lost.length} lost names`);
      }
    });

    it('loses nothing that a till or the upstream was told, makes no second order, and the account books agree', async () => {
      const answered = new Set<string>();
      const told = new Set<string>();
      const references: string[] = [];
      let running = await start();
      for (let round = 1; round <= ROUNDS; round += 1) {
        const till = createTill(running.terminal);
        const sales = LANES.map((laneId) => {
          const saleReference = `${laneId}-${round}`;
          references.push(saleReference);
          return till.sell({ laneId, saleReference, description: saleReference }, 10).then(
            (answer) => void (answer.status === 201 && answered.add(answer.json<WholePayment>().paymentRequestId)),
            () => undefined,
          );
        });
        if (round % 2 === 1) {
          await pause(random.whole(0, 150));
        } else {
          await Promise.all(sales);
          for (const { paymentRequestId, state } of simulator.orders()) if (state === 'open') simulator.pay(paymentRequestId);
          const before = acknowledged().length;
          await until(() => acknowledged().length > before, 'the first acknowledgement');
          await pause(random.whole(0, 20));
        }
        await cut(running);
        await Promise.all(sales);
        for (const id of acknowledged()) told.add(id);
        if (existsSync(pc.books)) await integrityIsOk();
        running = await start();
        await settle(running, references, { answered, told });
      }
      const payments = await settle(running, references, { answered, told });
      await running.stop();
      const books = await readBooksAtDeath(pc.books, pc.folder);
      const patience = { goneWithin: 0, blankAfterStart: 0 };
      assert.deepEqual(judge({ simulator, payments, books, lanes: [], lifetimes: [], patience }), []);
      console.log(`      ${ROUNDS} cuts, ${payments.length} payments, ${answered.size} answered, ${told.size} acknowledged`);
    });

    /** Everything that anybody was told is known; then every sale is brought to its end. */
    async function settle(
      { terminal }: Service,
      references: readonly string[],
      { answered, told }: { readonly answered: ReadonlySet<string>; readonly told: ReadonlySet<string> },
    ): Promise<WholePayment[]> {
      const till = createTill(terminal);
      for (const id of answered)
        assert.equal((await till.call(`/v1/payments/${id}`)).status, 200, `${id} was answered and is gone`);
      for (const id of told) assert.equal((await till.read(id)).state, 'paid', `${id} was acknowledged and is not paid`);
      const payments: WholePayment[] = [];
      for (const saleReference of references) {
        const laneId = saleReference.replace(/-\d+$/, '');
        // A till that got no answer repeats its sale.
        const { paymentRequestId: id } = (
          await till.sell({ laneId, saleReference, description: saleReference }, 10)
        ).json<WholePayment>();
        payments.push(
          await until(async () => {
            if (simulator.order(id)?.state === 'open') simulator.pay(id);
            const payment = await till.read(id);
            return payment.state === 'paid' && payment;
          }, `${saleReference} paid`),
        );
      }
      return payments;
    }
  });
});
