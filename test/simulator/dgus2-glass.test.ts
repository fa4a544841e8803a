import assert from 'node:assert/strict';
import { createDgus2Glass, type Dgus2Glass, type Dgus2GlassOptions } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { readByTwo } from '../support/two-readers.js';

const CODE = 'https://q.example/AB';
const WRITE_CODE = '5AA519821000 68747470733A2F2F712E6578616D706C652F4142 FFFF';
const PAY_PAGE = '5AA5078200845A010001';
const ACK = '5aa503824f4b';

describe('dgus2 glass emulator', () => {
  let clock: ManualClock;
  let glass: Dgus2Glass;
  let heard: string;

  function start(options: Dgus2GlassOptions = {}): void {
    clock = createManualClock({ restMs: 0 });
    heard = '';
    glass = createDgus2Glass({ clock, paced: false, pageMs: 0, ...options });
    glass.onBytes((bytes) => {
      heard += bytes.toString('hex');
    });
  }
  function send(...frames: string[]): string {
    heard = '';
    for (const frame of frames) glass.receive(Buffer.from(frame.replaceAll(' ', ''), 'hex'));
    return heard;
  }
  function writeText(vp: number, text: string): void {
    const data = Buffer.from(`${text}${text.length % 2 === 1 ? '\0' : ''}\xff\xff`, 'latin1');
    for (let at = 0; at < data.length; at += 240) {
      const part = data.subarray(at, at + 240);
      const address = vp + at / 2;
      glass.receive(Buffer.concat([Buffer.from([0x5a, 0xa5, part.length + 3, 0x82, address >> 8, address & 0xff]), part]));
    }
  }

  afterEach(async () => {
    await glass.stop();
  });

  it('shows the golden bytes of the reference and confirms them', () => {
    start();
    assert.equal(send(WRITE_CODE), ACK);
    assert.equal(glass.view().code, null, 'page 0 has no code');
    assert.equal(send(PAY_PAGE), ACK);
    assert.deepEqual(glass.view(), { lit: true, page: '1', code: CODE, texts: {} });
    assert.equal(send('5AA509821000414243 00 FFFF'), ACK);
    assert.equal(glass.view().code, 'ABC');
  });

  it('answers questions: version, page, variables', () => {
    start();
    assert.equal(send('5AA50483000F01'), '5aa50683000f014012');
    assert.equal(send(PAY_PAGE, '5AA50483001401'), `${ACK}5aa506830014010001`);
    send(WRITE_CODE);
    assert.equal(send('5AA50483100002'), '5aa5088310000268747470');
    assert.equal(send('5AA5048310007E'), '', 'more than 125 words are too many');
  });

  it('wants and gives checksums where it is set to them', () => {
    start({ crc: true });
    assert.equal(send('5AA51B821000 68747470733A2F2F712E6578616D706C652F4142 FFFF 11B1'), '5aa505824f4ba5ef');
    assert.equal(send('5AA5098200845A0100028BCF'), '5aa505824f4ba5ef');
    assert.equal(glass.page(), 2);
    assert.equal(send('5AA5098200845A0100018BCF'), '', 'a wrong checksum');
    assert.equal(send(PAY_PAGE), '', 'none at all');
    assert.equal(glass.page(), 2);
  });

  it('leaves the end of a longer text standing behind a shorter one that is not ended', () => {
    start();
    writeText(0x2000, 'HKD 12.34');
    send('5AA507822000 4A505931');
    assert.equal(glass.view().texts['amount'], 'JPY112.34');
    writeText(0x2000, 'JPY1');
    assert.equal(glass.view().texts['amount'], 'JPY1');
  });

  it('shows half of each code to a host that writes while the page stands', () => {
    start();
    send(PAY_PAGE);
    writeText(0x1000, 'A'.repeat(300));
    const before = glass.view().code?.length;
    const data = Buffer.from('B'.repeat(240));
    glass.receive(Buffer.concat([Buffer.from([0x5a, 0xa5, 0xf3, 0x82, 0x10, 0x00]), data]));
    assert.equal(before, 300);
    assert.equal(glass.view().code, 'B'.repeat(240) + 'A'.repeat(60));
  });

  it('cuts a code at 458 bytes', () => {
    start();
    writeText(0x1000, 'x'.repeat(500));
    send(PAY_PAGE);
    assert.equal(glass.view().code?.length, 458);
  });

  it('takes its brightness as one byte or two, and is dark at none', () => {
    start();
    send('5AA504820082 32');
    assert.equal(glass.brightness(), 50);
    send('5AA505820082 1414');
    assert.equal(glass.brightness(), 20);
    send('5AA504820082 00');
    assert.equal(glass.view().lit, false);
  });

  it('confirms nothing where its kernel is built so, but answers questions', () => {
    start({ acks: false });
    assert.equal(send(WRITE_CODE, PAY_PAGE), '');
    assert.equal(send('5AA50483001401'), '5aa506830014010001');
  });

  it('reads by length: a header inside of data means nothing, bytes before one are skipped', () => {
    start();
    assert.equal(send('FF 00 5A', '5AA509821000 5AA503824F4B'), ACK);
    assert.equal(send('5AA50483100003'), '5aa50a83100003 5aa503824f4b'.replaceAll(' ', ''));
  });

  it('shows the same whatever pieces the bytes arrive in', () => {
    const bytes = Buffer.from((WRITE_CODE + PAY_PAGE).replaceAll(' ', ''), 'hex');
    for (let at = 1; at < bytes.length; at += 1) {
      start();
      glass.receive(bytes.subarray(0, at));
      glass.receive(bytes.subarray(at));
      assert.deepEqual([glass.view().code, heard], [CODE, ACK + ACK], `cut at ${at}`);
    }
  });

  it('turns to pages it has, in its own time', async () => {
    start({ pageMs: 30 });
    send('5AA5078200845A010009', PAY_PAGE);
    assert.equal(glass.page(), 0);
    await clock.advance(60);
    assert.equal(glass.page(), 1);
  });

  it('sends touches by itself, in the shape of an answer', () => {
    start();
    heard = '';
    glass.touch(0x5000, 2);
    assert.equal(heard, '5aa506835000010002');
  });

  it('restarts on command and without power, to page 0 and empty variables', async () => {
    start();
    send(WRITE_CODE, PAY_PAGE);
    send('5AA507820004 55AA5AA5');
    assert.equal(glass.view().lit, false);
    assert.equal(send(PAY_PAGE), '');
    await clock.advance(500);
    assert.deepEqual(glass.view(), { lit: true, page: '0', code: null, texts: {} });
    send(PAY_PAGE);
    assert.equal(glass.view().code, null);
  });

  it('gives up a half frame after a pause', async () => {
    start();
    send('5AA519821000');
    await clock.advance(201);
    assert.equal(send(WRITE_CODE), ACK);
  });

  it('takes the time that the baud rate allows, both ways', async () => {
    start({ paced: true, baudRate: 9600 });
    send(WRITE_CODE);
    // 28 bytes in and 6 out of 10 bits at 9600 baud are 29.2 and 6.3 ms.
    await clock.advance(34);
    assert.notEqual(heard, ACK);
    await clock.advance(3);
    assert.equal(heard, ACK);
  });

  it('draws two sizes only, both read back by two independent readers', async () => {
    for (const length of [1, 54, 154, 155, 300, 458]) {
      start();
      const text = `https://code.example/ap/${'0123456789'.repeat(50)}`.slice(0, length);
      writeText(0x1000, text);
      send(PAY_PAGE);
      assert.deepEqual(await readByTwo(glass), [text, text], `${length} bytes`);
    }
    start({ unitPixels: 4 });
    writeText(0x1000, 'x'.repeat(155));
    send(PAY_PAGE);
    assert.deepEqual(await readByTwo(glass), [null, null], 'the large size leaves its place');
  });
});
