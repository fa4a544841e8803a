import assert from 'node:assert/strict';
import { surfaceFor } from '#src/display/display-settings.js';
import { createManualClock } from '../support/manual-clock.js';

describe('display settings', () => {
  const clock = createManualClock();
  const refusal = (settings: Parameters<typeof surfaceFor>[0]) => {
    const surface = surfaceFor(settings, clock);
    return 'refused' in surface ? surface.refused : undefined;
  };

  it('makes a Nextion panel on its port with the defaults of the reference', () => {
    const surface = surfaceFor({ driver: 'nextion', port: '/dev/ttyUSB0', options: { bootDelayMs: 300 } }, clock);
    assert.ok(!('refused' in surface));
    assert.equal(surface.driver.model, 'nextion');
    assert.equal(surface.driver.can.longestCode, 255);
    assert.deepEqual([surface.port, surface.bootDelayMs, surface.virtual], ['/dev/ttyUSB0', 300, null]);
  });

  it('makes a virtual glass without a port', () => {
    const surface = surfaceFor({ driver: 'virtual' }, clock);
    assert.ok(!('refused' in surface));
    assert.equal(surface.virtual?.frame().kind, 'idle');
  });

  it('refuses what it cannot drive, with a sentence', () => {
    assert.match(
      refusal({ driver: 'escpos', port: 'COM7' }) ?? '',
      /escpos is not built into this version; use one of: mertech, nextion/,
    );
    assert.match(refusal({ driver: 'toString', port: 'COM7' }) ?? '', /no display driver "toString"/);
    assert.match(refusal({ driver: 'nextion' }) ?? '', /needs a port/);
    assert.match(refusal({ driver: 'nextion', port: 'COM7', options: { textMax: -1 } }) ?? '', /textMax/);
  });
});
