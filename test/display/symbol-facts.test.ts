import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant, systemClock } from '#src/base/clock.js';
import { openConversation } from '#src/display/conversation.js';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { symbolFacts } from '#src/display/symbol-facts.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import type { NextionComponent } from '#src/simulator/glass-emulators/nextion-project.js';
import { createManualClock } from '../support/manual-clock.js';
import { iconPng } from '../support/test-icon.js';

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

  it('is on paper what the printer is told: smaller modules, then a weaker level, where the paper is narrow', () => {
    const wide = factsOf('escpos', { moduleDots: 6 }, code(54)).facts;
    assert.deepEqual(
      [wide?.level, wide?.modules, wide?.modulePixels, wide?.moduleMm, wide?.drawnBy],
      ['Q', 37, 6, 0.75, 'display'],
    );
    const narrow = factsOf('escpos', { moduleDots: 6, columns: 32 }, code(170)).facts;
    assert.deepEqual([narrow?.level, narrow?.modules, narrow?.modulePixels, narrow?.moduleMm], ['Q', 61, 5, 0.625]);
    const narrower = factsOf('escpos', { moduleDots: 6, columns: 20 }, code(170)).facts;
    assert.deepEqual([narrower?.level, narrower?.modulePixels, narrower?.tooSmall], ['L', 4, null]);
    const picture = factsOf('escpos', { native: false, columns: 32 }, code(170)).facts;
    assert.deepEqual([picture?.drawnBy, picture?.modulePixels], ['bridge', 5]);
  });

  it('has the dots and the width of the printer that the settings name', () => {
    const fine = { screenMm: 72, screenPx: 864 };
    const { facts } = factsOf('escpos', { moduleDots: 8, ...fine }, code(54));
    assert.deepEqual([facts?.modulePixels, facts?.moduleMm?.toFixed(3)], [8, '0.667']);
    assert.match(
      factsOf('escpos', { moduleDots: 4, ...fine }, code(54)).refusal ?? '',
      /a module of 4 dots is 0\.33 mm; phones need 0\.4 mm/,
    );
  });

  it('bears the mark inside where an icon is drawn, beside it where words stand, and says so when an icon is left out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocbridge-symbol-'));
    const icon = join(folder, 'icon.png');
    writeFileSync(icon, iconPng());
    const seen = (driver: string, options: DisplaySettings['options'], length: number) => {
      const { facts } = factsOf(driver, options, code(length));
      return [facts?.mark, facts?.level, facts?.hints.filter((hint) => hint.includes('icon')).join()];
    };
    assert.deepEqual(seen('virtual', { icon }, 54), ['inside', 'H', '']);
    assert.deepEqual(seen('escpos', { icon, native: false }, 54), ['inside', 'H', '']);
    assert.deepEqual(seen('virtual', {}, 54), ['beside', 'Q', '']);
    assert.deepEqual(seen('virtual', { icon }, 20), [
      'beside',
      'H',
      'The icon is left out of this code: the symbol of so short a code is too small for it.',
    ]);
    assert.deepEqual(seen('escpos', { icon, native: false, columns: 20 }, 100), [
      'beside',
      'Q',
      'The icon is left out of this code: at error correction H this code does not fit.',
    ]);
    rmSync(folder, { recursive: true });
  });

  it('has the mark beside it only where its words are shown', () => {
    const none = { components: { qr: 'qr0', amount: 't0', line1: '', line2: '' } };
    assert.equal(factsOf('nextion', none, code(54)).facts?.mark, 'none');
    assert.equal(factsOf('dgus2', { vp: { line1: 0 } }, code(54)).facts?.mark, 'none');
    assert.equal(factsOf('qr-line', {}, code(54)).facts?.mark, 'beside');
    const bare = { templates: { showCode: 'Show**{payload}**{amount}' } };
    assert.equal(factsOf('qr-line', bare, code(54)).facts?.mark, 'none');
  });

  it('has no mark beside it where the panel lacks the text component, or cuts the words', async () => {
    const texts = (t1: readonly NextionComponent[]): readonly NextionComponent[] => [{ name: 't0', kind: 'text' }, ...t1];
    const marks = [];
    for (const t1 of [[{ name: 't1', kind: 'text', textMax: 10 }], [], [{ name: 't1', kind: 'text' }]] as const) {
      const project = [
        { name: 'idle', components: [] },
        { name: 'pay', components: [{ name: 'qr0', kind: 'qr' } as const, ...texts(t1)] },
      ];
      const glass = createNextionGlass({ project, paced: false });
      const settings: DisplaySettings = { driver: 'nextion', port: (await glass.listenTcp()).url };
      const surface = surfaceFor(settings, systemClock);
      assert.ok(!('refused' in surface));
      const { driver } = surface;
      const talk = await openConversation(driver, surface.open, systemClock, () => {});
      const frame = {
        kind: 'scan',
        codeText: code(54),
        amount: { currency: 'USD', value: '1980' },
        expiresAt: instant(0),
      } as const;
      for (const steps of [driver.wake(), driver.blank(), driver.paint(frame)])
        assert.equal((await talk.run(steps)).kind, 'done');
      const facts = symbolFacts(driver, settings, frame.codeText);
      marks.push([facts?.mark, facts?.hints.filter((hint) => hint.includes('t1')).join()]);
      await talk.close();
      await glass.stop();
    }
    assert.deepEqual(marks, [
      ['none', "t1 holds only 10 bytes of the words beside the code: raise its txt_maxl in the panel's project."],
      ['none', 'The panel has no t1 on its page pay for the words beside the code.'],
      ['beside', ''],
    ]);
  });

  it('takes no icon where the display draws the code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocbridge-symbol-'));
    const icon = join(folder, 'icon.png');
    writeFileSync(icon, iconPng());
    for (const [driver, options] of [
      ['nextion', { icon }],
      ['mertech', { icon }],
      ['escpos', { icon }],
      ['line2x20', { icon }],
    ] as const) {
      const surface = surfaceFor({ driver, port: 'COM7', options }, clock);
      assert.match('refused' in surface ? surface.refused : '', /draws the code itself, so no icon can stand in it/, driver);
    }
    const missing = surfaceFor({ driver: 'virtual', options: { icon: join(folder, 'none.png') } }, clock);
    assert.match('refused' in missing ? missing.refused : '', /none\.png does not exist\.$/);
    rmSync(folder, { recursive: true });
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
    assert.equal(
      refusal,
      'the symbol of this code has 57 modules and needs 65 pixels at least with its margin, the glass has 60 for it',
    );
    assert.match(
      factsOf('dgus2', { codePx: 200, modulePx: 3, maxPayload: 248 }, code(160)).refusal ?? '',
      /needs 243 pixels with its margin, the glass has 200/,
    );
  });

  it('is not refused for a level that the firmware only may use', () => {
    // At level L version 4 fits 41 pixels, at M it takes version 5.
    assert.equal(factsOf('nextion', { codePx: 41 }, code(78)).refusal, undefined);
  });

  it('is still refused for what the driver itself cannot carry', () => {
    assert.match(factsOf('nextion', PANEL['4.3"'], code(300)).refusal ?? '', /300 bytes/);
  });
});
