import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { needPty } from '../support/pty.js';
import { seededSuite } from '../support/seeded.js';
import { openSoakedDisplay, RIGHT_WITHIN_MS, type SoakedDisplay } from './display-soak.js';
import { DISPLAY_VARIANTS } from './display-variants.js';
import { soakDisplay, type VariantResult } from './displays.js';

/** `npm run soak -- displays` does a thousand, with up to five pulls each. */
const CYCLES = 20;
const PULLS = 1;
/** A machine that runs other tests beside these may be late. */
const GRACE_MS = 3_000;

describe('a display whose cable is pulled at any byte, or right after its port was opened', function () {
  this.timeout(150_000);
  const { seed } = seededSuite();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const displays: SoakedDisplay[] = [];
  let soaked: ReadonlyMap<string, Promise<VariantResult>>;

  before(async function () {
    needPty(this);
    displays.push(...(await Promise.all(DISPLAY_VARIANTS.map(openSoakedDisplay))));
    // Side by side, because most of the time is spent waiting.
    soaked = new Map(
      displays.map((display) => [
        display.variant.name,
        soakDisplay(display, { cycles: CYCLES, seed, pulls: PULLS }, GRACE_MS, () => {}, stop.signal),
      ]),
    );
  });
  after(async () => {
    stop.abort();
    await Promise.all(displays.map((display) => display.close()));
  });

  for (const { name } of DISPLAY_VARIANTS) {
    it(`is right again within ${RIGHT_WITHIN_MS / 1_000} s and its boot delay, and shows no half and no old code: ${name}, ${CYCLES} times`, async () => {
      const result = await soaked.get(name);
      assert.deepEqual(result?.faults, []);
      assert.equal(result?.cycles, CYCLES);
    });
  }
});
