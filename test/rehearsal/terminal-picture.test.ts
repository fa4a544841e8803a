import assert from 'node:assert/strict';
import { symbolLines, terminalLines } from '#src/rehearsal/terminal-picture.js';
import {
  createBitmap,
  drawSymbol,
  fillRectangle,
  qrSymbol,
  readBitmap,
  symbolOn,
} from '#src/simulator/glass-emulators/qr-bitmap.js';

const CODE = 'https://qr.example/281010040000000000000000000000000001';

/** What a camera sees of half blocks: black ink on white, in a dark window. */
function seen(lines: readonly string[]): string | null {
  const width = Math.max(...lines.map((line) => line.length));
  const scale = 4;
  const edge = 30;
  const [wide, high] = [width * scale, lines.length * 2 * scale];
  const bitmap = createBitmap(wide + 2 * edge, high + 2 * edge, 40);
  fillRectangle(bitmap, { x: edge, y: edge, width: wide, height: high }, 255);
  lines.forEach((line, row) => {
    [...line].forEach((character, column) => {
      for (const half of [0, 1]) {
        const isDark = character === '█' || character === (half === 0 ? '▀' : '▄');
        const place = { x: edge + column * scale, y: edge + (2 * row + half) * scale, width: scale, height: scale };
        if (isDark) fillRectangle(bitmap, place, 0);
      }
    });
  });
  return readBitmap(bitmap);
}

const uncoloured = (line: string) => line.replaceAll('\x1b[38;5;16m\x1b[48;5;231m', '').replaceAll('\x1b[0m', '');

describe('picture of a glass in a terminal', () => {
  it('draws a symbol in half blocks that a camera reads', () => {
    for (const length of [1, 43, 54, 100, 170, 300]) {
      const code = CODE.padEnd(length, 'x').slice(0, length);
      const symbol = qrSymbol(Buffer.from(code), 'M');
      assert.ok(symbol !== undefined);
      for (const quiet of [2, 4]) assert.equal(seen(symbolLines(symbol, quiet)), code, `${length} bytes`);
    }
  });

  it('finds the symbol on a picture of the glass, module by module as it stands there', () => {
    for (const length of [1, 43, 54, 100, 170, 255]) {
      const symbol = qrSymbol(Buffer.from(CODE.padEnd(length, 'x').slice(0, length)), 'L');
      assert.ok(symbol !== undefined);
      const bitmap = createBitmap(400, 240, 40);
      drawSymbol(bitmap, { x: 10, y: 10, width: 220, height: 220 }, symbol);
      const found = symbolOn(bitmap);
      assert.equal(found?.size, symbol.size);
      for (let row = 0; row < symbol.size; row += 1) {
        for (let column = 0; column < symbol.size; column += 1) {
          assert.equal(found?.dark(row, column), symbol.dark(row, column), `${length} bytes, ${row} ${column}`);
        }
      }
    }
    assert.equal(symbolOn(createBitmap(100, 100, 255)), null);
  });

  const symbol = qrSymbol(Buffer.from(CODE), 'L') ?? null;
  const screen = {
    head: ['head', ''],
    symbol,
    side: ['t0: HKD 12.34', 'x'.repeat(200)],
    trace: Array.from({ length: 300 }, (_, index) => `trace ${index}`),
    keys: ['u unplug', 'p power off', 'r restart', 'a key whose word is long', 'q quit'],
  };

  it('fills the window, whatever its size, and never more of it', () => {
    for (const [columns, rows] of [
      [1, 1],
      [20, 5],
      [40, 24],
      [80, 24],
      [120, 50],
      [300, 100],
    ] as const) {
      const lines = terminalLines({ ...screen, columns, rows }).map(uncoloured);
      assert.equal(lines.length, rows, `${columns}x${rows}`);
      assert.ok(Math.max(...lines.map((line) => line.length)) <= columns, `${columns}x${rows}`);
    }
  });

  it('counts characters that are two columns wide as such', () => {
    const lines = terminalLines({ ...screen, symbol: null, side: ['t1: 请使用 Alipay+ 扫码付款'], columns: 20, rows: 10 });
    assert.equal(lines[2], 't1: 请使用 Alipay+ …');
  });

  it('puts the code before the keys where there is little room, with the texts beside it', () => {
    const lines = terminalLines({ ...screen, columns: 80, rows: 24 }).map(uncoloured);
    assert.equal(seen(lines.slice(2, 23).map((line) => line.slice(0, 41))), CODE);
    assert.ok(lines.some((line) => line.endsWith('  t0: HKD 12.34')));
  });

  it('says how large the window has to be where the code does not fit, and it fits then', () => {
    const lines = terminalLines({ ...screen, columns: 60, rows: 20 });
    const [, columns = '', rows = ''] = /it needs (\d+) columns and (\d+) lines/.exec(lines.join('\n')) ?? [];
    const enough = terminalLines({ ...screen, columns: Number(columns), rows: Number(rows) }).map(uncoloured);
    assert.equal(seen(enough.slice(2, -1)), CODE);
  });
});
