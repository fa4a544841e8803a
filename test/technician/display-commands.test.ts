import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { openBooks } from '#src/books/database.js';
import type { LaneConfig } from '#src/config/bridge-config.js';
import { loadConfig } from '#src/config/load-config.js';
import { displayVerbs } from '#src/display-verbs.js';
import { openOfflineDisplays } from '#src/offline-displays.js';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { adminSocketPath } from '#src/technician/admin-path.js';
import { type AdminServer, serveAdmin } from '#src/technician/admin-socket.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { createManualClock } from '../support/manual-clock.js';
import { type CliRun, cli } from './cli-run.js';

/** Only for its `until`: displays on TCP and their commands run in real time. */
const { until } = createManualClock();

describe('display commands', () => {
  let glass: NextionGlass;
  let harness: Harness;
  let admin: AdminServer | undefined;
  let displayUrl: string;

  before(async () => {
    glass = createNextionGlass({ baudRate: 115_200, bootMs: 20 });
    displayUrl = (await glass.listenTcp()).url;
    const displays = [{ driver: 'nextion', port: displayUrl, baudRate: 115_200 }];
    harness = await startHarness({ clock: systemClock, displays });
  });
  after(async () => {
    await admin?.close();
    await harness?.stop();
    await glass?.stop();
  });

  const run = (argv: readonly string[], parts: Parameters<typeof cli>[1] = {}) =>
    cli(['display', ...argv, '--config', join(harness.folder, 'bridge.yaml')], {
      offlineDisplays: (config) => openOfflineDisplays(config),
      ...parts,
    });
  const numberOnGlass = () => /\d{4}/.exec(glass.readCode() ?? '')?.[0];

  describe('through the running bridge', () => {
    before(async () => {
      await mkdir(join(harness.folder, 'data'), { recursive: true });
      const path = adminSocketPath(join(harness.folder, 'data', 'bridge.sqlite'));
      admin = await serveAdmin({ path, handlers: displayVerbs(harness.bridge().displayBench), log: silentLog });
      await until(() => glass.view().page === 'idle', 'the bridge has found the display');
    });
    after(async () => {
      await admin?.close();
      admin = undefined;
    });

    it('show a test code, take the number from it, and blank the glass', async () => {
      const asked: (string | undefined)[] = [];
      const { code, out, err } = await run(['test', '--lane', 'lane-1'], {
        askPerson: async () => {
          asked.push(numberOnGlass());
          return numberOnGlass();
        },
      });
      assert.equal(asked.length, 1);
      assert.deepEqual([code, err], [0, '']);
      assert.match(
        out,
        /lane-1, display 1: nextion on tcp:.*\n {4}shown after \d+ ms, confirmation reached: verified\n {4}QR version 4, 33 x 33/,
      );
      assert.ok(out.includes(`${asked[0]} is right`));
      assert.equal(glass.readCode(), null);
    });

    it('fail when another number is typed, and say which it was', async () => {
      let real: string | undefined;
      const { code, err } = await run(['test', '--lane', 'lane-1'], {
        askPerson: async () => {
          real = numberOnGlass();
          return 'x';
        },
      });
      assert.equal(code, 2);
      assert.match(err, new RegExp(`The number was ${real}, not x`));
    });

    it('pass without a person, whose number is told then', async () => {
      const { code, out } = await run(['test', '--lane', 'lane-1'], { askPerson: async () => undefined });
      assert.equal(code, 0);
      assert.match(out, /Nobody typed the number; it was \d{4}/);
    });

    it('print the number and the report as JSON', async () => {
      const done = run(['test', '--lane', 'lane-1', '--json', '--seconds', '1', '--length', '170']);
      await until(() => glass.readCode() !== null, 'the code stands there');
      const number = numberOnGlass();
      const { code, out } = await done;
      const report = JSON.parse(out);
      assert.deepEqual([code, report.ok, report.number, report.ended, report.notBlank], [0, true, number, 'returned', []]);
      assert.equal(report.code.length, 170);
      assert.deepEqual([report.glasses[0].result, report.glasses[0].confirmation], ['shown', 'verified']);
      assert.equal(glass.readCode(), null);
    });

    it('are refused on a lane with an open payment, which keeps its code', async () => {
      const sale = await harness.sell({}, 5);
      const { paymentRequestId, orderCode } = sale.json<{ paymentRequestId: string; orderCode: { value: string } }>();
      await until(() => glass.readCode() === orderCode.value, 'the code of the sale');
      for (const command of ['test', 'probe']) {
        const { code, err } = await run([command, '--lane', 'lane-1']);
        assert.equal(code, 2);
        assert.match(err, /lane-1 has an open payment: its display belongs to the payer\. Repair: /);
      }
      assert.equal(glass.readCode(), orderCode.value);
      await harness.cancel(paymentRequestId);
      await until(async () => (await harness.read(paymentRequestId)).state === 'cancelled', 'the cancel');
    });

    it('give the display up to a sale in the middle of a test', async () => {
      const { code, err } = await run(['test', '--lane', 'lane-1'], {
        askPerson: async () => {
          const sale = await harness.sell({}, 5);
          const { paymentRequestId, orderCode } = sale.json<{ paymentRequestId: string; orderCode: { value: string } }>();
          await until(() => glass.readCode() === orderCode.value, 'the code of the sale');
          await harness.cancel(paymentRequestId);
          await until(async () => (await harness.read(paymentRequestId)).state === 'cancelled', 'the cancel');
          return undefined;
        },
      });
      assert.equal(code, 2);
      assert.match(err, /cut short: a sale has begun on the lane/);
    });

    it('probe the port, which the bridge gives away and takes back', async () => {
      const { code, out } = await run(['probe', '--lane', 'lane-1', '--json']);
      const report = JSON.parse(out);
      assert.deepEqual([code, report.ok], [0, true]);
      const [found] = report.displays;
      assert.deepEqual([found.answer.driver, found.asConfigured, found.configure], ['nextion', true, null]);
      await until(() => harness.bridge().displayBench !== undefined && glass.view().page === 'idle', 'the bridge has it again');
      const again = await run(['test', '--lane', 'lane-1', '--json', '--seconds', '1']);
      assert.equal(again.code, 0, again.out);
    });

    it('have exit code 1 for a lane nobody knows, with the one that was meant', async () => {
      for (const command of ['test', 'probe']) {
        const { code, err } = await run([command, '--lane', 'lane1']);
        assert.deepEqual([code, err], [1, 'there is no lane "lane1". Repair: did you mean "lane-1"?\n']);
      }
    });

    it('say what is wrong with a display that is not there', async () => {
      glass.power(false);
      glass.mute(true);
      const { code, out, err } = await run(['test', '--lane', 'lane-1'], {
        askPerson: async () => assert.fail('nobody is asked'),
      });
      glass.mute(false);
      glass.power(true);
      assert.equal(code, 2);
      assert.match(out, /FAILED/);
      assert.match(err, /Display 1 did not show the code/);
    });
  });

  describe('while the bridge is stopped', () => {
    before(async () => {
      await harness.bridge().stop();
    });

    it('open the port themselves for a test, and leave it blank', async () => {
      const { code, out, err } = await run(['test', '--lane', 'lane-1'], { askPerson: async () => numberOnGlass() });
      assert.deepEqual([code, err], [0, ''], out);
      assert.match(out, /is right/);
      assert.equal(glass.readCode(), null);
    });

    it('open the port themselves for a probe, and name the entry to configure', async () => {
      const { code, out } = await run(['probe', '--lane', 'lane-1']);
      assert.equal(code, 0);
      assert.match(out, /a Nextion panel NX4024T032_011R answers at 115200 baud, as configured/);
    });

    it('say what is wrong with a display that its driver refuses, by line, and try none', async () => {
      const file = join(harness.folder, 'refused.yaml');
      const text = await readFile(join(harness.folder, 'bridge.yaml'), 'utf8');
      const port = /^( *)port: tcp:.*$/m.exec(text);
      assert.ok(port !== null, text);
      const [line, blanks] = port;
      const refused = `${blanks?.slice(2)}- driver: qr-line\n${blanks}port: COM7\n${blanks}options: { ack: "(" }`;
      await writeFile(
        file,
        text.replace(/^ *- driver: nextion\n/m, (first) => `${refused}\n${first}`),
      );
      for (const command of ['test', 'probe']) {
        const { code, out, err } = await cli(['display', command, '--lane', 'lane-1', '--config', file]);
        assert.deepEqual([code, out], [1, ''], line);
        assert.match(
          err,
          /refused\.yaml:\d+ lanes\[0\]\.displays\[0\]\.options\.ack: must be a regular expression, or null\. Repair: /,
        );
      }
      const load = await loadConfig(join(harness.folder, 'bridge.yaml'), {});
      assert.ok(load.kind === 'ok');
      const displays = [{ driver: 'qr-line', port: 'COM7', options: { ack: '(' } }] as unknown as LaneConfig['displays'];
      const unchecked = { ...load.config, lanes: load.config.lanes.map((lane) => ({ ...lane, displays })) };
      await assert.rejects(openOfflineDisplays(unchecked), { code: 'config.wrong' }, 'and never leaves one out in silence');
    });

    it('are refused when the books are in use after all', async () => {
      const books = await openBooks({ client: 'sqlite3', filename: join(harness.folder, 'data', 'bridge.sqlite') });
      const clock = createManualClock();
      const ended: CliRun[] = [];
      void run(['test', '--lane', 'lane-1'], { clock }).then((done) => ended.push(done));
      await clock.advanceUntil(() => ended.length > 0, 'the command gives up');
      await books.close();
      assert.equal(ended[0]?.code, 2);
      assert.match(ended[0]?.err ?? '', /just starting, or another one runs on these books: .*ocbridge stop/);
    });
  });
});
