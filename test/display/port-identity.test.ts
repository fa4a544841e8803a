import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Link } from '#src/display/link.js';
import { createLine, systemSerial } from '#src/display/serial-line.js';
import type { ListedPort, SerialSystem } from '#src/display/serial-system.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { needPty, openPty, type Pty } from '../support/pty.js';

const CH340 = { vendorId: '1a86', productId: '7523' };

/** The machine's ports, but with USB identities and modem lines, which a pseudo-terminal has not. */
interface StandIn extends SerialSystem {
  listed: ListedPort[];
  readonly levels: unknown[];
}

function createStandIn(): StandIn {
  const standIn: StandIn = {
    listed: [],
    levels: [],
    list: async () => standIn.listed,
    make(settings) {
      const port = systemSerial.make(settings);
      port.set = (levels, done) => {
        standIn.levels.push(levels);
        done(null);
      };
      return port;
    },
  };
  return standIn;
}

const listed = (path: string, serialNumber?: string, byPath: readonly string[] = []): ListedPort => ({
  path,
  usb: { ...CH340, serialNumber },
  description: 'USB Serial',
  byId: [],
  byPath,
});

describe('display named by its USB identity', () => {
  let clock: ManualClock;
  let system: StandIn;
  let pty: Pty;
  let folder: string | undefined;
  const links: Link[] = [];
  const ignore = { heard: () => {}, closed: () => {} };

  before(function () {
    needPty(this);
  });
  beforeEach(async () => {
    clock = createManualClock();
    system = createStandIn();
    folder = mkdtempSync(join(tmpdir(), 'identity-'));
    pty = await openPty({ link: join(folder, 'ttyUSB0') });
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    await pty?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('is found again after replug under another name', async () => {
    const line = createLine({ port: CH340, baudRate: 9600 }, clock, system);
    system.listed = [listed(pty.path())];
    const closed: string[] = [];
    const first = await line({ heard: () => {}, closed: ({ code }) => closed.push(code) });
    await pty.unplug();
    await clock.advanceUntil(() => closed.length === 1, 'the loss is reported', { limitMs: 5_000 });
    system.listed = [];
    await assert.rejects(line(ignore), { code: 'display.portMissing', message: /No display with USB 1a86:7523 is plugged in/ });
    const renamed = await pty.plug(join(folder ?? '', 'ttyUSB1'));
    system.listed = [listed(renamed)];
    const second = await line(ignore);
    links.push(first, second);
    await second.write(Buffer.from('NEW'));
    await clock.until(() => pty.received().toString() === 'NEW', 'the bytes');
  });

  it('is not picked among several, which are named', async () => {
    const line = createLine({ port: CH340, baudRate: 9600 }, clock, system);
    system.listed = [listed('/dev/ttyUSB0', 'A1'), listed('/dev/ttyUSB1', undefined, ['/dev/serial/by-path/socket-2'])];
    await assert.rejects(line(ignore), {
      code: 'display.portAmbiguous',
      message:
        /2 devices fit .*ttyUSB0 \(serial number A1\), \/dev\/ttyUSB1 \(\/dev\/serial\/by-path\/socket-2\)\. Nothing is picked/,
    });
  });

  it('is found among several by its serial number, and again once the others are gone', async () => {
    system.listed = [listed('/dev/ttyUSB7', 'A1'), listed(pty.path(), 'B2')];
    const byNumber = createLine({ port: { ...CH340, serialNumber: 'B2' }, baudRate: 9600 }, clock, system);
    const first = await byNumber(ignore);
    assert.match(first.port, /^\/dev\/pts\//);
    await first.close();
    const withoutNumber = createLine({ port: CH340, baudRate: 9600 }, clock, system);
    await assert.rejects(withoutNumber(ignore), { code: 'display.portAmbiguous' });
    system.listed = [listed(pty.path(), 'B2')];
    links.push(await withoutNumber(ignore));
  });

  it('says why it cannot be looked for where the system lists no ports', async () => {
    system.list = () => Promise.reject(new Error('spawn udevadm ENOENT'));
    await assert.rejects(createLine({ port: CH340, baudRate: 9600 }, clock, system)(ignore), {
      code: 'display.portMissing',
      message: /cannot be listed \(spawn udevadm ENOENT\)/,
    });
  });

  it('waits for the display in the way that is configured', async () => {
    const flows: unknown[] = [];
    const { make } = system;
    system.make = (settings) => {
      flows.push(settings.flow);
      return make(settings);
    };
    system.listed = [listed(pty.path())];
    for (const flow of ['rtscts', 'xonxoff', 'none', undefined] as const) {
      const link = await createLine({ port: CH340, baudRate: 9600, flow }, clock, system)(ignore);
      await link.close();
    }
    assert.deepEqual(flows, ['rtscts', 'xonxoff', 'none', undefined]);
  });

  it('gets the modem lines that are configured, and no others', async () => {
    system.listed = [listed(pty.path())];
    links.push(await createLine({ port: CH340, baudRate: 9600, dtr: false, rts: true }, clock, system)(ignore));
    await links.splice(0)[0]?.close();
    links.push(await createLine({ port: CH340, baudRate: 9600, dtr: false }, clock, system)(ignore));
    await links.splice(0)[0]?.close();
    links.push(await createLine({ port: CH340, baudRate: 9600 }, clock, system)(ignore));
    assert.deepEqual(system.levels, [{ dtr: false, rts: true }, { dtr: false }]);
  });
});

describe('display named by its COM port', () => {
  let clock: ManualClock;
  let pty: Pty;
  let system: StandIn;
  const links: Link[] = [];
  const closed: string[] = [];
  const listener = { heard: () => {}, closed: ({ message }: { message: string }) => closed.push(message) };

  before(function () {
    needPty(this);
  });
  beforeEach(async () => {
    clock = createManualClock();
    system = createStandIn();
    pty = await openPty();
    const { make } = system;
    // Windows opens the name itself; here a pseudo-terminal stands behind it.
    system.make = (settings) => make({ ...settings, path: settings.path === 'COM12' ? pty.path() : settings.path });
    closed.length = 0;
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    await pty?.close();
  });

  it('is opened under either spelling, and is not looked for among files', async () => {
    for (const port of ['COM12', '\\\\.\\COM12']) {
      const link = await createLine({ port, baudRate: 9600 }, clock, system)(listener);
      assert.equal(link.port, 'COM12');
      await link.close();
    }
  });

  it('is lost when it is no longer listed, whatever the case of its letters', async () => {
    system.listed = [{ ...listed('com12'), path: 'com12' }];
    links.push(await createLine({ port: 'COM12', baudRate: 9600 }, clock, system)(listener));
    await clock.advance(10_000);
    assert.deepEqual(closed, []);
    system.listed = [];
    await clock.advanceUntil(() => closed.length > 0, 'the loss is reported', { limitMs: 4_000 });
    assert.match(closed[0] ?? '', /COM12 was lost: it is no longer listed/);
  });

  it('that never was listed, as some virtual ports are not, is not lost for that', async () => {
    links.push(await createLine({ port: 'COM12', baudRate: 9600 }, clock, system)(listener));
    await clock.advance(10_000);
    assert.deepEqual(closed, []);
  });
});
