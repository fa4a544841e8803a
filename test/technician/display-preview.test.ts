import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { EMULATED_DRIVERS } from '#src/simulator/glass-emulators/emulated-glass.js';
import { readBitmap } from '#src/simulator/glass-emulators/qr-bitmap.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { iconPng } from '../support/test-icon.js';
import { readByTwo } from '../support/two-readers.js';
import { cli } from './cli-run.js';

const CODE = 'https://qr.example/281010040000000000000000000001';
const DISPLAY = '- { driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }';

describe('display preview', () => {
  let shop: ConfigFolder;
  let out: string;
  beforeEach(async () => {
    shop = await configFolder();
    out = join(shop.folder, 'preview.png');
  });
  afterEach(() => shop.remove());

  const preview = (code: string, ...argv: string[]) =>
    cli(['display', 'preview', '--lane', 'lane-1', '--code', code, '--out', out, '--config', shop.file, ...argv]);
  const picture = async () => PNG.sync.read(await readFile(out));
  /** What two readers find in the file. */
  async function readers() {
    const file = await readFile(out);
    const { width, height, data } = PNG.sync.read(file);
    const pixels = new Uint8ClampedArray(data);
    return readByTwo({ picture: () => file, readCode: () => readBitmap({ width, height, pixels }) });
  }

  for (const driver of EMULATED_DRIVERS.filter((name) => name !== 'line2x20')) {
    it(`draws the code from the bytes of the driver: ${driver}`, async () => {
      await shop.write([DISPLAY, `- { driver: ${driver}, port: /dev/ttyUSB0 }`]);
      const { code, out: text } = await preview(CODE);
      assert.equal(code, 0, text);
      assert.match(text, /read back from the picture: the same code\nQR version \d+/);
      assert.deepEqual(await readers(), [CODE, CODE]);
    });
  }

  it("draws a panel's own pages and components, by name and by number", async () => {
    const options = [
      '{ pages: { idle: 3, pay: 1, paid: 2 }, components: { qr: code, amount: sum, line1: "", line2: "" } }',
      '{ pages: { idle: home, pay: scan, paid: done }, components: { qr: scan.code, amount: a, line1: b, line2: c } }',
    ];
    for (const one of options) {
      await shop.write([DISPLAY, `- { driver: nextion, port: /dev/ttyUSB0, options: ${one} }`]);
      const { code, err } = await preview(CODE);
      assert.deepEqual([code, err], [0, '']);
      assert.deepEqual(await readers(), [CODE, CODE]);
    }
  });

  it('writes the words beside the code, with the amount', async () => {
    await preview(CODE);
    const small = await picture();
    await preview(CODE, '--amount', '123456789');
    const large = await picture();
    assert.equal(small.width, large.width);
    assert.ok(!small.data.equals(large.data));
  });

  it('draws the words of a text display, and a virtual display', async () => {
    await shop.write([DISPLAY, '- { driver: line2x20, port: /dev/ttyUSB0 }']);
    const words = await preview(CODE);
    assert.equal(words.code, 0);
    assert.match(words.out, /this display shows words only/);
    await shop.write([DISPLAY, '- { driver: virtual }']);
    assert.equal((await preview(CODE)).code, 0);
    assert.deepEqual(await readers(), [CODE, CODE]);
  });

  it('draws the icon in the code of a virtual display and of a printer that is sent pictures', async () => {
    await writeFile(join(shop.folder, 'icon.png'), iconPng());
    for (const display of [
      '{ driver: virtual, options: { icon: ./icon.png } }',
      '{ driver: escpos, port: COM7, options: { native: false, icon: ./icon.png } }',
    ]) {
      await shop.write([DISPLAY, `- ${display}`]);
      const { code, out: text } = await preview(CODE);
      assert.equal(code, 0, text);
      assert.match(text, /error correction H; margin.*\n(one module.*\n)?Alipay\+ mark: inside the code/);
      assert.deepEqual(await readers(), [CODE, CODE]);
    }
  });

  it('says the words that it draws, in the language that is really shown', async () => {
    const texts = async (display: string) => {
      await shop.write([DISPLAY, `- ${display}`]);
      const { language, texts } = JSON.parse((await preview(CODE, '--json')).out);
      return [language, ...Object.values(texts)];
    };
    const panel = (options: string) => `{ driver: nextion, port: COM7, options: { ${options} } }`;
    assert.deepEqual(await texts(panel('language: ko, charset: cp949')), [
      'ko',
      'JPY 1980',
      'Alipay+로 스캔하여 결제해 주세요',
      '남은 시간 3:00',
    ]);
    assert.deepEqual(await texts(panel('language: ko')), ['en', 'JPY 1980', 'Scan to pay with Alipay+', 'Time left 3:00']);
    assert.deepEqual(await texts('{ driver: virtual, options: { language: th } }'), [
      'th',
      'JPY 1980',
      'สแกนเพื่อชำระเงินด้วย Alipay+',
      'เหลือเวลา 3:00',
    ]);
    const { out: told } = await preview(CODE);
    assert.match(told, /words: Thai\n {2}amount: JPY 1980\n {2}line1: สแกน/);
    await shop.write([DISPLAY, `- ${panel('language: ko')}`]);
    assert.match((await preview(CODE)).out, /words: English, not "ko": "ocbridge config check" says why/);
  });

  it('draws a box for each character that its own font has not', async () => {
    await shop.write([DISPLAY, '- { driver: nextion, port: COM7, options: { language: zh, charset: gb18030 } }']);
    await preview(CODE);
    const chinese = await picture();
    await shop.write([DISPLAY, '- { driver: nextion, port: COM7 }']);
    await preview(CODE);
    const english = await picture();
    assert.deepEqual([chinese.width, chinese.height], [english.width, english.height]);
    assert.ok(!chinese.data.equals(english.data));
    assert.deepEqual(await readers(), [CODE, CODE]);
  });

  it('takes the first display that shows codes, or the one that is named', async () => {
    await shop.write([DISPLAY, '- { driver: line2x20, port: /dev/ttyUSB0 }\n      - { driver: virtual }']);
    const first = JSON.parse((await preview(CODE, '--json')).out);
    assert.deepEqual([first.ok, first.display, first.driver, first.reads], [true, 2, 'virtual', CODE]);
    assert.equal(JSON.parse((await preview(CODE, '--json', '--display', '1')).out).driver, 'line2x20');
    const { code, err } = await preview(CODE, '--display', '3');
    assert.deepEqual([code, err], [1, 'lane-1 has displays 1 to 2 only. Repair: name another with --display.\n']);
  });

  it('writes nothing for a code that the display refuses, and says why', async () => {
    const { code, err } = await preview('x'.repeat(300));
    assert.equal(code, 2);
    assert.match(err, /lane-1, display 1 \(nextion\) would not show this code: the code has 300 bytes, this glass takes 255/);
    await assert.rejects(readFile(out), { code: 'ENOENT' });
  });

  it('says that the file cannot be written', async () => {
    out = join(shop.folder, 'nowhere', 'preview.png');
    const { code, err } = await preview(CODE);
    assert.equal(code, 2);
    assert.match(err, /cannot be written: .*Repair: /);
  });
});
