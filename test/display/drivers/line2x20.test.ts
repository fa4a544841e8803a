import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Frame } from '#src/display/display-driver.js';
import { createLine2x20Driver, line2x20Options } from '#src/display/drivers/line2x20.js';
import { LINE_DIALECTS, type LineDialectName } from '#src/display/drivers/line2x20-dialects.js';
import { twoLines } from '#src/display/drivers/line2x20-words.js';
import { LANGUAGES } from '#src/display/languages.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { describeDriver, standInOf } from '../../conformance/display-driver-suite.js';

const hkd = { currency: 'HKD', value: '1234' };
const scan: Frame = { kind: 'scan', codeText: 'https://q.example/AB', amount: hkd, expiresAt: instant(0) };

/** Heads and tails of the commands for lines; between them stand 20 printable characters, or 40 where there is one command for both lines. */
const LINES: Readonly<Record<LineDialectName, readonly (readonly [head: string, tail: string])[]>> = {
  epson: [
    ['1b3d020b', '1b3d01'],
    ['1b3d021f240102', '1b3d01'],
  ],
  cd5220: [
    ['1b5141', '0d'],
    ['1b5142', '0d'],
  ],
  logic: [
    ['1000', ''],
    ['1014', ''],
  ],
  aedex: [
    ['212339', '0d'],
    ['212332', '0d'],
  ],
  dsp800: [
    ['0401503117', ''],
    ['0401504517', ''],
  ],
};

const SAFE = /^[A-Za-z0-9.+: \-?]{20}$/;
const SAFE_LINES = /^([A-Za-z0-9.+: \-?]{20}){1,2}$/;

for (const dialect of LINE_DIALECTS) {
  const driver = createLine2x20Driver({ dialect });
  const isLine = (hex: string) =>
    LINES[dialect].some(
      ([head, tail]) =>
        hex.startsWith(head) &&
        hex.endsWith(tail) &&
        SAFE_LINES.test(Buffer.from(hex.slice(head.length, hex.length - tail.length), 'hex').toString('latin1')),
    );

  describeDriver({
    name: `line2x20, ${dialect}`,
    driver,
    device: (reply, clock) => standInOf(createLine2x20Glass({ clock, paced: false, dialect }), reply),
    golden: [],
    isClean: (bytes) => isLine(Buffer.from(bytes).toString('hex')),
    messages: [],
  });

  describe(`line2x20 driver, ${dialect}`, () => {
    it('shows both lines whole on an emulated display, over whatever stood there', async () => {
      const glass = createLine2x20Glass({ paced: false, dialect, greeting: 'X'.repeat(55) });
      const write = (frame: Frame) => {
        for (const step of driver.paint(frame)) glass.receive(step.bytes);
      };
      for (const step of driver.wake()) glass.receive(step.bytes);
      assert.deepEqual(glass.view().texts, {});
      write(scan);
      assert.deepEqual(glass.rows(), ['TOTAL      HKD 12.34', 'SCAN ALIPAY+ QR CODE']);
      write({ kind: 'thanks', amount: hkd });
      assert.deepEqual(glass.rows(), ['TOTAL      HKD 12.34', 'PAID - THANK YOU    ']);
      write({ kind: 'notPaid' });
      assert.deepEqual(glass.rows(), ['PAYMENT NOT COMPLETE', 'PLEASE TRY AGAIN    ']);
      write({ kind: 'cancelled' });
      assert.deepEqual(glass.rows(), ['PAYMENT CANCELLED   ', '                    ']);
      for (const step of driver.blank()) glass.receive(step.bytes);
      assert.deepEqual(glass.view().texts, {});
      await glass.stop();
    });

    it('leaves silence after every command', () => {
      assert.ok([...driver.wake(), ...driver.paint(scan), ...driver.blank()].every((step) => step.gapMs >= 20));
    });
  });
}

describe('line2x20 driver', () => {
  const hexOf = (dialect: LineDialectName, frame: Frame) =>
    createLine2x20Driver({ dialect })
      .paint(frame)
      .map((step) => Buffer.from(step.bytes).toString('hex'));

  it('writes the bytes of the reference for a line of cd5220', () => {
    const golden = '1B 51 41 54 4F 54 41 4C 20 20 20 20 20 20 48 4B 44 20 31 32 2E 33 34 0D';
    assert.equal(hexOf('cd5220', scan)[0], golden.replaceAll(' ', '').toLowerCase());
  });

  it('sets up and clears each kind as the reference lists it', () => {
    const wake = (dialect: LineDialectName) =>
      createLine2x20Driver({ dialect })
        .wake()
        .map((step) => Buffer.from(step.bytes).toString('hex'));
    assert.deepEqual(wake('epson'), ['1b3d021b401b3d01', '1b3d021f011f43001b3d01', '1b3d020c1b3d01']);
    assert.deepEqual(wake('cd5220'), ['0d0c', '1b3d021b40', '1b111b5f00', '0c']);
    assert.deepEqual(wake('logic'), ['1f', '1114']);
    assert.deepEqual(wake('aedex'), ['0d', `212331${'20'.repeat(20)}0d`, `212332${'20'.repeat(20)}0d`]);
    assert.deepEqual(wake('dsp800'), ['04012517', '040143315817']);
  });

  it('lets a long amount take the place of its label, and never cuts it', () => {
    const top = (currency: string, value: string) => twoLines({ kind: 'paying', amount: { currency, value } }, 'en')[0];
    assert.equal(top('USD', '1980'), 'TOTAL      USD 19.80');
    assert.equal(top('USD', '1234567890'), '     USD 12345678.90');
    assert.equal(top('USD', '12345678'), 'TOTAL  USD 123456.78');
    assert.equal(top('IDR', '9999999999999999'), 'IDR99999999999999.99');
  });

  it('keeps every text of every language within 20 characters', () => {
    const frames: Frame[] = [
      { kind: 'pleaseWait', amount: hkd },
      scan,
      { kind: 'paying', amount: hkd },
      { kind: 'cancelling', amount: hkd },
      { kind: 'thanks', amount: hkd },
      { kind: 'notPaid' },
      { kind: 'cancelled' },
    ];
    for (const language of LANGUAGES) {
      for (const seconds of [undefined, 0, 1, 59, 60, 599, 600, 5999, 6000, 99_999]) {
        for (const frame of frames) for (const line of twoLines(frame, language, seconds)) assert.match(line, SAFE);
      }
    }
    assert.equal(twoLines(scan, 'ja')[1], 'ALIPAY+ QR O SUKYAN ');
    assert.deepEqual(twoLines(scan, 'th'), twoLines(scan, 'en'));
  });

  it('tells the time left where twenty characters have room for it', () => {
    const bottom = (language: 'en' | 'ja', seconds: number) => twoLines(scan, language, seconds)[1];
    assert.equal(bottom('en', 151), 'SCAN ALIPAY+ QR 2:31');
    assert.equal(bottom('en', 9), 'SCAN ALIPAY+ QR 0:09');
    assert.equal(bottom('en', 600), 'SCAN ALIPAY+ QR CODE');
    assert.equal(bottom('en', 0), 'SCAN ALIPAY+ QR CODE');
    assert.equal(bottom('ja', 151), 'ALIPAY+ QR ATO 2:31 ');
  });

  it('names another wallet in its place, and none where none is known', () => {
    const bottom = (scanWith: string | null, language: 'en' | 'ja', seconds?: number) =>
      twoLines({ ...scan, scanWith }, language, seconds)[1];
    assert.equal(bottom('Rebell', 'en', 151), 'SCAN REBELL QR 2:31 ');
    assert.equal(bottom('Rebell', 'ja'), 'REBELL QR O SUKYAN  ');
    assert.equal(bottom(null, 'en'), 'SCAN QR CODE        ');
    assert.equal(bottom(null, 'en', 151), 'SCAN QR CODE 2:31   ');
    assert.equal(bottom(null, 'ja', 151), 'QR ATO 2:31         ');
  });

  it('takes its dialect and language from its options', () => {
    assert.deepEqual(line2x20Options({}), { dialect: 'epson', language: undefined });
    assert.deepEqual(line2x20Options({ dialect: 'aedex', language: 'ja' }), { dialect: 'aedex', language: 'ja' });
    assert.match(JSON.stringify(line2x20Options({ dialect: 'pos' })), /epson, cd5220, logic, aedex, dsp800/);
  });
});
