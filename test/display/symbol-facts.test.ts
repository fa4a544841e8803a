import assert from 'node:assert/strict';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { symbolFacts, tooSmallToScan } from '#src/display/symbol-facts.js';
import { createManualClock } from '../support/manual-clock.js';

const clock = createManualClock();

function factsOf(driver: string, options: DisplaySettings['options'], codeText: string) {
  const settings: DisplaySettings = { driver, port: driver === 'virtual' ? undefined : '/dev/ttyUSB0', options };
  const surface = surfaceFor(settings, clock);
  assert.ok(!('refused' in surface));
  return { facts: symbolFacts(surface.driver, settings, codeText), refusal: surface.driver.refuses(codeText) };
}

const code = (length: number) => 'https://qr.example/'.padEnd(length, 'abcXYZ0189-_');
/** The panels of display reference 10.2, with the whole short side for the code. */
const PANEL = {
  '2.4"': { screenPx: 320, screenMm: 320 * 0.152, codePx: 240 },
  '4.3"': { screenPx: 480, screenMm: 480 * 0.198, codePx: 272 },
  '64 rows': { screenPx: 244, screenMm: 244 * 0.3, codePx: 68 },
};

describe('symbol on a glass', () => {
  it('has the sizes of the reference', () => {
    const { facts } = factsOf('nextion', PANEL['4.3"'], code(54));
    assert.deepEqual([facts?.version, facts?.modules, facts?.modulePixels, facts?.moduleMm?.toFixed(2)], [4, 33, 6, '1.19']);
    assert.deepEqual([facts?.level, facts?.drawnBy, facts?.mark, facts?.quietZoneModules], [null, 'display', 'beside', 4]);
    const small = factsOf('nextion', PANEL['2.4"'], code(170)).facts;
    assert.deepEqual([small?.modulePixels, small?.moduleMm?.toFixed(2)], [3, '0.46']);
    assert.match(small?.hints.join(' ') ?? '', /Modules of 0\.46 mm are small.*closer than 24 cm/);
  });

  it('has one of two sizes on a DGUS panel, at level L', () => {
    assert.deepEqual(factsOf('dgus2', {}, code(154)).facts?.modules, 45);
    const large = factsOf('dgus2', { maxPayload: 248, modulePx: 3 }, code(155)).facts;
    assert.deepEqual([large?.modules, large?.version, large?.level, large?.modulePixels], [73, 14, 'L', 3]);
  });

  it('is ours, at the configured level, where we draw it', () => {
    const { facts } = factsOf('virtual', { ecc: 'H' }, code(54));
    assert.deepEqual([facts?.level, facts?.drawnBy, facts?.hints], ['H', 'bridge', []]);
  });

  it('does not exist on a text display, and bears no mark where no words fit', () => {
    assert.equal(factsOf('line2x20', {}, code(54)).facts, undefined);
    assert.equal(factsOf('mertech', {}, code(54)).facts?.mark, 'none');
  });

  it('tells that the size is not known rather than guessing it', () => {
    const { facts, refusal } = factsOf('nextion', {}, code(54));
    assert.deepEqual([facts?.modulePixels, facts?.moduleMm, facts?.tooSmall, refusal], [null, null, null, undefined]);
    assert.match(facts?.hints[0] ?? '', /size is not known: give screenMm/);
  });
});

describe('code that is too small to scan', () => {
  it('is refused before it is shown when a module would be too fine for a phone', () => {
    const { refusal } = factsOf('nextion', PANEL['64 rows'], code(43));
    assert.equal(refusal, 'a module of this code would be 0.30 mm on this glass; phones need 0.4 mm');
  });

  it('is refused when it does not fit at all', () => {
    const { refusal } = factsOf('nextion', { codePx: 60 }, code(250));
    assert.equal(refusal, 'the symbol of this code has 57 modules and needs 65 pixels at least, the glass has 60 for it');
    assert.match(
      factsOf('dgus2', { codePx: 200, modulePx: 3, maxPayload: 248 }, code(160)).refusal ?? '',
      /needs 219 pixels, the glass has 200/,
    );
  });

  it('is not refused for a level that the firmware only may use', () => {
    // At level L version 4 fits 41 pixels, at M it takes version 5.
    assert.equal(tooSmallToScan({ driver: 'nextion', options: { codePx: 41 } }, code(78)), undefined);
  });

  it('is still refused for what the driver itself cannot carry', () => {
    assert.match(factsOf('nextion', PANEL['4.3"'], code(300)).refusal ?? '', /300 bytes/);
  });
});
