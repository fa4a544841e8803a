import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#src/base/log.js';
import type { RehearsalOrder } from '#src/rehearsal/rehearsal-order.js';
import { runGlass } from '#src/rehearsal/run-glass.js';
import { createManualClock } from '../support/manual-clock.js';
import { needPty, openPty } from '../support/pty.js';

const { until } = createManualClock();
const END = '\xff\xff\xff';
const PAINT = Buffer.from(`page pay${END}qr0.txt="https://q.example/AB"${END}t0.txt="HKD 12.34"${END}`, 'latin1');

interface Line {
  readonly event: string;
  readonly port?: string;
  readonly page?: string | null;
  readonly code?: string | null;
  readonly plugged?: boolean;
  readonly texts?: Readonly<Record<string, string>>;
  readonly hex?: string;
}

describe('ocbridge glass', () => {
  let out: string;
  let err: string;
  let tell: () => void;
  let running: Promise<number> | undefined;

  function start(order: Partial<RehearsalOrder> = {}, parts: Partial<Parameters<typeof runGlass>[1]> = {}): Promise<number> {
    out = '';
    err = '';
    running = runGlass(
      {
        driver: 'nextion',
        baudRate: undefined,
        options: {},
        entry: { driver: 'nextion' },
        listen: { kind: 'tcp', port: 0 },
        pagePort: undefined,
        seed: '1',
        faultsFile: undefined,
        json: true,
        trace: false,
        ...order,
      },
      {
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        window: undefined,
        keyboard: undefined,
        log: silentLog,
        told: new Promise<void>((resolve) => {
          tell = resolve;
        }),
        ...parts,
      },
    );
    return running;
  }
  /** A window that is drawn in, and a hand on the keys. */
  function startInWindow(order: Partial<RehearsalOrder> = {}) {
    let pressed: (text: string) => void = () => {};
    const keyboard = {
      onKeys(hear: (text: string) => void) {
        pressed = hear;
        return () => {
          pressed = () => {};
        };
      },
    };
    const window = {
      write(text: string) {
        out += text;
      },
      size: () => ({ columns: 100, rows: 45 }),
    };
    return { code: start({ json: false, ...order }, { window, keyboard }), press: (text: string) => pressed(text) };
  }
  async function end(): Promise<number | undefined> {
    tell();
    const code = await running;
    running = undefined;
    return code;
  }
  afterEach(async () => {
    if (running !== undefined) await end();
  });

  const lines = () => out.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text) as Line]));
  async function listening(): Promise<Line> {
    await until(() => out.includes('\n'), 'it listens');
    const [first] = lines();
    assert.ok(first?.event === 'listening');
    return first;
  }
  async function paint(): Promise<void> {
    const port = Number(/\d+$/.exec((await listening()).port ?? '')?.[0]);
    const host = connect(port, '127.0.0.1');
    host.write(PAINT);
    await until(
      () => lines().some(({ code, texts }) => code === 'https://q.example/AB' && texts?.['t0'] !== undefined),
      'the code',
    );
    host.destroy();
  }

  it('prints one JSON line for each change, and ends in order', async () => {
    void start();
    await paint();
    assert.ok(lines().every(({ event }) => event === 'listening' || event === 'glass'));
    assert.deepEqual(lines().at(-1)?.texts, { t0: 'HKD 12.34' });
    assert.equal(await end(), 0);
    assert.equal(err, '');
  });

  it('prints lines for people, with the bytes of the line where they are asked for', async () => {
    void start({ json: false, trace: true });
    await until(() => out.includes('listening on tcp://127.0.0.1:'), 'it listens');
    assert.match(out, /in the configuration: - \{ driver: nextion, port: tcp:\/\/127\.0\.0\.1:\d+ \}/);
    const host = connect(Number(/127\.0\.0\.1:(\d+)/.exec(out)?.[1]), '127.0.0.1');
    host.write(PAINT);
    await until(() => /→ page pay/.test(out) && /· t0\.txt="HKD 12\.34"/.test(out), 'the line and what it did');
    assert.match(out, /lit, shows a code, page pay, code https:\/\/q\.example\/AB, t0: HKD 12\.34 \(tcp/);
    host.destroy();
  });

  it('draws in a terminal, where keys make trouble and q ends it', async () => {
    const { code, press } = startInWindow();
    await until(() => out.includes('lit, shows no code'), 'drawn');
    const host = connect(Number(/127\.0\.0\.1:(\d+)/.exec(out)?.[1]), '127.0.0.1');
    host.write(PAINT);
    await until(() => out.includes('▀') && out.includes('t0: HKD 12.34'), 'the code is drawn');
    press('12');
    await until(() => out.includes('n = 12'), 'a number for the n-th byte');
    press('u');
    await until(() => out.includes('(plugged in nowhere)'), 'unplugged');
    press('q');
    assert.equal(await code, 0);
    assert.ok(out.endsWith('\x1b[?25h\x1b[?1049l'), 'the terminal is as it was');
    host.destroy();
  });

  it('says what a host of another speed sends', async function () {
    needPty(this);
    const { SerialPort } = await import('serialport');
    void start({ listen: { kind: 'pty', link: undefined }, json: false, trace: true });
    await until(() => out.includes('listening on /dev/pts/'), 'it listens');
    const path = /listening on (\S+);/.exec(out)?.[1] ?? '';
    const port = new SerialPort({ path, baudRate: 115_200 });
    port.on('data', () => {});
    port.write(PAINT);
    await until(() => /→/.test(out), 'something is heard');
    assert.doesNotMatch(out, /page pay|q\.example/);
    await new Promise((resolve) => port.close(resolve));
  });

  it('sits on a serial port of this machine', async function () {
    needPty(this);
    const cable = await openPty();
    void start({ listen: { kind: 'terminal', path: cable.path() }, trace: true });
    assert.match((await listening()).port ?? '', /^the other end of /);
    assert.equal(await cable.baudRate(), 9_600);
    cable.write(PAINT);
    await until(() => lines().some(({ code }) => code === 'https://q.example/AB'), 'the code');
    cable.write(Buffer.from(`get t0.txt${END}`, 'latin1'));
    await until(() => cable.received().includes('HKD 12.34'), 'the answer');
    await end();
    await cable.close();
  });

  it('is unplugged when its serial port goes away by itself, says why, and is plugged in again by hand', async function () {
    needPty(this);
    const folder = mkdtempSync(join(tmpdir(), 'cable-'));
    const cable = await openPty({ link: join(folder, 'port') });
    const { press } = startInWindow({ listen: { kind: 'terminal', path: cable.path() } });
    const seen = (pattern: RegExp) => until(() => pattern.test(out.split('\x1b[H').at(-1) ?? ''), `${pattern}`);
    await seen(/lit, shows no code/);
    cable.write(PAINT);
    await seen(/lit, shows a code/);
    await cable.unplug();
    await seen(/: unplugged.*plugged in nowhere.*The display's port .* was lost: /s);
    press('u');
    await seen(/The display's port .*port is not there/);
    await cable.plug();
    press('u');
    await seen(/lit, shows no code.*the other end of/s);
    assert.doesNotMatch(out.split('\x1b[H').at(-1) ?? '', /was lost|not there/);
    cable.write(PAINT);
    await seen(/lit, shows a code/);
    await end();
    await cable.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('plays the faults of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faults-'));
    const file = join(folder, 'faults.json');
    writeFileSync(file, JSON.stringify([{ name: 'unplug', forSeconds: 0.2 }]));
    void start({ faultsFile: file });
    await until(() => lines().some(({ plugged }) => plugged === false) && lines().at(-1)?.plugged === true, 'and back');
    await end();
    writeFileSync(file, '[{"name":"smash"}]');
    assert.equal(await start({ faultsFile: file }), 1);
    assert.match(err, /faults\.json: fault 1, name/);
    assert.equal(await start({ faultsFile: join(folder, 'none.json') }), 1);
    assert.match(err, /none\.json cannot be read/);
    rmSync(folder, { recursive: true, force: true });
  });

  it('says why it cannot run', async () => {
    assert.equal(await start({ listen: { kind: 'terminal', path: '/dev/no-such-port' } }), 2);
    assert.match(err, /cannot be plugged in there: .*no-such-port is not there/);
    assert.equal(await start({ driver: 'nothing' }), 1);
    void start();
    const { port = '' } = await listening();
    const first = { tell, running };
    assert.equal(await start({ listen: { kind: 'tcp', port: Number(/\d+$/.exec(port)?.[0]) } }), 2);
    assert.match(err, /cannot be plugged in there: port \d+ is taken by another program\. Repair: name another one/);
    first.tell();
    assert.equal(await first.running, 0);
    running = undefined;
  });

  describe('page', () => {
    async function page(): Promise<string> {
      void start({ pagePort: 0 });
      await paint();
      const url = lines()[0]?.page ?? '';
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      return url;
    }

    it('shows the picture and makes trouble', async () => {
      const url = await page();
      const picture = await fetch(`${url}glass.png`);
      assert.equal(picture.headers.get('content-type'), 'image/png');
      const events = await fetch(`${url}live`);
      const reader = events.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      const state = JSON.parse(/data: (.*)/.exec(Buffer.from(value ?? []).toString())?.[1] ?? '{}') as {
        code: string;
        trace: string[];
        troubles: { name: string }[];
      };
      assert.equal(state.code, 'https://q.example/AB');
      assert.ok(state.trace.some((line) => line.includes('page pay')));
      assert.ok(state.troubles.some(({ name }) => name === 'unplug'));
      await reader?.cancel();
      const post = (name: string, body: unknown) =>
        fetch(`${url}troubles/${name}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        });
      assert.equal((await post('unplug', { on: true })).status, 200);
      await until(() => lines().at(-1)?.plugged === false, 'unplugged');
      assert.equal((await post('smash', {})).status, 404);
      assert.equal((await post('reboot-after', { count: 0 })).status, 400);
    });

    it('comes from this listener alone, and answers no other host and no other origin', async () => {
      const url = await page();
      const answer = await fetch(url);
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self'/);
      const html = await answer.text();
      assert.doesNotMatch(html, /<script(?! type="module" src)|style=| on[a-z]+=|https?:\/\//);
      for (const file of ['glass.css', 'glass.js']) assert.equal((await fetch(`${url}${file}`)).status, 200);
      assert.equal((await fetch(`${url}run-glass.js`)).status, 404);
      const status = (headers: Record<string, string>, method = 'GET', path = '/') =>
        new Promise<number | undefined>((resolve, reject) => {
          const call = request(new URL(path, url), { method, headers }, (got) => {
            got.resume();
            resolve(got.statusCode);
          });
          call.on('error', reject);
          call.end(method === 'POST' ? '{}' : undefined);
        });
      assert.equal(await status({ host: 'evil.example' }), 421);
      const evil = { origin: 'https://evil.example', 'content-type': 'application/json' };
      assert.equal(await status(evil, 'POST', '/troubles/reboot'), 403);
    });

    it('says that its port is taken', async () => {
      const url = await page();
      const taken = Number(new URL(url).port);
      const first = { tell, running };
      await assert.rejects(start({ pagePort: taken }), { code: 'listen.portTaken', message: /choose another one with --page/ });
      first.tell();
      await first.running;
      running = undefined;
    });
  });
});
