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

  it('makes every display of the reference with the defaults of the till API contract', () => {
    const made = ['mertech', 'dgus2', 'escpos', 'line2x20', 'qr-line'].map((driver) => {
      const surface = surfaceFor({ driver, port: 'COM7' }, clock);
      assert.ok(!('refused' in surface), driver);
      const { can, defaultBaudRate } = surface.driver;
      return [surface.driver.model, can.longestCode, can.confirmation, defaultBaudRate, surface.bootDelayMs];
    });
    assert.deepEqual(made, [
      ['mertech', 1000, 'written', 115_200, 0],
      ['dgus2', 154, 'verified', 115_200, 0],
      ['escpos', 1273, 'acked', 9600, 0],
      ['line2x20', 0, 'written', 9600, 0],
      ['qr-line', 306, 'written', 115_200, 8000],
    ]);
  });

  it('refuses what it cannot drive, with a sentence', () => {
    assert.match(
      refusal({ driver: 'toString', port: 'COM7' }) ?? '',
      /no display driver "toString"; use one of: mertech, nextion, dgus2, escpos, line2x20, qr-line, virtual/,
    );
    assert.match(refusal({ driver: 'nextion' }) ?? '', /needs a port/);
    assert.match(refusal({ driver: 'nextion', port: 'COM7', options: { textMax: -1 } }) ?? '', /textMax/);
    assert.match(refusal({ driver: 'dgus2', port: 'COM7', options: { maxPayload: 500 } }) ?? '', /maxPayload/);
    assert.match(refusal({ driver: 'escpos', port: 'COM7', options: { flow: 'dtr' } }) ?? '', /flow/);
    assert.match(refusal({ driver: 'line2x20', port: 'COM7', options: { dialect: 'pos' } }) ?? '', /dialect/);
    assert.match(refusal({ driver: 'qr-line', port: 'COM7', options: { preset: 'x' } }) ?? '', /preset/);
  });
});
