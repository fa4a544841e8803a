import assert from 'node:assert/strict';
import { randomCodes } from '../../soak/order-codes.js';
import { readCodesOff } from '../../soak/read-codes.js';
import { seededSuite } from '../../support/seeded.js';
import { codeSurfaces } from './code-surfaces.js';

/** `npm run soak -- codes` reads a thousand. */
const CODES = 50;

describe('codes from the driver to the glass', () => {
  const seeded = seededSuite();
  for (const surface of codeSurfaces()) {
    it(`are read off ${surface.name} by two independent readers, ${CODES} random ones of ${CODES}`, async () => {
      assert.deepEqual(await readCodesOff(surface, randomCodes(CODES, surface.driver, seeded)), []);
    });
  }
});
