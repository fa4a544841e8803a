import assert from 'node:assert/strict';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
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

describe('pseudo-terminal of the tests', () => {
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
});

function afterHangUp(read: () => number): string {
  try {
    return read() === 0 ? 'hung up' : 'data';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EIO' ? 'hung up' : String(error);
  }
}
