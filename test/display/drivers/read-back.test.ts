import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '#src/base/clock.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { connectDriver, standInOf } from '../../conformance/display-driver-suite.js';
import { type SeededSuite, seededSuite } from '../../support/seeded.js';
import { readByTwo } from '../../support/two-readers.js';
import { codeSurfaces } from './code-surfaces.js';

const CODES = 50;
const USUAL_SEED = 2_810_100;
const amount = { currency: 'JPY', value: '1980' };

/** Order codes as they come (display reference 9.1), and any other printable text that may come one day. */
function randomCodes(longest: number, seeded: SeededSuite): readonly string[] {
  const url = fc
    .stringMatching(/^[A-Za-z0-9+/]{10,140}$/)
    .map((end) => `https://qr.example/281010040${end}`)
    .filter((code) => code.length <= longest);
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((one) => String.fromCharCode(one)),
    minLength: 1,
    maxLength: Math.min(longest, 300),
  });
  return fc.sample(fc.oneof(url, printable), seeded.runs(4 * CODES));
}

describe('codes from the driver to the glass', () => {
  const seeded = seededSuite(USUAL_SEED);
  for (const { name, driver, glass } of codeSurfaces()) {
    it(`are read off ${name} by two independent readers, ${CODES} random ones of ${CODES}`, async () => {
      let emulated: GlassEmulator | undefined;
      const { run } = await connectDriver({
        driver,
        device(reply, clock) {
          emulated = glass(clock);
          return standInOf(emulated, reply);
        },
      });
      assert.ok(emulated !== undefined);
      await run(driver.wake());
      const codes = randomCodes(driver.can.longestCode, seeded).filter((code) => driver.refuses(code) === undefined);
      assert.ok(codes.length >= CODES, `enough codes that ${name} takes`);
      for (const codeText of codes.slice(0, CODES)) {
        await run([...driver.blank(), ...driver.paint({ kind: 'scan', codeText, amount, expiresAt: instant(0) })]);
        assert.deepEqual(await readByTwo(emulated), [codeText, codeText]);
      }
      await emulated.stop();
    });
  }
});
