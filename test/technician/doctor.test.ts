import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { openBooks } from '#src/books/database.js';
import { loadConfig } from '#src/config/load-config.js';
import { examineBooks } from '#src/doctor-books.js';
import { examineReports } from '#src/doctor-reports.js';
import { examineUpstream } from '#src/doctor-upstream.js';
import { openOfflineDisplays } from '#src/offline-displays.js';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { adminSocketPath } from '#src/technician/admin-path.js';
import { serveAdmin } from '#src/technician/admin-socket.js';
import { type CheckLine, lineText } from '#src/technician/doctor-report.js';
import { generateSigningPair } from '#src/upstream/signature.js';
import { type CounterPc, createCounterPc, freePort, type Settings } from '../process/counter-pc.js';
import { startHarness } from '../support/bridge-harness.js';
import { garblePages } from '../support/garbled-file.js';
import { createManualClock } from '../support/manual-clock.js';
import { type RawAnswer, startRawUpstream } from '../support/raw-upstream.js';
import { skipBecause } from '../support/skip.js';
import { cli } from './cli-run.js';

const LINE = /^(OK {4}|WARN {2}|FAIL {2})[A-Za-z]+ +\S.*: \S.*$/;

async function doctor(file: string, ...options: readonly string[]) {
  const run = await cli(['doctor', '--config', file, ...options], {
    clock: systemClock,
    doctor: {
      upstream: (settings, instanceId) => examineUpstream(settings, instanceId),
      books: examineBooks,
      reports: (config) => examineReports(config, systemClock),
    },
    offlineDisplays: (config) => openOfflineDisplays(config),
  });
  const lines = run.out.split('\n').filter((line) => line !== '');
  return { ...run, lines, about: (check: string) => lines.filter((line) => line.slice(6).startsWith(`${check} `)) };
}

describe('ocbridge doctor', function () {
  this.timeout(60_000);
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function upstream(options: Parameters<typeof createUpstreamSimulator>[0] = {}): Promise<UpstreamSimulator> {
    const simulator = await createUpstreamSimulator({ clientPublicKeyPem: BRIDGE_PUBLIC_PEM, ...options });
    ends.push(() => simulator.stop());
    return simulator;
  }

  async function counterPc(
    change: (settings: Settings) => void = () => {},
    simulator?: UpstreamSimulator,
    displays: readonly Record<string, unknown>[] = [],
  ): Promise<CounterPc> {
    const pc = await createCounterPc({ simulatorUrl: (simulator ?? (await upstream())).url, displays: () => displays, change });
    ends.push(() => pc.remove());
    return pc;
  }

  /** Makes books as a first start does, and leaves them. */
  async function madeBooks(pc: CounterPc): Promise<void> {
    await (await openBooks({ client: 'sqlite3', filename: pc.books })).close();
  }

  async function panel(): Promise<NextionGlass & { readonly url: string }> {
    const glass = createNextionGlass({ paced: false, bootMs: 20 });
    ends.push(() => glass.stop());
    return { ...glass, url: (await glass.listenTcp()).url };
  }

  /** The one line of this check says this, and all the command has to say is bad or not. */
  async function finds(pc: CounterPc, result: 'OK' | 'WARN' | 'FAIL', check: string, ...words: readonly (string | RegExp)[]) {
    const { code, out, about } = await doctor(pc.file);
    const lines = about(check).filter((line) => line.startsWith(result));
    for (const word of words) {
      const says = (line: string) => (typeof word === 'string' ? line.includes(word) : word.test(line));
      assert.ok(lines.some(says), `${result} ${check} ${String(word)} in:\n${out}`);
    }
    if (result !== 'OK')
      assert.ok(
        lines.every((line) => line.includes(' Repair: ')),
        out,
      );
    assert.equal(code, out.includes('\nFAIL') ? 2 : 0, out);
    if (result === 'FAIL') assert.equal(code, 2);
  }

  describe('while the bridge is stopped', () => {
    it('finds all well, one line a check, and makes nothing: no order, no books', async () => {
      const simulator = await upstream();
      const glass = await panel();
      const pc = await counterPc(undefined, simulator, [{ driver: 'nextion', port: glass.url, baudRate: 9600 }]);
      const { code, lines, err, about } = await doctor(pc.file);
      assert.deepEqual([code, err], [0, ''], lines.join('\n'));
      for (const line of lines) assert.match(line, LINE);
      assert.deepEqual(
        lines.filter((line) => !line.startsWith('OK')),
        about('bridge'),
        'the only warning is that the bridge does not run',
      );
      const [display] = about('display');
      assert.match(display ?? '', /^OK .*lane-1, display 1 \(nextion on tcp:\/\/127\.0\.0\.1:\d+\): ready$/);
      assert.equal(simulator.orders().length, 0);
      assert.deepEqual(
        simulator.calls().map(({ call, signature }) => [call, signature]),
        [['inquiry', 'good']],
      );
      assert.equal(existsSync(pc.books), false);
    });

    it('with --json puts nothing but JSON on stdout, with the same lines', async () => {
      const pc = await counterPc();
      const { out, code } = await doctor(pc.file, '--json');
      const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: CheckLine[] };
      assert.deepEqual([ok, code], [true, 0]);
      const text = await doctor(pc.file);
      const shape = (line: string) => line.replaceAll(/\d+ ms|\d+\.\d+ GiB/g, '…');
      assert.deepEqual(
        checks.map((check) => shape(lineText(check).trimEnd())),
        text.lines.map(shape),
      );
    });

    it('reads the books it finds, writes a little, and leaves them to the next start', async () => {
      const pc = await counterPc();
      await madeBooks(pc);
      await finds(pc, 'OK', 'books', pc.books, /a write took \d+ ms; everything was read/);
      await madeBooks(pc);
    });
  });

  describe('names what is wrong, and what to do', () => {
    for (const [seconds, result, says] of [
      [65, 'FAIL', 'this machine is 65 s behind'],
      [-65, 'FAIL', 'this machine is 65 s ahead'],
      [30, 'WARN', 'this machine is 30 s behind'],
      [5, 'OK', 'this machine is 5 s behind'],
    ] as const) {
      it(`a clock ${seconds} s off the upstream’s: ${result}`, async () => {
        const pc = await counterPc(undefined, await upstream({ clockOffsetMs: seconds * 1000 }));
        await finds(pc, result, 'clock', says);
      });
    }

    it('an upstream that refuses connections', async () => {
      const port = await freePort();
      const pc = await counterPc(({ upstreams }) => {
        for (const one of upstreams) one.baseUrl = `http://127.0.0.1:${port}`;
      });
      await finds(pc, 'FAIL', 'upstream', `alipayplus, 127.0.0.1:${port}`, 'refuses connections');
    });

    it('the wrong key of the upstream, and a key of ours that it does not know', async () => {
      const { publicPem } = await generateSigningPair();
      const pc = await counterPc();
      writeFileSync(join(pc.folder, 'keys', 'theirs.pem'), publicPem);
      await finds(pc, 'FAIL', 'answer', 'without a good signature', 'ocbridge keys check');
      const other = await counterPc(undefined, await upstream({ clientPublicKeyPem: publicPem }));
      await finds(other, 'FAIL', 'answer', /INVALID_SIGNATURE|without a good signature/);
    });

    it('a port that another program has', async () => {
      const port = await freePort();
      const squatter = createServer().listen(port, '127.0.0.1');
      ends.push(() => squatter.close());
      const pc = await counterPc(({ listen }) => {
        listen.terminal.port = port;
      });
      await finds(pc, 'FAIL', 'listener', `terminal, 127.0.0.1:${port}: another program has the port`);
    });

    it('a display that is not plugged in, and one that says nothing', async () => {
      const mute = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
      await new Promise((resolve) => mute.once('listening', resolve));
      ends.push(() => mute.close());
      const address = mute.address();
      const port = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      const pc = await counterPc(undefined, undefined, [
        { driver: 'nextion', port: '/dev/ttyUSB-not-there', baudRate: 9600 },
        { driver: 'nextion', port, baudRate: 9600 },
      ]);
      await finds(
        pc,
        'FAIL',
        'display',
        /display 1 \(nextion on \/dev\/ttyUSB-not-there\): .*is the display plugged in\? Repair/,
      );
      await finds(pc, 'FAIL', 'display', `display 2 (nextion on ${port})`, 'does not answer', 'ocbridge display probe');
    });

    it('an address for notifications that the upstream cannot reach, and none that listens', async () => {
      const pc = await counterPc((settings) => {
        for (const one of settings.upstreams) one.notifyUrl = 'https://192.168.1.5/hooks/alipayplus/notifyPayment';
        delete (settings.listen as Partial<Settings['listen']>).upstream;
      });
      await finds(pc, 'WARN', 'notifyUrl', 'leads to 192.168.1.5');
      await finds(pc, 'WARN', 'listener', 'notifications are not received');
    });

    it('books that another bridge holds, damaged books, and a payment that cannot be read', async () => {
      const pc = await counterPc();
      const held = await openBooks({ client: 'sqlite3', filename: pc.books });
      await finds(pc, 'FAIL', 'books', 'Another bridge is running on these books');
      await held.db('lanes').insert({ lane_id: 'lane-1', merchant_id: 'm', upstream_id: 'u', configured: 1, updated_at: 1 });
      await held.db('terminals').insert({ terminal_id: 'T01', lanes: '[]', configured: 1, updated_at: 1 });
      await held.db('payments').insert(brokenPayment());
      await held.close();
      await finds(pc, 'FAIL', 'books', 'lane-1: a payment that cannot be read holds it');
      garblePages(pc.books);
      await finds(pc, 'FAIL', 'books', `The books ${pc.books} are damaged`, 'restore the newest backup');
    });

    it('an open payment of a stopped bridge: its display is left alone', async () => {
      const shop = await startHarness({ clock: systemClock });
      ends.push(() => shop.stop());
      await shop.sell();
      await shop.bridge().stop();
      const { about, out } = await doctor(join(shop.folder, 'bridge.yaml'));
      assert.match(about('display')[0] ?? '', /^WARN .*lane-1: has an open payment, so its display was left alone/, out);
    });

    it('a configuration that cannot be used: exit code 1, each problem a line', async () => {
      const pc = await counterPc((settings) => {
        settings.instanceId = 'not allowed!';
      });
      const { code, lines, about } = await doctor(pc.file);
      assert.equal(code, 1);
      assert.match(about('configuration')[0] ?? '', /^FAIL .*bridge\.yaml:1 instanceId: .* Repair: /);
      assert.equal(lines.length, 2, 'nothing else can be looked at but Node.js');
      assert.equal(JSON.parse((await doctor(pc.file, '--json')).out).ok, false);
    });

    it('a configuration that others may change, and a private key that others may read', async function () {
      if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits');
      const pc = await counterPc();
      chmodSync(pc.file, 0o666);
      await finds(pc, 'WARN', 'rights', 'others may change it', `chmod go-w ${pc.file}`);
      chmodSync(pc.ownKeyFile, 0o644);
      const { code, about } = await doctor(pc.file);
      assert.equal(code, 1);
      assert.match(about('configuration')[0] ?? '', /others may read .*chmod 600/);
    });
  });

  describe('beside the running bridge', () => {
    it('asks it: listeners, displays, books, lost log lines; and never opens books or ports itself', async () => {
      const glass = await panel();
      const shop = await startHarness({ clock: systemClock, displays: [{ driver: 'nextion', port: glass.url, baudRate: 9600 }] });
      ends.push(() => shop.stop());
      const file = join(shop.folder, 'bridge.yaml');
      const path = adminSocketPath(join(shop.folder, 'data', 'bridge.sqlite'));
      const log = { dropped: 3, why: 'ENOSPC: no space left on device, write' };
      const handlers = { doctor: async () => ({ kind: 'done' as const, result: { ...(await shop.bridge().report()), log } }) };
      const admin = await serveAdmin({ path, handlers, log: silentLog });
      ends.push(() => admin.close());
      await createManualClock().until(async () => (await doctor(file)).code === 0, 'the bridge has found the display');
      const { code, about, out } = await doctor(file);
      assert.equal(code, 0, out);
      assert.match(about('bridge')[0] ?? '', /^OK .*the bridge is running/);
      assert.match(about('books')[0] ?? '', /^OK .*written to a moment ago/);
      assert.match(about('log')[0] ?? '', /^WARN .*3 lines could not be written .*ENOSPC/);
      assert.equal(about('listener').filter((line) => line.includes('held by the running bridge')).length, 3, out);
      assert.match(about('display')[0] ?? '', /^OK .*lane-1, display 1 .*: ready/);
      await glass.stop();
      await createManualClock().until(async () => (await doctor(file)).code === 2, 'the lost display');
      assert.match((await doctor(file)).about('display')[0] ?? '', /^FAIL .*lane-1, display 1 \(nextion on tcp:/);
    });

    it('of another version that knows no doctor: says so, and touches neither its books nor its ports', async () => {
      const pc = await counterPc();
      await madeBooks(pc);
      const admin = await serveAdmin({ path: adminSocketPath(pc.books), handlers: {}, log: silentLog });
      ends.push(() => admin.close());
      const { code, about } = await doctor(pc.file);
      assert.equal(code, 2);
      assert.match(about('bridge')[0] ?? '', /^FAIL .*may be of another version/);
      assert.deepEqual([about('books'), about('display')], [[], []]);
    });
  });
});

describe('the doctor’s question to an upstream', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function askOf(answer: RawAnswer, turns = 0): Promise<readonly string[]> {
    const raw = await startRawUpstream(answer);
    const pc = await createCounterPc({ simulatorUrl: raw.url });
    ends.push(
      () => raw.stop(),
      () => pc.remove(),
    );
    const load = await loadConfig(pc.file, {});
    assert.equal(load.kind, 'ok');
    const [settings] = load.kind === 'ok' ? load.config.upstreams : [];
    assert.ok(settings !== undefined && dirname(pc.file) !== '');
    const clock = createManualClock();
    const asked = examineUpstream(settings, 'TEST1', clock);
    if (turns > 0) {
      await clock.until(() => raw.heard.some((text) => text.includes('paymentRequestId')), 'the question');
      await clock.advance(turns);
    }
    return (await asked).map((line) => lineText(line).trimEnd());
  }

  it('gives up after ten seconds on one that says nothing, and on one that drips a byte a second', async () => {
    const drip: RawAnswer = (socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      socket.on('close', () => clearInterval(timer));
    };
    for (const answer of [() => {}, drip] as const) {
      const lines = await askOf(answer, 10_000);
      const said = lines.find((line) => line.slice(6).startsWith('answer')) ?? '';
      assert.match(said, /^FAIL .*takes calls and does not answer in time/);
    }
  });

  it('reads the clock of one that refuses without a signature, and says that nobody signed for it', async () => {
    const lines = await askOf((socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nDate: Thu, 05 Mar 2026 02:05:00 GMT\r\nContent-Length: 0\r\n\r\n'),
    );
    assert.match(lines.find((line) => line.slice(6).startsWith('answer')) ?? '', /^FAIL .*HTTP 403 without a good signature/);
    assert.match(
      lines.find((line) => line.slice(6).startsWith('clock')) ?? '',
      /^FAIL .*300 s behind \(by an answer that is not signed\)/,
    );
  });
});

/** The row of a payment whose life is half a JSON. */
function brokenPayment(): Record<string, unknown> {
  return {
    payment_request_id: 'TEST1-0123456789abcdef01234567',
    lane_id: 'lane-1',
    terminal_id: 'T01',
    sale_reference: 'S-1',
    upstream_id: 'alipayplus',
    merchant_id: 'shop-1',
    currency: 'JPY',
    value: '1980',
    sale: '{}',
    request_path: '/x',
    request_body: Buffer.from('{}'),
    request_sha256: '00',
    state: 'awaiting_payer',
    holds_lane: 1,
    under_way: 0,
    life: '{"state":"awaiting_',
    version: 1,
    revision: 1,
    created_at: 1,
    updated_at: 1,
    due_at: 1,
  };
}
