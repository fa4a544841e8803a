import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Frame } from '#src/display/display-driver.js';
import { createNextionDriver, NEXTION_DEFAULTS } from '#src/display/drivers/nextion.js';
import { nextionOptions } from '#src/display/drivers/nextion-options.js';
import { createNextionParser } from '#src/display/drivers/nextion-parser.js';
import { describeDriver } from '../conformance/display-driver-suite.js';
import { createNextionPanel, type PanelOptions } from './nextion-panel.js';

const END = [0xff, 0xff, 0xff];
const message = (...bytes: readonly number[]) => Uint8Array.from([...bytes, ...END]);
const text = (words: string) => [...Buffer.from(words, 'latin1')];
const driver = createNextionDriver(NEXTION_DEFAULTS);

/** Instructions are printable ASCII, with the terminator, the flush and the broadcast address as the only other bytes. */
function isClean(bytes: Uint8Array): boolean {
  return /^(\xff\xff)?[\x20-\x7e]*\xff\xff\xff$/.test(Buffer.from(bytes).toString('latin1'));
}

const MESSAGES = [
  message(0x01),
  message(0x00),
  message(0x00, 0x00, 0x00),
  message(0x1a),
  message(0x24),
  message(0x65, 0x01, 0xff, 0x01),
  message(0x66, 0xff),
  message(0x67, 0x01, 0xff, 0x00, 0xff, 0x00),
  message(0x70, ...text('https://qr.example/p')),
  message(0x70),
  message(0x71, 0xff, 0xff, 0xff, 0xff),
  message(...text('comok 1,101,NX4024T032_011R,52,61488,D264B8204F0E1828,16777216')),
  message(0x86),
  message(0x88),
  message(0xfd),
];

function nextionCase(name: string, panel: PanelOptions, textMax = 255) {
  return {
    name,
    driver: createNextionDriver({ ...NEXTION_DEFAULTS, textMax }),
    device: (reply: (bytes: Uint8Array) => void) => createNextionPanel(reply, { textMax, ...panel }),
    golden: [
      {
        codeText: 'https://q.example/AB',
        hex: '71 72 30 2E 74 78 74 3D 22 68 74 74 70 73 3A 2F 2F 71 2E 65 78 61 6D 70 6C 65 2F 41 42 22 FF FF FF',
      },
      { codeText: 'a"b\\c', hex: '71 72 30 2E 74 78 74 3D 22 61 5C 22 62 5C 5C 63 22 FF FF FF' },
    ],
    isClean,
    messages: MESSAGES,
  };
}

describeDriver(nextionCase('nextion, components of one page', { scope: 'local', placeholder: 'designer text' }));
describeDriver(nextionCase('nextion, global components', { scope: 'global' }, 900));

describe('nextion driver', () => {
  const amount = { currency: 'USD', value: '1980' };
  const scan = (codeText: string): Frame => ({ kind: 'scan', codeText, amount, expiresAt: instant(0) });
  const words = (frame: Frame) => driver.paint(frame).map((step) => Buffer.from(step.bytes.subarray(0, -3)).toString('latin1'));

  it('wakes by flush, leaving reparse mode, probe, reply level', () => {
    const steps = driver.wake();
    assert.deepEqual(
      steps.map((step) => Buffer.from(step.bytes).toString('latin1').replaceAll('\xff', '.')),
      ['#...', 'DRAKJHSUYDGBNCJHGJKSHBDN...', 'connect...', 'bkcmd=3...', 'sleep=0...'],
    );
    assert.equal(steps[1]?.gapMs, 135);
    assert.equal(Buffer.from(steps[2]?.againBytes ?? []).toString('latin1'), '\xff\xffconnect\xff\xff\xff');
    assert.equal(createNextionDriver({ ...NEXTION_DEFAULTS, baudRate: 115200 }).wake()[1]?.gapMs, 39);
  });

  it('paints page, amount and code, reads the code back, and says its words only then', () => {
    assert.deepEqual(words(scan('https://q.example/AB')), [
      'page pay',
      't0.txt="USD 19.80"',
      'qr0.txt="https://q.example/AB"',
      'get qr0.txt',
      'get t0.txt',
      't1.txt="Scan to pay with Alipay+"',
      't2.txt=""',
      'get t1.txt',
    ]);
    assert.ok(driver.paint(scan('x')).every((step) => step.expect !== undefined && step.tries === 2));
  });

  it('asks once after each waking whether the words with the mark stand there, and refuses no code for their sake', () => {
    const driver = createNextionDriver(NEXTION_DEFAULTS);
    const questions = () => driver.paint(scan('x')).filter(({ what }) => what === 'get t1.txt');
    const answer = (kind: string, ...bytes: readonly number[]) => questions()[0]?.expect?.({ kind, bytes: message(...bytes) });
    assert.equal(answer('string', 0x70, ...text('Alipay+ de')), 'yes');
    assert.deepEqual([questions().length, driver.markMissing?.()], [0, undefined]);
    driver.wake();
    assert.equal(answer('string', 0x70, ...text('Scan to pa')), 'yes');
    assert.equal(
      driver.markMissing?.(),
      "t1 holds only 10 bytes of the words beside the code: raise its txt_maxl in the panel's project.",
    );
    assert.equal(questions().length, 0);
    driver.wake();
    assert.equal(driver.markMissing?.(), undefined);
    assert.equal(answer('failed', 0x1a), 'yes');
    assert.equal(driver.markMissing?.(), 'The panel has no t1 on its page pay for the words beside the code.');
  });

  it('empties the QR component before it leaves the page, and by its full name after', () => {
    const wire = driver.blank().map((step) => Buffer.from(step.bytes.subarray(0, -3)).toString('latin1'));
    assert.deepEqual(wire, ['qr0.txt=""', 'page idle', 'pay.qr0.txt=""']);
  });

  it('names no component by the number of its page, which no panel understands', () => {
    const driver = createNextionDriver({ ...NEXTION_DEFAULTS, pages: { idle: '0', pay: '1', paid: '2' } });
    assert.deepEqual(
      driver.blank().map(({ what }) => what),
      ['qr0.txt=""', 'page 0'],
    );
  });

  it('names the cut when the panel holds less than was written', () => {
    const readBack = driver.paint(scan('https://q.example/AB')).find(({ what }) => what.startsWith('get '));
    const verdict = readBack?.expect?.({ kind: 'string', bytes: message(0x70, ...text('https://q.')) });
    assert.match(typeof verdict === 'object' ? verdict.refused : '', /only 10 of 20 characters.*txt_maxl/);
  });

  it('names a code of the code in no step description', () => {
    assert.ok(driver.paint(scan('https://secret.example/')).every((step) => !step.what.includes('secret')));
  });

  it('reads start-up and ready as a restart, overflow as a loss, auto-sleep as sleep', () => {
    const meanings = createNextionParser()
      .push(Buffer.concat([message(0, 0, 0), message(0x88), message(0x24), message(0x86), message(0x01)]))
      .map((event) => driver.meaning(event));
    assert.deepEqual(meanings, ['rebooted', 'rebooted', 'lost', 'asleep', 'other']);
  });

  it('survives a flood of garbage', () => {
    const parser = createNextionParser();
    for (let i = 0; i < 20; i += 1) parser.push(Buffer.alloc(65_536, i * 13));
    parser.push(Uint8Array.from(END));
    assert.equal(parser.push(message(0x01)).at(-1)?.kind, 'ok');
  });

  it('takes names and limits from its options and refuses what could reach the wire', () => {
    const given = nextionOptions({ pages: { idle: 0, pay: 'scan' }, components: { line2: '' }, textMax: 100, ecc: 'Q' });
    assert.ok(!('refused' in given));
    assert.deepEqual(given.pages, { idle: '0', pay: 'scan', paid: 'paid' });
    const paint = createNextionDriver(given).paint(scan('x'));
    assert.equal(paint.length, 7);
    assert.match(createNextionDriver(given).refuses('x'.repeat(101)) ?? '', /101 bytes.*takes 100/);
    for (const wrong of [
      { pages: { idle: 'a"b' } },
      { components: { qr: '' } },
      { components: { amout: 't0' } },
      { textMax: 0 },
      { textMax: '255' },
    ]) {
      assert.ok('refused' in nextionOptions(wrong), JSON.stringify(wrong));
    }
    assert.ok('refused' in nextionOptions({}, 9601));
  });
});
