import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { DisplayDriver, Frame } from '#src/display/display-driver.js';
import { createQrLineDriver } from '#src/display/drivers/qr-line.js';
import { createQrLineGlass, type QrLineGlassOptions } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { connectDriver, describeDriver, standInOf } from '../../conformance/display-driver-suite.js';

const amount = { currency: 'HKD', value: '1234' };
const scan = (codeText: string): Frame => ({ kind: 'scan', codeText, amount, expiresAt: instant(0) });

function made(options: Parameters<typeof createQrLineDriver>[0] = {}): DisplayDriver {
  const driver = createQrLineDriver(options);
  assert.ok(!('refused' in driver), 'refused' in driver ? driver.refused : '');
  return driver;
}
const refusalOf = (options: Parameters<typeof createQrLineDriver>[0]) => {
  const driver = createQrLineDriver(options);
  return 'refused' in driver ? driver.refused : undefined;
};
const lines = (driver: DisplayDriver, frame: Frame) =>
  driver.paint(frame).map((step) => Buffer.from(step.bytes).toString('latin1'));
const device =
  (options: QrLineGlassOptions): Parameters<typeof connectDriver>[0]['device'] =>
  (reply, clock) =>
    standInOf(createQrLineGlass({ clock, paced: false, drawMs: 0, ...options }), reply);

/** Fields of printable ASCII without a star, none of them empty, and one line feed at the end. */
const isBonrixLine = (bytes: Uint8Array) =>
  /^[A-Za-z]+(\*\*[\x20-\x29\x2b-\x7e]+)+\n$/.test(Buffer.from(bytes).toString('latin1')) && bytes.length <= 380;

describeDriver({
  name: 'qr-line, Bonrix',
  driver: made(),
  device: device({ firmware: 'bonrix' }),
  golden: [
    {
      codeText: 'https://q.example/AB',
      hex: Buffer.from('DisplayQRCodeScreen**https://q.example/AB**JPY 1980**').toString('hex'),
    },
  ],
  isClean: isBonrixLine,
  messages: [],
});

describeDriver({
  name: 'qr-line, own templates with an acknowledgement',
  driver: made({
    templates: { showCode: 'DisplayQRCodeScreen**{payload}**{text}', wait: 'WelcomeScreen**{text} {amount}' },
    ack: '^Received Serial: ',
    forbid: '*',
  }),
  device: device({ firmware: 'bonrix' }),
  golden: [],
  isClean: (bytes) => /^[\x20-\x7e]+\n$/.test(Buffer.from(bytes).toString('latin1')),
  messages: [
    Buffer.from('Received Serial: WelcomeScreen**Welcome\r\n'),
    Buffer.from('\n'),
    Buffer.from('Current Volume: 18\r\n'),
  ],
});

describeDriver({
  name: 'qr-line, DIY JSON',
  driver: made({ preset: 'diy-json' }),
  device: device({ firmware: 'diy-json' }),
  golden: [{ codeText: 'a"b\\c', hex: Buffer.from('"op":"qr","data":"a\\"b\\\\c","amount":"JPY 1980"').toString('hex') }],
  isClean(bytes) {
    const line = Buffer.from(bytes).toString('latin1');
    return /^[\x20-\x7e]+\n$/.test(line) && line.length <= 512 && typeof JSON.parse(line) === 'object';
  },
  messages: [Buffer.from('{"seq":7,"ok":true}\n'), Buffer.from('{"seq":8,"ok":false,"error":"no data"}\r\n')],
});

describe('qr-line driver', () => {
  it('sends one line a screen, never with an empty field', () => {
    const driver = made();
    assert.deepEqual(lines(driver, scan('https://q.example/AB')), [
      'DisplayQRCodeScreen**https://q.example/AB**HKD 12.34**Scan to pay with Alipay+\n',
    ]);
    assert.deepEqual(lines(driver, { kind: 'idle' }), ['WelcomeScreen**Welcome\n']);
    assert.deepEqual(lines(driver, { kind: 'pleaseWait', amount }), ['WelcomeScreen**Please wait\n']);
    assert.deepEqual(lines(driver, { kind: 'thanks', amount }), ['DisplaySuccessQRCodeScreen**-**-**-\n']);
    assert.deepEqual(lines(driver, { kind: 'notPaid' }), ['DisplayFailQRCodeScreen**-**-**-\n']);
    assert.deepEqual(lines(driver, { kind: 'cancelled' }), ['DisplayCancelQRCodeScreen**-**-**-\n']);
  });

  it('takes 300 bytes and more, and refuses what the tokenizer would tear apart', () => {
    const driver = made();
    assert.ok(driver.can.longestCode >= 300);
    assert.match(driver.refuses('https://q.example/A*B') ?? '', /holds "\*"/);
    assert.equal(driver.usualBootDelayMs, 8000);
  });

  it('blanks a display in which an earlier run left half a line', async () => {
    const glass = createQrLineGlass({ paced: false, drawMs: 0 });
    const driver = made();
    const write = (bytes: Uint8Array) => glass.receive(bytes);
    for (const step of driver.paint(scan('https://q.example/AB'))) write(step.bytes);
    write(Buffer.from('DisplayQRCodeScreen**https'));
    for (const step of [...driver.wake(), ...driver.blank()]) write(step.bytes);
    assert.deepEqual([glass.view().page, glass.view().code], ['welcome', null]);
    await glass.stop();
  });

  it('repeats a JSON line under its own number until it is answered, and says what the display says', async () => {
    const driver = made({ preset: 'diy-json', ackTimeoutMs: 50 });
    const wire: string[] = [];
    const { run } = await connectDriver({
      driver,
      device: (reply) => ({
        feed(bytes) {
          wire.push(Buffer.from(bytes).toString());
          if (wire.length === 2) reply(Buffer.from('{"seq":99,"ok":true}\n{"seq":1,"ok":false,"error":"out of memory"}\n'));
        },
        visibleCode: () => null,
      }),
    });
    assert.deepEqual(await run(driver.paint(scan('https://q.example/AB'))), {
      kind: 'refused',
      step: 'qr',
      why: 'it says "out of memory"',
    });
    assert.equal(wire.length, 2);
    assert.equal(wire[0], wire[1]);
    assert.deepEqual(JSON.parse(wire[0] ?? ''), {
      seq: 1,
      op: 'qr',
      data: 'https://q.example/AB',
      amount: 'HKD 12.34',
      text: 'Scan to pay with Alipay+',
    });
    assert.match(lines(driver, { kind: 'idle' })[0] ?? '', /^\{"seq":2,"op":"clear"\}\n$/);
  });

  it('takes a JSON display for restarted when it says so', () => {
    const driver = made({ preset: 'diy-json' });
    const meanings = driver
      .parser()
      .push(Buffer.from('{"event":"boot"}\n{"seq":1,"ok":true}\nnoise\n[1]\n"x"\n'))
      .map((event) => driver.meaning(event));
    assert.deepEqual(meanings, ['rebooted', 'other', 'other', 'other', 'other']);
  });

  it('refuses templates that could not work, with a sentence', () => {
    assert.match(refusalOf({ preset: 'other' }) ?? '', /bonrix or diy-json/);
    assert.match(refusalOf({ templates: { show: 'x' } }) ?? '', /there are: clear, showCode/);
    assert.match(refusalOf({ templates: { showCode: 'QR **{code}' } }) ?? '', /\{code\}; there are: \{payload\}/);
    assert.match(refusalOf({ templates: { showCode: 'QR' } }) ?? '', /must hold \{payload\} once/);
    assert.match(refusalOf({ templates: { paid: 'OK {payload}' } }) ?? '', /must not hold/);
    assert.match(refusalOf({ templates: { paid: '{amount}' } }) ?? '', /a word beside/);
    assert.match(refusalOf({ templates: { paid: 'OK\n' } }) ?? '', /one line of printable/);
    assert.match(refusalOf({ templates: { showCode: `X${'x'.repeat(360)}{payload}{amount}` } }) ?? '', /no room/);
    assert.match(refusalOf({ preset: 'diy-json', templates: { paid: 'OK' } }) ?? '', /preset bonrix/);
    assert.match(refusalOf({ ack: '(' }) ?? '', /regular expression/);
    assert.match(refusalOf({ maxLineBytes: 10 }) ?? '', /from 120/);
  });

  it('speaks the language of its options', () => {
    assert.match(lines(made({ language: 'ja' }), { kind: 'pleaseWait', amount })[0] ?? '', /Shoushou omachi kudasai/);
  });
});
