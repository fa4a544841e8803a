import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Frame } from '#src/display/display-driver.js';
import { createEscposDriver } from '#src/display/drivers/escpos.js';
import { ESCPOS_DEFAULTS } from '#src/display/drivers/escpos-options.js';
import { createPrinterParser } from '#src/display/drivers/escpos-status.js';
import { createEscposGlass, type EscposGlass, type EscposGlassOptions } from '#src/simulator/glass-emulators/escpos-glass.js';
import { connectDriver, standInOf } from '../../conformance/display-driver-suite.js';
import { readByTwo } from '../../support/two-readers.js';

const CODE = 'https://q.example/AB';
const FRAME: Frame = { kind: 'scan', codeText: CODE, amount: { currency: 'JPY', value: '1980' }, expiresAt: instant(0) };

/** A driver that leaves it to the printer who draws, talking to one. */
async function connect(printer: EscposGlassOptions) {
  const driver = createEscposDriver({ ...ESCPOS_DEFAULTS, native: 'auto' });
  let glass: EscposGlass | undefined;
  const { run } = await connectDriver({
    driver,
    device(reply, clock) {
      glass = createEscposGlass({ clock, paced: false, msPerDot: 0, ...printer });
      return standInOf(glass, reply);
    },
  });
  assert.ok(glass !== undefined);
  return { driver, run, glass };
}

describe('escpos driver with native: auto', () => {
  for (const [who, printer, drawnBy] of [
    ['lets a printer draw that says how large a symbol would be', {}, 'display'],
    ['sends a picture to a printer without a QR generator', { native: false }, 'bridge'],
    ['sends a picture to a generator that does not say what it can', { tellsSize: false }, 'bridge'],
  ] as const) {
    it(`${who}, and prints nothing to find out`, async () => {
      const { driver, run, glass } = await connect(printer);
      assert.equal((await run(driver.wake())).kind, 'done');
      assert.deepEqual(
        glass.slips().filter(({ lines, drawn }) => lines.length + drawn.length > 0),
        [],
      );
      assert.equal(driver.symbol?.(CODE)?.drawnBy, drawnBy);
      assert.deepEqual(await run(driver.paint(FRAME)), { kind: 'done', proof: 'acked' });
      assert.deepEqual(glass.slips()[0]?.drawn, drawnBy === 'display' ? [CODE] : []);
      assert.deepEqual(await readByTwo(glass), [CODE, CODE]);
    });
  }

  it('asks again each time the printer is found, since it may be another one', async () => {
    const { driver, run } = await connect({});
    await run(driver.wake());
    assert.equal(driver.symbol?.(CODE)?.drawnBy, 'display');
    driver.wake();
    assert.equal(driver.symbol?.(CODE)?.drawnBy, 'bridge');
  });

  it('says what keeps the printer from printing before it asks, which waits for paper', async () => {
    const { driver, run, glass } = await connect({});
    glass.setTrouble({ noPaper: true });
    const outcome = await run(driver.wake());
    assert.deepEqual(outcome, { kind: 'refused', step: 'cover and errors', why: 'it has no paper' });
  });
});

describe('what a printer says', () => {
  const answer = [...Buffer.from('76126\x1f126\x1f1\x1f0\0', 'latin1')];
  const kinds = (...bytes: readonly number[]) =>
    createPrinterParser()
      .push(Uint8Array.from(bytes))
      .map(({ kind }) => kind);

  it('is one message for the size of a symbol, with XON and XOFF in it, whatever pieces it comes in', () => {
    assert.deepEqual(kinds(0x12, ...answer, 0x00), ['status', 'size', 'done']);
    assert.deepEqual(kinds(...answer.slice(0, 4), 0x13, 0x11, ...answer.slice(4)), ['flow', 'flow', 'size']);
    const parser = createPrinterParser();
    const pieces = answer.flatMap((byte) => parser.push(Uint8Array.of(byte)));
    assert.deepEqual(
      pieces.map(({ kind }) => kind),
      ['size'],
    );
  });

  it('is read on after something that only began like a size', () => {
    assert.deepEqual(kinds(0x37, 0x12), ['status']);
    assert.deepEqual(kinds(0x37, 0x36, 0x00), ['done']);
    assert.deepEqual(kinds(0x37, ...answer), ['size']);
    assert.deepEqual(kinds(...answer.slice(0, 8), 0x12), ['status']);
  });
});
