import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import type { Link, OpenLink } from '#src/display/link.js';
import { createLine } from '#src/display/serial-line.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { needPty, openPty, type Pty } from '../support/pty.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** A link with everything it told. */
interface Heard {
  readonly link: Link;
  text(): string;
  readonly closed: BridgeError[];
}

async function open(line: OpenLink): Promise<Heard> {
  const chunks: Buffer[] = [];
  const closed: BridgeError[] = [];
  const link = await line({ heard: (chunk) => chunks.push(Buffer.from(chunk)), closed: (why) => closed.push(why) });
  return { link, closed, text: () => Buffer.concat(chunks).toString('latin1') };
}

async function refusal(line: OpenLink): Promise<BridgeError> {
  const error = await open(line).then(
    async ({ link }) => {
      await link.close();
      return undefined;
    },
    (why: unknown) => why,
  );
  assert.ok(error instanceof BridgeError, String(error));
  return error;
}

/** Share of one core that this process uses over 300 real ms. */
async function load(clock: ManualClock): Promise<number> {
  const before = process.cpuUsage();
  const began = performance.now();
  await clock.until(() => performance.now() - began > 300, 'time');
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000 / (performance.now() - began);
}

describe('serial line on a pseudo-terminal', () => {
  let clock: ManualClock;
  let pty: Pty;
  let folder: string | undefined;
  let name: string;
  const links: Link[] = [];
  const line = (port = name) => createLine({ port, baudRate: 57600, dtr: false, rts: false }, clock);
  const opened = async (port?: string) => {
    const heard = await open(line(port));
    links.push(heard.link);
    return heard;
  };

  before(function () {
    needPty(this);
  });
  beforeEach(async () => {
    clock = createManualClock();
    folder = mkdtempSync(join(tmpdir(), 'line-'));
    name = join(folder, 'display');
    pty = await openPty({ link: name });
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    await pty?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('carries bytes both ways at the configured speed, under the real name of the port', async () => {
    const { link, text } = await opened();
    assert.match(link.port, /^\/dev\/pts\/\d+$/);
    assert.equal(link.msPerByte, 10_000 / 57_600);
    await link.write(bytes('page idle\xff\xff\xff'));
    pty.write(bytes('\x01\xff\xff\xff'));
    await clock.until(() => text() === '\x01\xff\xff\xff', 'the reply');
    await clock.until(() => pty.received().equals(bytes('page idle\xff\xff\xff')), 'the bytes');
    assert.equal(await pty.baudRate(), 57600);
  });

  it('reports an unplugged port once, and every later write fails at once', async () => {
    const { link, closed } = await opened();
    await pty.unplug();
    await clock.advanceUntil(() => closed.length > 0, 'the loss is reported', { limitMs: 5_000 });
    assert.equal(closed[0]?.code, 'display.portLost');
    await assert.rejects(link.write(bytes('x')), { code: 'display.portLost' });
    await link.close();
    await clock.advance(5_000);
    assert.equal(closed.length, 1);
  });

  it('sends nothing of an old connection after replug', async () => {
    const { link, closed } = await opened();
    await pty.unplug();
    const stale = link.write(bytes('STALE')).catch(() => 'failed');
    await clock.advanceUntil(() => closed.length > 0, 'the loss is reported', { limitMs: 5_000 });
    assert.equal(await stale, 'failed');
    await link.write(bytes('STALE')).catch(() => {});
    await pty.plug();
    const again = await opened();
    await again.link.write(bytes('NEW'));
    await clock.until(() => pty.received().toString('latin1').endsWith('NEW'), 'the new bytes');
    assert.equal(pty.received().toString('latin1'), 'NEW');
  });

  it('hears nothing after it was closed, and says nothing about that', async () => {
    const { link, closed, text } = await opened();
    await link.close();
    await link.close();
    pty.write(bytes('late'));
    await clock.advance(3_000);
    assert.equal(text(), '');
    assert.deepEqual(closed, []);
  });

  it('notices unplugging at every moment, right after opening too, and never spins', async () => {
    const moments = ['at once', 'after a write', 'while bytes come in'] as const;
    for (const [moment, abrupt] of moments.flatMap((one) => [[one, false] as const, [one, true] as const])) {
      const { link, closed } = await opened();
      if (moment === 'after a write') await link.write(Buffer.alloc(3_000, 0x55));
      if (moment === 'while bytes come in') pty.write(Buffer.alloc(3_000, 0xaa));
      await pty.unplug({ abrupt });
      await clock.advanceUntil(() => closed.length > 0, `unplugged ${moment}`, { stepMs: 500, limitMs: 3_000 });
      assert.equal(closed.length, 1);
      const busy = await load(clock);
      assert.ok(busy < 0.5, `${moment}${abrupt ? ', abruptly' : ''}: uses ${busy.toFixed(2)} of a core`);
      await pty.plug();
    }
  });

  it('follows a name that leads to another port after replug', async () => {
    const first = await opened();
    const other = await openPty();
    try {
      unlinkSync(name);
      symlinkSync(other.path(), name);
      await clock.advanceUntil(() => first.closed.length > 0, 'the old port is given up', { limitMs: 3_000 });
      assert.match(first.closed[0]?.message ?? '', /leads to another port/);
      const again = await opened();
      assert.equal(again.link.port, other.path());
    } finally {
      await other.close();
    }
  });

  it('names a port that another program holds', async () => {
    await opened();
    const error = await refusal(line());
    assert.equal(error.code, 'display.portBusy');
    const who = process.platform === 'linux' ? new RegExp(`: .*\\(process ${process.pid}\\)`) : /holds the display's port/;
    assert.match(error.message, who);
    assert.match(error.message, /Close it/);
  });

  it('names a port that is missing or is no port', async () => {
    const missing = await refusal(line('/dev/serial/by-id/usb-nobody'));
    assert.equal(missing.code, 'display.portMissing');
    assert.match(missing.message, /by-id\/usb-nobody is not there: is the display plugged in/);
    const file = `${name}.txt`;
    writeFileSync(file, '');
    const noPort = await refusal(line(file));
    assert.equal(noPort.code, 'display.portMissing');
    assert.match(noPort.message, /not a serial port/);
  });

  it('finds no display by a USB identity that nobody has, with the reason', async () => {
    const error = await refusal(createLine({ port: { vendorId: 'FFFE', productId: '0x0001' }, baudRate: 9600 }, clock));
    assert.equal(error.code, 'display.portMissing');
    assert.match(error.message, /USB fffe:0001/);
  });
});

describe('serial line over TCP', () => {
  let clock: ManualClock;
  let server: Server;
  let port: number;
  const sockets: Socket[] = [];
  const line = (at = port) => createLine({ port: `tcp://127.0.0.1:${at}`, baudRate: 9600 }, clock);

  beforeEach(async () => {
    clock = createManualClock();
    server = createServer((socket) => {
      socket.on('error', () => {});
      sockets.push(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
    await once(server, 'close').catch(() => {});
  });

  it('carries bytes both ways and reports the hang-up once', async () => {
    const { link, text, closed } = await open(line());
    await clock.until(() => sockets.length === 1, 'connected');
    const got = once(sockets[0] as Socket, 'data');
    await link.write(bytes('connect\xff\xff\xff'));
    assert.deepEqual((await got)[0], bytes('connect\xff\xff\xff'));
    sockets[0]?.write(bytes('comok'));
    await clock.until(() => text() === 'comok', 'the reply');
    sockets[0]?.destroy();
    await clock.until(() => closed.length > 0, 'the hang-up');
    assert.equal(closed[0]?.code, 'display.portLost');
    await link.close();
  });

  it('gives up a write that is not taken in time, and the link with it', async () => {
    const { link, closed } = await open(line());
    await clock.until(() => sockets.length === 1, 'connected');
    sockets[0]?.pause();
    let failure: unknown;
    link.write(Buffer.alloc(64_000_000)).catch((error: unknown) => {
      failure = error;
    });
    await clock.advanceUntil(() => failure !== undefined, 'the deadline', { stepMs: 60_000_000, limitMs: 600_000_000 });
    assert.ok(failure instanceof BridgeError);
    assert.match(failure.message, /not taken within/);
    assert.equal(closed.length, 1);
    await assert.rejects(link.write(bytes('x')));
  });

  it('says that nothing listens there', async () => {
    server.close();
    await once(server, 'close');
    const error = await refusal(line());
    assert.equal(error.code, 'display.portMissing');
    assert.match(error.message, /Nothing listens on tcp:\/\/127\.0\.0\.1/);
    server.listen(0);
  });
});
