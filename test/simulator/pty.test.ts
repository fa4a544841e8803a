import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { createEmulatedGlass, EMULATED_DRIVERS } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { onPty } from '../support/glass-on-pty.js';
import { createManualClock } from '../support/manual-clock.js';
import { needPty, openPty, type Pty } from '../support/pty.js';

const clock = createManualClock();

function openPort(path: string, baudRate: number): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.on('error', () => {});
    port.open((error) => (error ? reject(error) : resolve(port)));
  });
}

describe('pseudo-terminal', () => {
  let pty: Pty;
  let link: string;

  before(function () {
    needPty(this);
  });
  beforeEach(async () => {
    link = join(mkdtempSync(join(tmpdir(), 'pty-')), 'display');
    pty = await openPty({ link });
  });
  afterEach(async () => {
    await pty?.close();
  });

  it('carries every byte value both ways and tells the baud rate', async () => {
    const port = await openPort(pty.path(), 57600);
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const heard: Buffer[] = [];
    port.on('data', (bytes: Buffer) => heard.push(bytes));
    port.write(all);
    pty.write(all);
    await clock.until(() => pty.received().length === 256 && Buffer.concat(heard).length === 256, 'all bytes on both sides');
    assert.deepEqual(pty.received(), all);
    assert.deepEqual(Buffer.concat(heard), all);
    assert.equal(await pty.baudRate(), 57600);
    await new Promise((resolve) => port.close(resolve));
  });

  it('hangs up like a pulled cable and comes back under the same and under another name', async () => {
    const fd = openSync(pty.path(), constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    const read = () => readSync(fd, Buffer.alloc(10));
    assert.throws(read, { code: 'EAGAIN' });
    await pty.unplug();
    assert.equal(afterHangUp(read), 'hung up');
    closeSync(fd);
    assert.equal(existsSync(link), false);
    assert.equal(await pty.plug(), link);
    await new Promise<void>((resolve, reject) =>
      openPort(link, 9600).then((port) => port.close((error) => (error ? reject(error) : resolve())), reject),
    );
    assert.equal(await pty.plug(`${link}-2`), `${link}-2`);
    assert.equal(existsSync(link), false);
  });

  it('tells speeds that no table of the system has', async () => {
    const port = await openPort(pty.path(), 250_000);
    assert.equal(await pty.baudRate(), 250_000);
    await new Promise((resolve) => port.close(resolve));
  });

  it('goes away in the middle of a write, after exactly the bytes it was told, once', async () => {
    for (const abrupt of [false, true]) {
      await pty.plug();
      const fd = openSync(pty.path(), constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      const { gone } = await pty.unplugAfter(7, { abrupt });
      writeSync(fd, Buffer.from('abc'));
      writeSync(fd, Buffer.from('defghijklmno'));
      await gone;
      assert.equal(pty.received().toString(), 'abcdefg');
      assert.deepEqual([pty.path(), existsSync(link)], ['', false]);
      closeSync(fd);
      await pty.plug();
      const again = openSync(link, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      writeSync(again, Buffer.from('everything comes through'));
      await clock.until(() => pty.received().toString() === 'everything comes through', 'no limit is left');
      closeSync(again);
    }
  });

  it('takes the place of a link that another run left behind, and of nothing else', async () => {
    await pty.unplug();
    symlinkSync('/dev/pts/999', link);
    assert.equal(await pty.plug(), link);
    for (const [name, make] of [
      ['a file', (at: string) => writeFileSync(at, 'mine')],
      ['a link to a device', (at: string) => symlinkSync('/dev/null', at)],
    ] as const) {
      const own = `${link}-${name.length}`;
      make(own);
      await assert.rejects(pty.plug(own), /is there already and is no link to a pseudo-terminal/, name);
      await assert.rejects(openPty({ link: own }), /is there already/, name);
      assert.ok(existsSync(own) && readlinkOr(own) !== pty.path(), name);
    }
    await assert.rejects(openPty({ link: join(link, 'nowhere', 'display') }), /nowhere/);
    assert.equal(await pty.plug(link), link);
  });

  it('says that it is gone, too, when it was taken away before its bytes came', async () => {
    const { gone } = await pty.unplugAfter(7);
    await pty.unplug();
    await gone;
  });
});

describe('emulated display on a pseudo-terminal', () => {
  before(function () {
    needPty(this);
  });

  it('understands and is understood at its own speed only, whichever kind it is', async () => {
    for (const driver of EMULATED_DRIVERS) {
      const glass = createEmulatedGlass(driver, { baudRate: 19_200, paced: false });
      assert.ok(glass !== undefined);
      const { pty } = await onPty(glass);
      for (const baudRate of [9_600, 115_200, 19_200]) {
        const port = await openPort(pty.path(), baudRate);
        let heard = '';
        port.on('data', (bytes: Buffer) => {
          heard += bytes.toString('latin1');
        });
        glass.say(Buffer.from('from the device'));
        port.write('from the host');
        const taken = () => bytesIn(glass).toString('latin1');
        await clock.until(() => heard !== '' && taken() !== '', `${driver} at ${baudRate}`);
        const isRight = baudRate === 19_200;
        await clock.until(() => !isRight || (heard.includes('from the device') && taken().endsWith('from the host')), driver);
        if (!isRight) assert.ok(!/from|host|device/.test(heard + taken()), `${driver} at ${baudRate}: ${heard} ${taken()}`);
        await new Promise((resolve) => port.close(resolve));
      }
      await glass.stop();
    }
  });
});

function bytesIn(glass: GlassEmulator): Buffer {
  return Buffer.from(
    glass
      .trace()
      .filter(({ kind }) => kind === 'in')
      .map(({ what }) => what)
      .join(''),
    'hex',
  );
}

function readlinkOr(path: string): string {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8');
}

function afterHangUp(read: () => number): string {
  try {
    return read() === 0 ? 'hung up' : 'data';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EIO' ? 'hung up' : String(error);
  }
}
