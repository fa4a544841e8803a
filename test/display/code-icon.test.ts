import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { create } from 'qrcode';
import { type CodeDrawing, codeDrawings, drawingPng, isInk, pixelsOf } from '#src/display/code-drawing.js';
import { type CodeIcon, iconBox, readIcon } from '#src/display/code-icon.js';
import { readPng } from '#src/simulator/glass-emulators/qr-bitmap.js';
import { seededSuite } from '../support/seeded.js';
import { iconPng, type TestIcon } from '../support/test-icon.js';
import { readByTwo } from '../support/two-readers.js';

const SHAPES: readonly [TestIcon, ...TestIcon[]] = ['plus', 'dark', 'light', 'stripes', 'chequered'];

describe('icon in the middle of a code', () => {
  const seeded = seededSuite();
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-icon-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (bytes: Uint8Array, name = 'icon.png') => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const iconOf = (shape: TestIcon): CodeIcon => {
    const icon = readIcon(write(iconPng(shape)));
    assert.ok(!('refused' in icon));
    return icon;
  };
  const best = (code: string, icon: CodeIcon, ecc?: 'Q' | 'H'): CodeDrawing => {
    const [drawing] = codeDrawings(code, { icon, ecc });
    assert.ok(drawing !== undefined);
    return drawing;
  };
  const codeOf = (length: number) =>
    Array.from({ length }, () => seeded.pick(['a', ...'bcdefXYZ0123456789-_%/&=?.']))
      .join('')
      .replace(/^.{0,19}/, 'https://qr.example/'.slice(0, length));

  it('is read over by two readers, whatever code and icon', async function () {
    this.timeout(120_000);
    for (const shape of SHAPES) {
      const icon = iconOf(shape);
      for (let round = 0; round < 5; round += 1) {
        const code = codeOf(seeded.whole(25, 300));
        const drawing = best(code, icon);
        assert.deepEqual([drawing.matrix.level, drawing.icon === null], ['H', false]);
        const png = drawingPng(drawing, seeded.whole(3, 8));
        assert.deepEqual(
          await readByTwo({ picture: () => png, readCode: () => readPng(png) }),
          [code, code],
          `${shape}: ${code}`,
        );
      }
    }
  });

  it('covers at most 15 % of the symbol, in its middle, and no finder, timing or format area', () => {
    for (let modules = 21; modules <= 177; modules += 4) {
      const box = iconBox(modules);
      if (box === undefined) continue;
      assert.ok(box.side ** 2 <= 0.15 * modules ** 2, `${modules} modules: ${box.side}`);
      assert.equal(box.from * 2 + box.side, modules);
      // Finders with their format areas end at the ninth module, timing lies in the seventh, the last alignment pattern begins 9 before the end.
      assert.ok(box.from >= 9 && box.from + box.side <= modules - 9, `${modules} modules`);
    }
    assert.equal(iconBox(29), undefined, 'too small to bear one');
    assert.deepEqual([iconBox(33)?.side, iconBox(41)?.side], [7, 13]);
  });

  it('leaves half of the correction of every block, in every version', () => {
    for (let version = 1; version <= 40; version += 1) {
      const box = iconBox(17 + 4 * version);
      if (box !== undefined) assert.ok(spoiledShare(version, box) <= 0.5, `version ${version}: ${spoiledShare(version, box)}`);
    }
  });

  it('stands on whole modules with a light ring of one module around it', () => {
    const drawing = best(codeOf(54), iconOf('dark'));
    const box = drawing.icon?.box;
    assert.ok(box !== undefined);
    const colourAt = pixelsOf(drawing, 5);
    for (let row = 0; row < drawing.matrix.size; row += 1) {
      for (let column = 0; column < drawing.matrix.size; column += 1) {
        const inBox: boolean = [row, column].every((at) => at >= box.from && at < box.from + box.side);
        const onRing: boolean = inBox && [row, column].some((at) => at === box.from || at === box.from + box.side - 1);
        const wanted: boolean = inBox ? !onRing : drawing.matrix.dark(row, column);
        for (const [dx, dy] of [
          [0, 0],
          [4, 4],
          [2, 3],
        ] as const) {
          assert.equal(isInk(colourAt(column * 5 + dx, row * 5 + dy)), wanted, `${row} ${column}`);
        }
      }
    }
  });

  it('is left out, and the level falls, where H does not hold the code', () => {
    const icon = iconOf('plus');
    const levels = (length: number) => {
      const { matrix, icon: drawn } = best('a'.repeat(length), icon);
      return [matrix.level, drawn === null];
    };
    assert.deepEqual(levels(1273), ['H', false]);
    assert.deepEqual(levels(1274), ['Q', true]);
    assert.deepEqual(levels(2953), ['L', true]);
    assert.deepEqual(levels(10), ['H', true], 'a symbol that is too small for one');
  });

  it('keeps its colours on white, and its form in a picture that is not square', () => {
    const icon = readIcon(write(iconPng('dark', { width: 64, height: 52 })));
    assert.ok(!('refused' in icon));
    const drawing = best(codeOf(54), icon);
    const { data, width } = PNG.sync.read(drawingPng(drawing, 8));
    const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
    const middle = Math.floor(width / 2);
    assert.deepEqual(pixel(middle, middle), [10, 30, 120]);
    const { from, side } = drawing.icon?.box ?? { from: 0, side: 0 };
    const top = (from + 1 + 4) * 8;
    assert.deepEqual(pixel(middle, top), [255, 255, 255], 'white above a picture that is wider than high');
    assert.equal(side % 2, 1);
  });

  it('is refused with the reason when its file cannot be one', () => {
    const whole = iconPng('plus');
    const refusalOf = (file: string) => {
      const icon = readIcon(file);
      return 'refused' in icon ? icon.refused : undefined;
    };
    assert.equal(refusalOf(join(folder, 'nowhere.png')), 'does not exist');
    assert.equal(refusalOf(write(Buffer.from('GIF89a, not a picture of ours, but long enough'))), 'is not a PNG');
    assert.equal(refusalOf(write(new Uint8Array(0))), 'is not a PNG');
    assert.equal(refusalOf(write(whole.subarray(0, 60))), 'cannot be read as a PNG');
    assert.match(
      refusalOf(write(iconPng('plus', { width: 8, height: 8 }))) ?? '',
      /^has 8 x 8 pixels; an icon has 16 to 1024 a side$/,
    );
    assert.match(refusalOf(write(iconPng('plus', { width: 1025, height: 1000 }))) ?? '', /1025 x 1000/);
    assert.match(refusalOf(write(iconPng('plus', { width: 64, height: 40 }))) ?? '', /about as wide as high/);
    assert.equal(refusalOf(write(Buffer.concat([whole, Buffer.alloc(256 * 1024)]))), 'is larger than 256 KiB');
    assert.match(refusalOf(folder) ?? '', /^cannot be read \(EISDIR\)$/);
    const wide = Buffer.from(whole);
    wide.writeUInt32BE(64, 16);
    wide.writeUInt32BE(70, 20);
    assert.equal(refusalOf(write(wide)), 'cannot be read as a PNG', 'a size that its header only claims');
  });
});

/** Block structure of ISO/IEC 18004, as the encoder knows it. */
const require = createRequire(import.meta.url);
const correction = require('qrcode/lib/core/error-correction-code.js') as {
  getBlocksCount(version: number, level: unknown): number;
  getTotalCodewordsCount(version: number, level: unknown): number;
};
const { getSymbolTotalCodewords } = require('qrcode/lib/core/utils.js') as { getSymbolTotalCodewords(version: number): number };
const { H } = require('qrcode/lib/core/error-correction-level.js') as { H: unknown };

/** The codeword that each module belongs to, in the zigzag of ISO/IEC 18004, 7.7.3. */
function codewords(version: number): (row: number, column: number) => number | undefined {
  const { modules } = create([{ data: Buffer.from('A'), mode: 'byte' }], { version, errorCorrectionLevel: 'H' });
  const { size } = modules;
  const owner = new Map<number, number>();
  let bit = 0;
  let goesUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1;
    for (let step = 0; step < size; step += 1) {
      const row = goesUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (modules.isReserved(row, column) !== 0) continue;
        owner.set(row * size + column, bit >> 3);
        bit += 1;
      }
    }
    goesUp = !goesUp;
  }
  return (row, column) => owner.get(row * size + column);
}

/** Of the codewords that correction can repair in one block, the largest share that a box hides, in whichever block it hides most. */
function spoiledShare(version: number, box: { readonly from: number; readonly side: number }): number {
  const total = getSymbolTotalCodewords(version);
  const blocks = correction.getBlocksCount(version, H);
  const data = total - correction.getTotalCodewordsCount(version, H);
  const short = Math.floor(data / blocks);
  const inShort = blocks - (total % blocks);
  const blockOf: number[] = [];
  for (let i = 0; i <= short; i += 1) {
    for (let block = 0; block < blocks; block += 1) if (i < short || block >= inShort) blockOf.push(block);
  }
  for (let i = blockOf.length; i < total; i += 1) blockOf.push((i - data) % blocks);
  const at = codewords(version);
  const hidden = new Set<number>();
  for (let row = box.from; row < box.from + box.side; row += 1) {
    for (let column = box.from; column < box.from + box.side; column += 1) {
      const codeword = at(row, column);
      if (codeword !== undefined && codeword < total) hidden.add(codeword);
    }
  }
  const perBlock = Array.from({ length: blocks }, () => 0);
  for (const codeword of hidden) {
    const block = blockOf[codeword] ?? 0;
    perBlock[block] = (perBlock[block] ?? 0) + 1;
  }
  const repairs = Math.floor((total - data) / blocks / 2);
  return Math.max(...perBlock) / repairs;
}
