import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { type CodeMatrix, codeMatrix, codePng, codeSvg } from '#src/display/order-code-image.js';
import { seededSuite } from '../support/seeded.js';

const wasmFile = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');

function matrixOf(
  code: string,
  ...level: Parameters<typeof codeMatrix> extends [unknown, ...infer Rest] ? Rest : never
): CodeMatrix {
  const matrix = codeMatrix(code, ...level);
  assert.ok(matrix);
  return matrix;
}

/** What two independent readers see. */
async function readers(picture: Buffer): Promise<readonly (string | undefined)[]> {
  const { data, width, height } = PNG.sync.read(picture);
  const pixels = new Uint8ClampedArray(data);
  const [found] = await readBarcodes({ data: pixels, width, height, colorSpace: 'srgb' } as ImageData, { formats: ['QRCode'] });
  const read = typeof jsqr === 'function' ? jsqr : (jsqr as { default: typeof import('jsqr').default }).default;
  return [read(pixels, width, height)?.data, found?.text];
}

describe('order code picture', () => {
  const seeded = seededSuite();
  before(() => {
    prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasmFile).buffer as ArrayBuffer } });
  });

  it('is read back byte for byte by two readers, whatever the code', async function () {
    this.timeout(30_000);
    const url = fc.stringMatching(/^https:\/\/[a-z]{1,12}\.example\/[A-Za-z0-9%?&=_./-]{1,160}$/);
    const printable = fc.stringMatching(/^[\x20-\x7e]{1,120}$/);
    await fc.assert(
      fc.asyncProperty(fc.oneof(url, printable), async (code) => {
        assert.deepEqual(await readers(codePng(matrixOf(code), 4)), [code, code]);
      }),
      seeded.runs(40),
    );
  });

  it('is at level Q, in the smallest symbol', () => {
    for (const [length, size] of [
      [11, 21],
      [12, 25],
      [46, 33],
      [47, 37],
      [60, 37],
      [74, 41],
    ] as const) {
      const matrix = matrixOf('a'.repeat(length));
      assert.deepEqual([matrix.size, matrix.level], [size, 'Q'], `${length} bytes`);
    }
    assert.equal(matrixOf('a'.repeat(53), 'H').size, 41);
  });

  it('falls back to the strongest level that still holds the code', async () => {
    for (const [length, level] of [
      [1663, 'Q'],
      [1664, 'M'],
      [2331, 'M'],
      [2332, 'L'],
      [2953, 'L'],
    ] as const) {
      assert.equal(matrixOf('a'.repeat(length)).level, level, `${length} bytes`);
    }
    const longest = 'a'.repeat(2953);
    assert.ok((await readers(codePng(matrixOf(longest), 3))).includes(longest));
  });

  it('does not exist for a code that no symbol holds', () => {
    assert.equal(codeMatrix('a'.repeat(2954)), undefined);
    assert.equal(codeMatrix('1'.repeat(2954)), undefined);
    assert.equal(codeMatrix('é'.repeat(1477)), undefined);
    assert.equal(codeMatrix(''), undefined);
  });

  it('has a light margin of four modules, whole pixels and nothing but black and white', () => {
    const matrix = matrixOf('https://qr.example/1');
    const { data, width, height } = PNG.sync.read(codePng(matrix, 5));
    assert.equal(width, (matrix.size + 8) * 5);
    assert.equal(height, width);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const grey = data[(y * width + x) * 4];
        const dark = matrix.dark(Math.floor(y / 5) - 4, Math.floor(x / 5) - 4);
        assert.equal(grey, dark ? 0 : 255);
      }
    }
  });

  it('draws the same modules as SVG', () => {
    const matrix = matrixOf('https://qr.example/1');
    const svg = codeSvg(matrix);
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="264" height="264" viewBox="0 0 33 33"/);
    const drawn = new Set<string>();
    for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      for (let i = 0; i < Number(width); i += 1) drawn.add(`${Number(x) + i - 4} ${Number(y) - 4}`);
    }
    for (let row = 0; row < matrix.size; row += 1) {
      for (let column = 0; column < matrix.size; column += 1) {
        assert.equal(drawn.delete(`${column} ${row}`), matrix.dark(row, column));
      }
    }
    assert.equal(drawn.size, 0);
  });
});
