import assert from 'node:assert/strict';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createQrLineGlass, type QrLineGlassOptions } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { readByTwo } from '../support/two-readers.js';

const CODE = 'https://q.example/AB';

describe('qr-line glass emulator', () => {
  let clock: ManualClock;
  let glass: GlassEmulator;
  let heard: string;

  function start(options: QrLineGlassOptions = {}): void {
    clock = createManualClock({ restMs: 0 });
    heard = '';
    glass = createQrLineGlass({ clock, paced: false, drawMs: 0, ...options });
    glass.onBytes((bytes) => {
      heard += bytes.toString();
    });
  }
  function send(...lines: string[]): string {
    heard = '';
    for (const line of lines) glass.receive(Buffer.from(`${line}\n`));
    return heard;
  }

  afterEach(async () => {
    await glass.stop();
  });

  it('shows every Bonrix screen of the reference', () => {
    start();
    send(`DisplayQRCodeScreen**${CODE}**12.34**Shop`);
    assert.deepEqual(glass.view(), { lit: true, page: 'pay', code: CODE, texts: { amount: '12.34', label: 'Shop' } });
    send('DisplaySuccessQRCodeScreen**R1**O1**05-03-2026');
    assert.deepEqual(glass.view(), {
      lit: true,
      page: 'paid',
      code: null,
      texts: { ref: 'R1', order: 'O1', date: '05-03-2026' },
    });
    const pages = [
      'DisplayFailQRCodeScreen**R',
      'DisplayCancelQRCodeScreen**R',
      'DisplayPendingQRCodeScreen**R',
      'DisplayTotalScreen**1**0**0**1',
      'WelcomeScreen**Hi',
    ].map((line) => {
      send(line);
      return glass.view().page;
    });
    assert.deepEqual(pages, ['failed', 'cancelled', 'pending', 'total', 'welcome']);
  });

  it('tears fields apart at every star and loses empty ones, as the published firmware does', () => {
    start();
    send('DisplayQRCodeScreen**https://q.example/A*B**12.34**Shop');
    assert.deepEqual([glass.view().code, glass.view().texts], ['https://q.example/A', { amount: 'B', label: '12.34' }]);
    send('DisplayQRCodeScreen****12.34**Shop');
    assert.equal(glass.view().code, '12.34');
  });

  it('cuts a line at its buffer without a word', () => {
    start();
    send(`DisplayQRCodeScreen**${'x'.repeat(500)}**1**Shop`);
    assert.equal(glass.view().code?.length, 409 - 'DisplayQRCodeScreen**'.length);
  });

  it('speaks digits, knows its volume, echoes what it reads', () => {
    start();
    assert.equal(send('1980'), 'Received Serial: 1980\r\n');
    assert.match(JSON.stringify(glass.trace()), /speaks 1980/);
    assert.match(send('setvolume**7', 'getvolume'), /Current Volume: 7\r\n$/);
    start({ echo: false });
    assert.equal(send('getvolume'), 'Current Volume: 18\r\n');
  });

  it('reads nothing while it boots', async () => {
    start();
    glass.reboot();
    send(`DisplayQRCodeScreen**${CODE}**1**S`);
    await clock.advance(5000);
    assert.deepEqual([glass.view().page, glass.view().code], ['welcome', null]);
    send(`DisplayQRCodeScreen**${CODE}**1**S`);
    assert.equal(glass.view().code, CODE);
  });

  it('loses what does not fit its buffer while it draws', async () => {
    start({ drawMs: 40, pileBytes: 30 });
    send('WelcomeScreen**A', `DisplayQRCodeScreen**${CODE}**1**S`, 'WelcomeScreen**B');
    await clock.advance(200);
    assert.equal(glass.view().code, null);
    send('', `DisplayQRCodeScreen**${CODE}`);
    await clock.advance(200);
  });

  it('answers DIY JSON with the same number, and says what is wrong', () => {
    start({ firmware: 'diy-json' });
    assert.equal(send(`{"seq":7,"op":"qr","data":"${CODE}","amount":"12.34"}`), '{"seq":7,"ok":true}\n');
    assert.deepEqual(glass.view(), { lit: true, page: 'pay', code: CODE, texts: { amount: '12.34' } });
    assert.equal(send('{"seq":8,"op":"clear"}'), '{"seq":8,"ok":true}\n');
    assert.equal(glass.view().code, null);
    assert.equal(send('{"seq":9,"op":"dance"}'), '{"seq":9,"ok":false,"error":"unknown op dance"}\n');
    assert.equal(send('{"seq":10,"op":"qr"}'), '{"seq":10,"ok":false,"error":"no data"}\n');
    assert.equal(send('{"seq":11,'), '{"ok":false,"error":"not JSON"}\n');
    assert.equal(send('{"seq":12,"op":"ping"}'), '{"seq":12,"ok":true}\n');
  });

  it('says that it has booted, by the DIY JSON convention', async () => {
    start({ firmware: 'diy-json', bootMs: 300 });
    send(`{"seq":7,"op":"qr","data":"${CODE}"}`);
    heard = '';
    glass.reboot();
    await clock.advance(300);
    assert.equal(heard, '{"event":"boot"}\n');
    assert.equal(glass.view().code, null);
  });

  it('shows the same whatever pieces the bytes arrive in', () => {
    const bytes = Buffer.from(`DisplayQRCodeScreen**${CODE}**1**S\r\n`);
    for (let at = 1; at < bytes.length; at += 1) {
      start();
      glass.receive(bytes.subarray(0, at));
      glass.receive(bytes.subarray(at));
      assert.deepEqual([glass.view().code, glass.view().texts['label']], [CODE, 'S'], `cut at ${at}`);
    }
  });

  it('takes the time that the baud rate allows', async () => {
    start({ paced: true, baudRate: 9600 });
    const line = `DisplayQRCodeScreen**${CODE}**1**S\n`;
    glass.receive(Buffer.from(line));
    await clock.advance((line.length * 10_000) / 9600 - 2);
    assert.equal(glass.view().code, null);
    await clock.advance(4);
    assert.equal(glass.view().code, CODE);
  });

  it('is read back by two independent readers', async () => {
    start();
    for (const length of [1, 54, 170, 300]) {
      const text = `https://code.example/ap/${'0123456789'.repeat(100)}`.slice(0, length);
      send(`DisplayQRCodeScreen**${text}**1**S`);
      assert.deepEqual(await readByTwo(glass), [text, text], `${length} bytes`);
    }
  });
});
