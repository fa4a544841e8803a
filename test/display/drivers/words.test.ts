import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import { instant } from '#src/base/clock.js';
import type { DisplayDriver, Frame } from '#src/display/display-driver.js';
import { createDgus2Driver } from '#src/display/drivers/dgus2.js';
import { DGUS2_DEFAULTS } from '#src/display/drivers/dgus2-options.js';
import { createEscposDriver } from '#src/display/drivers/escpos.js';
import { ESCPOS_DEFAULTS } from '#src/display/drivers/escpos-options.js';
import { slipText } from '#src/display/drivers/escpos-slip.js';
import { createNextionDriver, NEXTION_DEFAULTS } from '#src/display/drivers/nextion.js';
import { createQrLineDriver } from '#src/display/drivers/qr-line.js';
import { frameText, frameWords, LINE_COLUMNS } from '#src/display/frame-text.js';
import { type Charset, LANGUAGES, languageOf, languagesOn, shownLanguage } from '#src/display/languages.js';
import { textBytes, type WireCharset } from '#src/display/text-bytes.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { createEscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { dialects } from '#src/upstream/dialects.js';
import { describeWords } from '../../conformance/words-suite.js';

const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const NO_DRAWING = { page: 0, qr: 0, text: 0 };

/** Three FF at the end and nowhere else; between quotes only escaped quotes and backslashes, byte by byte, and no control. */
const isInstruction = (bytes: Uint8Array) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand there
  /^(page \w+|get \w+\.txt|\w+\.txt="([^"\\\x00-\x1f\x7f\xff]|\\["\\])*")\xff\xff\xff$/.test(latin(bytes));

/** A panel may read in pairs before it looks for quotes and escapes, or after: both find the same, because no pair holds a byte of ASCII. */
const hasWholePairs = (bytes: Uint8Array) =>
  !/[\x80-\xfe]/.test(
    latin(bytes)
      .slice(0, -3)
      .replace(/[\xa1-\xfe]{2}/g, ''),
  );

for (const charset of ['ascii', 'utf-8', 'gb18030', 'cp949', 'cp874'] as const) {
  const isInPairs = charset === 'gb18030' || charset === 'cp949';
  describeWords({
    name: 'nextion',
    charset,
    driver: (language) => createNextionDriver({ ...NEXTION_DEFAULTS, charset, language }),
    glass: (clock) => createNextionGlass({ clock, paced: false, drawMs: NO_DRAWING, charset }),
    isClean: (bytes) => isInstruction(bytes) && (!isInPairs || hasWholePairs(bytes)),
  });
}

/** One frame of its length; what is written at the texts is whole words, of which only the last one ends them. */
function isFrame(bytes: Uint8Array, charset: WireCharset): boolean {
  const wire = Buffer.from(bytes);
  if (wire[2] !== wire.length - 3) return false;
  const vp = wire.readUInt16BE(4);
  if (wire[3] !== 0x82 || vp < 0x2000) return true;
  if (wire.length % 2 !== 0) return false;
  const content = wire.subarray(6);
  const words = Array.from({ length: content.length / 2 }, (_, i) => content.readUInt16BE(2 * i));
  const text = content.subarray(0, -2);
  const inside = charset === 'utf-16be' ? !words.slice(0, -1).includes(0) : !text.subarray(0, -1).includes(0);
  // What the layout check keeps free for an amount and for a line.
  const room = charset === 'utf-16be' ? (vp === 0x2000 ? 25 : 39) : vp === 0x2000 ? 14 : 21;
  return words.at(-1) === 0xffff && inside && !text.includes(0xff) && words.length <= room;
}

for (const charset of ['ascii', 'gb18030', 'utf-16be'] as const) {
  describeWords({
    name: 'dgus2',
    charset,
    driver: (language) => createDgus2Driver({ ...DGUS2_DEFAULTS, charset, language }),
    glass: (clock) => createDgus2Glass({ clock, paced: false, pageMs: 0, charset }),
    isClean: (bytes) => isFrame(bytes, charset),
  });
}

/** Known commands of fixed bytes; what is left must be lines of text without any control. */
const PRINTER_COMMANDS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are commands
  /\x1b@|\x1da\x00|\x1ba\x01|\x1d!\x01|\x1d!\x00|\x1bJ[\s\S]|\x1dVB\x00|\x1dr\x01|\x10\x04[\x01\x02\x04]|\x1c&|\x1c\.\x1bt\x14|\x1d\(k[\s\S]\x001(A2\x00|[CEQ][\s\S]|P0)/g;
const isSlip = (bytes: Uint8Array) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand there
  /^[^\x00-\x09\x0b-\x1f\x7f\xff]*$/.test(latin(bytes).replace(PRINTER_COMMANDS, ''));

const PAGE = 20;
for (const charset of ['ascii', 'gb18030', 'cp949', 'cp874'] as const) {
  const codePage = charset === 'cp874' ? PAGE : undefined;
  const pairs = charset === 'gb18030' || charset === 'cp949' ? charset : undefined;
  describeWords({
    name: 'escpos',
    charset,
    driver: (language) => createEscposDriver({ ...ESCPOS_DEFAULTS, charset, codePage, language }),
    glass: (clock) => createEscposGlass({ clock, paced: false, msPerDot: 0, fonts: { pairs, pages: { [PAGE]: 'windows-874' } } }),
    isClean: isSlip,
  });
}

function diyJson(charset: 'ascii' | 'unicode', language: string): DisplayDriver {
  const driver = createQrLineDriver({ preset: 'diy-json', charset, language });
  assert.ok(!('refused' in driver));
  return driver;
}

for (const charset of ['ascii', 'unicode'] as const) {
  describeWords({
    name: 'qr-line, DIY JSON',
    charset,
    driver: (language) => diyJson(charset, language),
    glass: (clock) => createQrLineGlass({ clock, paced: false, drawMs: 0, firmware: 'diy-json' }),
    isClean: (bytes) =>
      /^[\x20-\x7e]+\n$/.test(latin(bytes)) && bytes.length <= 512 && typeof JSON.parse(latin(bytes)) === 'object',
  });
}

const KINDS = ['idle', 'pleaseWait', 'scan', 'paying', 'cancelling', 'thanks', 'notPaid', 'cancelled'] as const;
const WIRE: readonly WireCharset[] = ['ascii', 'utf-8', 'gb18030', 'cp949', 'cp874', 'utf-16be'];
const scan: Frame & { kind: 'scan' } = {
  kind: 'scan',
  codeText: 'x',
  amount: { currency: 'JPY', value: '1980' },
  expiresAt: instant(Date.parse('2026-03-05T02:15:30Z')),
  reference: 'T01-0001',
};

/** A character of Chinese or Korean is two columns wide. */
const columns = (text: string) => [...text].reduce((sum, one) => sum + (/[\u3000-\u9fff\uac00-\ud7a3]/.test(one) ? 2 : 1), 0);

describe('words on a glass', () => {
  it('are carried whole by every charset of their language', () => {
    for (const charset of WIRE) {
      for (const language of languagesOn(charset)) {
        const slip = slipText(scan, { columns: 42, charset }, language);
        const texts: readonly string[] = [
          ...KINDS.flatMap((kind) => frameWords(kind, language)),
          frameText(scan, language, 171).line2,
          ...slip.below,
        ];
        for (const text of texts) {
          assert.equal(iconv.decode(Buffer.from(textBytes(text, charset)), charset), text, `${language} in ${charset}`);
        }
      }
    }
  });

  it('fit a line on every surface, the longest time left too', () => {
    for (const language of LANGUAGES) {
      for (const kind of KINDS) {
        for (const line of frameWords(kind, language)) assert.ok(columns(line) <= LINE_COLUMNS, line);
      }
      assert.ok(columns(frameText(scan, language, 99_999).line2) <= LINE_COLUMNS);
    }
  });

  it('exist for every kind of frame in every language, each its own', () => {
    for (const kind of KINDS.filter((one) => one !== 'idle')) {
      const all = LANGUAGES.map((language) => frameWords(kind, language).join('|'));
      assert.equal(new Set(all).size, LANGUAGES.length, kind);
    }
  });

  it('break on paper within its columns, two for a wide character, and lose nothing', () => {
    for (const [charset, language] of [
      ['gb18030', 'zh'],
      ['cp949', 'ko'],
      ['cp874', 'th'],
      ['ascii', 'en'],
    ] as const) {
      for (const width of [16, 20, 32, 42]) {
        const { amount, below } = slipText(scan, { columns: width, charset }, language);
        const lines = [...amount, ...below];
        for (const line of lines) {
          assert.ok(textBytes(line, charset).length <= width, `${language} ${width}: ${line}`);
          assert.doesNotMatch(line, /^\p{M}/u, 'no mark without its letter');
        }
        const { line1 } = frameText(scan, language);
        assert.ok(below.join('').replace(/ /g, '').startsWith(line1.replace(/ /g, '')));
      }
    }
  });

  it('are in the language of a tag, and in English where there are none', () => {
    assert.deepEqual(['en', 'ja-JP', 'zh', 'zh-CN', 'ko-KR', 'th'].map(languageOf), ['en', 'ja', 'zh', 'zh', 'ko', 'th']);
    assert.deepEqual(['zh-TW', 'zh-HK', 'fr', 'toString', ''].map(languageOf), Array(5).fill(undefined));
    const shown = (tag: string | undefined, charset: Charset) => shownLanguage(tag, charset);
    assert.equal(shown(undefined, 'unicode'), 'en');
    assert.equal(shown('ko', 'gb18030'), 'en', 'its fonts have no Hangul, whatever numbers the set has');
  });

  it('name what the payer scans with, and nothing where that has no name', () => {
    for (const language of LANGUAGES) {
      const named = (scanWith?: string | null): string => frameText({ ...scan, scanWith }, language).line1;
      assert.ok(named().includes('Alipay+'));
      assert.equal(named('Rebell'), named().replace('Alipay+', 'Rebell'));
      assert.doesNotMatch(named(null), /Alipay/i);
      assert.notEqual(named(null), '');
      assert.ok(columns(named(null)) <= LINE_COLUMNS);
      for (const charset of WIRE.filter((one) => languagesOn(one).includes(language)))
        assert.equal(iconv.decode(Buffer.from(textBytes(named(null), charset)), charset), named(null));
    }
    assert.equal(frameText({ ...scan, scanWith: null }, 'en').line1, 'Scan to pay');
  });

  it('have room for the brand of every pay API', () => {
    for (const { id, brand } of dialects) assert.ok(brand === null || /^[ -~]{1,7}$/.test(brand), id);
  });

  it('say how long is left in minutes and seconds', () => {
    assert.deepEqual(
      [1, 59, 60, 151, 600, 3600].map((seconds) => frameText(scan, 'en', seconds).line2),
      ['0:01', '0:59', '1:00', '2:31', '10:00', '60:00'].map((time) => `Time left ${time}`),
    );
    assert.equal(frameText(scan, 'en', 0).line2, '');
    assert.equal(frameText({ kind: 'notPaid' }, 'en', 60).line2, 'Please try again or pay another way');
  });
});
