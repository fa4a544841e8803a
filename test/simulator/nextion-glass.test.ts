import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { SerialPort } from 'serialport';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import { systemClock } from '#src/base/clock.js';
import { createNextionGlass, type NextionGlass, type NextionGlassOptions } from '#src/simulator/glass-emulators/nextion-glass.js';
import { type GlassOnPty, openGlassOnPty } from '../support/glass-on-pty.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { needPty } from '../support/pty.js';

const END = 'ffffff';
const CODE = 'https://q.example/AB';
const ALIPAY_SAMPLE_LENGTH = 170;

describe('nextion glass emulator', () => {
  let clock: ManualClock;
  let glass: NextionGlass;
  let heard: string;

  function start(options: NextionGlassOptions = {}): void {
    clock = createManualClock();
    heard = '';
    glass = createNextionGlass({ clock, paced: false, drawMs: { page: 0, qr: 0, text: 0 }, ...options });
    glass.onBytes((bytes) => {
      heard += bytes.toString('hex');
    });
  }
  function send(...instructions: string[]): string {
    heard = '';
    for (const text of instructions) glass.receive(Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(END, 'hex')]));
    return heard;
  }
  const comok = Buffer.from('comok 1,101,NX4024T032_011R,52,61488,D264B8204F0E1828,16777216').toString('hex') + END;

  afterEach(async () => {
    await glass.stop();
  });

  describe('replies', () => {
    it('to the probe follow the reference, with and without the broadcast address', () => {
      start();
      assert.equal(send('connect'), comok);
      glass.receive(Buffer.from('ffffff', 'hex'));
      assert.equal(send('DRAKJHSUYDGBNCJHGJKSHBDN', '\xff\xffconnect'), comok);
    });

    it('follow the reply level: failures only after power-on', () => {
      start();
      assert.equal(send('page pay'), '');
      assert.equal(send('foo'), `00${END}`);
      assert.equal(send('bkcmd=3'), `01${END}`);
      assert.equal(send('page pay'), `01${END}`);
      assert.equal(send('bkcmd=1', 'foo'), `01${END}`);
      assert.equal(send('bkcmd=0', 'foo', 'page idle'), '');
    });

    it('name what is wrong', () => {
      start();
      send('bkcmd=3', 'page pay');
      assert.equal(send('t9.txt="x"'), `1a${END}`);
      assert.equal(send('vis t9,0'), `02${END}`);
      assert.equal(send('page 9'), `03${END}`);
      assert.equal(send('page nowhere'), `03${END}`);
      assert.equal(send('t0.txt="a\\qb"'), `20${END}`);
      assert.equal(send('t0.txt=5'), `1c${END}`);
      assert.equal(send('baud=12345'), `11${END}`);
      assert.equal(send(`${'a'.repeat(30)}.txt="x"`), `23${END}`);
      assert.equal(send('\r\npage pay'), `00${END}`);
      assert.equal(send('PAGE pay'), `00${END}`);
      assert.equal(send('get qr0.val'), `1a${END}`);
    });

    it('carry texts, numbers and the page', () => {
      start();
      send('page pay', `qr0.txt="${CODE}"`);
      assert.equal(send('get qr0.txt'), `70${Buffer.from(CODE).toString('hex')}${END}`);
      assert.equal(send('dim=80', 'get dim'), `7150000000${END}`);
      assert.equal(send('sendme'), `6601${END}`);
    });

    it('come after a reboot with the start-up codes, and the glass is idle', async () => {
      start();
      send('bkcmd=3', 'page pay', `qr0.txt="${CODE}"`);
      assert.equal(send('rest'), '');
      assert.equal(glass.view().lit, false);
      assert.equal(send('page pay'), '', 'deaf while booting');
      await clock.advance(400);
      assert.equal(heard, `000000${END}88${END}`);
      assert.deepEqual(glass.view(), { lit: true, page: 'idle', code: null, texts: {} });
      assert.equal(send('page pay'), '', 'the reply level is back to failures only');
    });
  });

  describe('glass', () => {
    it('shows the golden bytes of the reference', () => {
      start();
      send('page pay');
      glass.receive(Buffer.from('7172302E7478743D2268747470733A2F2F712E6578616D706C652F414222FFFFFF', 'hex'));
      assert.equal(glass.view().code, CODE);
      glass.receive(Buffer.from('7172302E7478743D22615C22625C5C6322FFFFFF', 'hex'));
      assert.equal(glass.view().code, 'a"b\\c');
    });

    it('shows the same whatever pieces the bytes arrive in', () => {
      const bytes = Buffer.from(
        `bkcmd=3\xff\xff\xffpage pay\xff\xff\xffqr0.txt="${CODE}"\xff\xff\xffget qr0.txt\xff\xff\xff`,
        'latin1',
      );
      for (let at = 1; at < bytes.length; at += 1) {
        start();
        glass.receive(bytes.subarray(0, at));
        glass.receive(bytes.subarray(at));
        assert.equal(glass.view().code, CODE);
        assert.equal(heard, `01${END}01${END}01${END}70${Buffer.from(CODE).toString('hex')}${END}`);
      }
    });

    it('cuts a text at txt_maxl without a word', () => {
      start({ textMax: 20 });
      send('page pay', 'bkcmd=3');
      assert.equal(send(`qr0.txt="${CODE}X"`), `01${END}`);
      assert.equal(glass.view().code, CODE);
    });

    it('forgets local texts when the page changes', () => {
      start();
      send('page pay', `qr0.txt="${CODE}"`, 't0.txt="JPY 1980"', 'page paid');
      assert.deepEqual(glass.view(), { lit: true, page: 'paid', code: null, texts: {} });
      send('page pay');
      assert.equal(glass.view().code, null);
    });

    it('is dark while asleep or dimmed to nothing', () => {
      start();
      send('page pay', `qr0.txt="${CODE}"`, 'sleep=1');
      assert.deepEqual(glass.view(), { lit: false, page: null, code: null, texts: {} });
      send('sleep=0');
      assert.equal(glass.view().code, CODE);
      send('dim=0');
      assert.equal(glass.readCode(), null);
    });

    it('remembers what was visible and for how long', async () => {
      start();
      send('page pay', `qr0.txt="${CODE}"`);
      await clock.advance(5_000);
      send('page idle');
      const [shown] = glass.history().filter(({ code }) => code !== null);
      assert.equal(shown?.code, CODE);
      assert.equal((shown?.to ?? 0) - (shown?.from ?? 0), 5_000);
    });
  });

  describe('picture', () => {
    before(() => {
      const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
      prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } });
    });

    async function zxing(png: Buffer): Promise<string | undefined> {
      const options: ReaderOptions = { formats: ['QRCode'] };
      const [found] = await readBarcodes(new Uint8Array(png), options);
      return found?.text;
    }

    it('is read back by two independent readers, for every length the text component takes', async () => {
      for (const length of [1, 20, 43, 54, 100, ALIPAY_SAMPLE_LENGTH, 255]) {
        start();
        const code = `https://code.example/ap/${'0123456789'.repeat(30)}`.slice(0, length);
        send('page pay', `qr0.txt="${code}"`);
        assert.equal(glass.readCode(), code);
        assert.equal(await zxing(glass.picture()), code);
      }
    });

    it('holds no code when the glass is idle', async () => {
      start();
      assert.equal(glass.readCode(), null);
      assert.equal(await zxing(glass.picture()), undefined);
    });
  });

  describe('line', () => {
    it('takes the time that the baud rate allows', async () => {
      start({ paced: true, baudRate: 9600 });
      glass.receive(Buffer.from(`page pay\xff\xff\xffqr0.txt="${CODE}"\xff\xff\xff`, 'latin1'));
      // 11 + 33 bytes of 10 bits at 9600 baud are 45.8 ms.
      await clock.advance(44);
      assert.equal(glass.view().code, null);
      await clock.advance(3);
      assert.equal(glass.view().code, CODE);
    });

    it('drops all that waits when 1024 bytes pile up, and says so', async () => {
      start();
      glass.stall(100);
      send(...Array.from({ length: 60 }, () => 'page pay          '.trimEnd()), `t0.txt="${'x'.repeat(400)}"`);
      assert.equal(heard, `24${END}`);
      await clock.advance(100);
      assert.equal(glass.view().page, 'idle');
    });

    it('drops, doubles or corrupts the byte it was told to', () => {
      start();
      send('page pay');
      glass.damage('in', { at: 10, how: 'drop' });
      send('t0.txt="abcdef"');
      assert.equal(glass.view().texts['t0'], 'acdef');
      glass.damage('in', { at: 9, how: 'duplicate' });
      send('t0.txt="abcdef"');
      assert.equal(glass.view().texts['t0'], 'aabcdef');
      glass.damage('out', { at: 1, how: 'corrupt' });
      assert.equal(send('foo'), `15${END}`);
    });

    it('turns into noise when the host speaks at another rate', () => {
      start({ baudRate: 9600 });
      glass.receive(Buffer.from('connect\xff\xff\xff', 'latin1'), 115200);
      assert.equal(heard, '');
      assert.equal(send(''), `00${END}`, 'three FF end the half instruction that the noise left');
      assert.equal(send('baud=115200'), '');
      glass.receive(Buffer.from('connect\xff\xff\xff', 'latin1'), 115200);
      assert.equal(heard, comok);
    });
  });

  describe('trouble', () => {
    it('mute: works on, says nothing', () => {
      start();
      glass.mute(true);
      assert.equal(send('bkcmd=3', 'page pay', `qr0.txt="${CODE}"`), '');
      assert.equal(glass.view().code, CODE);
    });

    it('reboots in the middle of a frame and loses the rest of it', async () => {
      start();
      send('page pay');
      glass.reboot({ afterBytes: 12 });
      send(`qr0.txt="${CODE}"`);
      await clock.advance(400);
      assert.deepEqual(glass.view(), { lit: true, page: 'idle', code: null, texts: {} });
      assert.equal(heard, `000000${END}88${END}`);
    });

    it('without power is dark and forgets everything', async () => {
      start();
      send('page pay', `qr0.txt="${CODE}"`);
      glass.power(false);
      assert.equal(glass.view().lit, false);
      assert.equal(send('connect'), '');
      glass.power(true);
      await clock.advance(400);
      assert.equal(glass.view().page, 'idle');
    });
  });

  it('answers on TCP, goes away and comes back under another port', async () => {
    start();
    const plug = await glass.listenTcp();
    const talk = (port: number) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from('connect\xff\xff\xff', 'latin1')));
        socket.on('error', reject);
        socket.on('data', (bytes) => {
          socket.destroy();
          resolve(bytes.toString('hex'));
        });
      });
    assert.equal(await talk(plug.port), comok);
    const before = plug.port;
    await plug.unplug();
    await assert.rejects(talk(before), { code: 'ECONNREFUSED' });
    assert.notEqual(await plug.plug(0), before);
    assert.equal(await talk(plug.port), comok);
  });

  describe('on a pseudo-terminal', () => {
    let line: GlassOnPty;
    let port: SerialPort;
    let said: string;

    before(function () {
      needPty(this);
    });
    beforeEach(async () => {
      start();
      line = await openGlassOnPty({ baudRate: 9600, drawMs: { page: 0, qr: 0, text: 0 } });
      said = '';
    });
    afterEach(async () => {
      await new Promise((resolve) => port.close(resolve));
      await line.close();
    });

    function open(baudRate: number): Promise<void> {
      port = new SerialPort({ path: line.pty.path(), baudRate, autoOpen: false });
      port.on('data', (bytes: Buffer) => {
        said += bytes.toString('hex');
      });
      return new Promise((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    }

    it('takes no less time from the first byte to the code than 9600 baud allow', async () => {
      await open(9600);
      const bytes = Buffer.from(`page pay\xff\xff\xffqr0.txt="${'x'.repeat(54)}"\xff\xff\xff`, 'latin1');
      const began = systemClock.elapsedMs();
      port.write(bytes);
      await clock.until(() => line.glass.readCode() === 'x'.repeat(54), 'the code on the glass');
      const took = systemClock.elapsedMs() - began;
      assert.ok(took >= (bytes.length * 10_000) / 9600, `${took} ms for ${bytes.length} bytes`);
    });

    it('answers a host that found the right baud rate only', async () => {
      await open(115200);
      port.write(Buffer.from('connect\xff\xff\xff', 'latin1'));
      await clock.until(() => line.glass.trace().length > 0, 'the noise');
      assert.equal(said, '');
      await new Promise<void>((resolve, reject) =>
        port.update({ baudRate: 9600 }, (error) => (error ? reject(error) : resolve())),
      );
      port.write(Buffer.from('\xff\xff\xffconnect\xff\xff\xff', 'latin1'));
      await clock.until(() => said.endsWith(comok), 'the answer');
    });
  });
});
