import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Clock, instant } from '#src/base/clock.js';
import type { DisplayDriver, Frame } from '#src/display/display-driver.js';
import { frameText } from '#src/display/frame-text.js';
import { type Charset, LANGUAGES, type Language, languagesOn } from '#src/display/languages.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { seededSuite } from '../support/seeded.js';
import { connectDriver, standInOf } from './display-driver-suite.js';

/** A driver with words, set to one charset. */
export interface WordsCase {
  readonly name: string;
  readonly charset: Charset;
  driver(language: string): DisplayDriver;
  /** A device whose fonts were made for that charset; it decodes by itself. */
  glass(clock: Clock): GlassEmulator;
  /** Whether one step, whatever stood in the frame, does nothing on the wire but what its kind of step does. */
  isClean(bytes: Uint8Array): boolean;
}

const CODE = 'https://qr.example/281010040000000000000000000001';
const amount = { currency: 'JPY', value: '1980' };
const scan = (of = amount): Frame => ({ kind: 'scan', codeText: CODE, amount: of, expiresAt: instant(0), reference: 'T01-0001' });
const FRAMES: readonly Frame[] = [
  scan(),
  { kind: 'pleaseWait', amount },
  { kind: 'paying', amount },
  { kind: 'cancelling', amount },
  { kind: 'thanks', amount },
  { kind: 'notPaid' },
  { kind: 'cancelled' },
];

/** What could act: ends of texts and lines, escapes, second bytes of pairs that look like them, halves of pairs, marks. */
const DANGEROUS = [
  '"',
  '\\',
  '\0',
  '\xff',
  '\x1b',
  '\x10\x04',
  '\n',
  '\r',
  '*',
  '乗',
  '昞',
  '뷁',
  '퓧',
  '\uffff',
  '\uff0c',
  '\ud800',
];

/** Reads what stands on the glass, whitespace and line breaks aside. */
const readable = (glass: GlassEmulator) => Object.values(glass.view().texts).join('').replace(/\s/g, '');

/** Promises about words that every driver keeps in every charset it takes. */
export function describeWords(one: WordsCase): void {
  describe(`words of ${one.name}, charset ${one.charset}`, () => {
    const seeded = seededSuite();

    async function shows(language: string, words: Language): Promise<void> {
      let glass: GlassEmulator | undefined;
      const driver = one.driver(language);
      assert.equal(driver.language, words);
      const { run } = await connectDriver({
        driver,
        device(reply, clock) {
          glass = one.glass(clock);
          return standInOf(glass, reply);
        },
      });
      assert.ok(glass !== undefined);
      assert.equal((await run(driver.wake())).kind, 'done');
      for (const frame of FRAMES.filter(({ kind }) => driver.can.canClear || kind === 'scan')) {
        assert.equal((await run(driver.blank())).kind, 'done');
        assert.equal((await run(driver.paint(frame))).kind, 'done', frame.kind);
        const text = frameText(frame, words);
        for (const part of [text.amount, text.line1, text.line2]) {
          assert.ok(readable(glass).includes(part.replace(/\s/g, '')), `${language}, ${frame.kind}: ${readable(glass)}`);
        }
      }
    }

    for (const language of LANGUAGES) {
      if (languagesOn(one.charset).includes(language)) {
        it(`are right on the glass in ${language}`, () => shows(language, language));
      } else {
        it(`are all English where ${language} has no characters`, () => shows(language, 'en'));
      }
    }

    it('never act on the wire, whatever stands in them', () => {
      const hostile = fc.string({
        unit: fc.oneof(fc.constantFrom(...DANGEROUS), fc.string({ unit: 'binary', maxLength: 4 })),
        maxLength: 40,
      });
      fc.assert(
        fc.property(hostile, fc.constantFrom(...LANGUAGES), (currency, language) => {
          const driver = one.driver(language);
          const of = { currency, value: '1' };
          const steps = [
            ...driver.paint(scan(of), 171),
            ...driver.paint({ kind: 'thanks', amount: of }),
            ...(driver.timeLeft?.({ kind: 'scan', codeText: CODE, amount: of, expiresAt: instant(0) }, 99_999) ?? []),
          ];
          for (const step of steps)
            assert.ok(one.isClean(step.bytes), `${step.what}: ${Buffer.from(step.bytes).toString('hex')}`);
        }),
        seeded.runs(300),
      );
    });
  });
}
