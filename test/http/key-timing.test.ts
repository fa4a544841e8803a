import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createKeyring } from '#src/http/access.js';
import { keyHash } from '../support/terminal-server.js';

const KEYS = Array.from({ length: 500 }, (_, i) => `timing-key-${String(i).padStart(30, '0')}`);
const ROUNDS = 60;

/** Median of the times of one look-up, µs. */
function medianUs(look: () => unknown): number {
  const times: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const since = performance.now();
    look();
    times.push((performance.now() - since) * 1_000);
  }
  return Math.round(times.sort((a, b) => a - b)[ROUNDS / 2] ?? 0);
}

describe('the time a key takes', () => {
  const ring = createKeyring(KEYS.map((key, holder) => ({ keySha256: [keyHash(key)], holder })));

  it('tells nothing: hashes are compared in constant time, all of them, with no early end', () => {
    const source = readFileSync('src/http/access.ts', 'utf8');
    const find = /find\(presentedKey\) \{([\s\S]*?)\n {4}\},/.exec(source)?.[1] ?? '';
    assert.match(find, /createHash\('sha256'\)\.update\(presentedKey/);
    assert.match(find, /for \(const \{ hash, holder \} of entries\) if \(timingSafeEqual\(hash, presented\)\) found = holder;/);
    assert.doesNotMatch(find, /break|\.find\(|\.some\(|===/);
    assert.equal(find.match(/return/g)?.length, 1, 'one way out');
  });

  it('is printed: the first key, the last, none, and one that differs in its last character', () => {
    const [first = '', last = ''] = [KEYS[0], KEYS.at(-1)];
    const looks: readonly (readonly [string, string, number | undefined])[] = [
      ['first', first, 0],
      ['last', last, 499],
      ['none', 'x'.repeat(first.length), undefined],
      ['nearly', `${first.slice(0, -1)}x`, undefined],
    ];
    for (const [, key, holder] of looks) assert.equal(ring.find(key), holder);
    console.log(
      `      ${looks.map(([what, key]) => `${what} ${medianUs(() => ring.find(key))} µs`).join(', ')} of ${KEYS.length} keys`,
    );
  });
});
