import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readStrictJson } from '#src/http/strict-json.js';
import { seededSuite } from '../support/seeded.js';

describe('strict JSON', () => {
  const seeded = seededSuite();
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        const read = readStrictJson(text);
        assert.deepEqual(read, { ok: true, value: JSON.parse(text) });
      }),
      seeded.runs(),
    );
  });

  it('never reads what JSON.parse refuses', () => {
    const json = fc.json({ maxDepth: 4 }).filter((text) => text.length > 0);
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.constantFrom('', ',', '"', '\\', '{', '}', '[', ']', '\u0001', '01', 'x', ':'),
        (text, at, odd) => {
          const place = at % (text.length + 1);
          const spoilt = text.slice(0, place) + odd + text.slice(place + 1);
          let legal = true;
          try {
            JSON.parse(spoilt);
          } catch {
            legal = false;
          }
          const read = readStrictJson(spoilt);
          if (!legal) assert.equal(read.ok, false, spoilt);
        },
      ),
      seeded.runs(),
    );
  });

  const refused: readonly [string, string, string, RegExp][] = [
    ['a name that stands twice', '{"a":1,\n "a":2}', 'a', /twice.*line 2, column 2/],
    ['a name that stands twice, once written as an escape', '{"a":1,"\\u0061":2}', 'a', /twice/],
    ['a name that stands twice further in', '{"amount":{"value":"1","value":"2"}}', 'amount.value', /twice/],
    ['a name that stands twice in a list', '{"goods":[{"x":1},{"x":1,"x":1}]}', 'goods[1].x', /twice/],
    ['__proto__', '{"__proto__":{}}', '__proto__', /not allowed/],
    ['__proto__ written as an escape', '{"a":{"\\u005f_proto__":1}}', 'a.__proto__', /not allowed/],
    ['an empty text', '', 'body', /ends too early \(line 1, column 1\)/],
    ['a cut text', '{"a":', 'a', /ends too early/],
    ['something behind the end', '{} {}', 'body', /not JSON \(line 1, column 4\)/],
    ['a comma too many', '[1,]', '[1]', /not JSON/],
    ['single quotes', "{'a':1}", 'body', /not JSON/],
    ['a bare line break in a string', '{"a":"x\ny"}', 'a', /control character.*line 1, column 8/],
    ['a number with a leading zero', '{"a":01}', 'body', /not JSON/],
    ['NaN', '{"a":NaN}', 'a', /not JSON/],
    ['a half escape', '{"a":"\\u12"}', 'a', /not JSON/],
    ['33 levels', '['.repeat(33) + ']'.repeat(33), `${'[0]'.repeat(32)}`, /deeper than 32/],
    ['a hundred thousand levels', '['.repeat(100_000), `${'[0]'.repeat(32)}`, /deeper than 32/],
  ];
  for (const [what, text, path, message] of refused) {
    it(`refuses ${what} and names the place`, () => {
      const read = readStrictJson(text);
      assert.equal(read.ok, false);
      assert.equal(read.ok === false && read.path, path);
      assert.match(read.ok === false ? read.message : '', message);
    });
  }

  it('takes 32 levels', () => {
    assert.equal(readStrictJson('['.repeat(32) + ']'.repeat(32)).ok, true);
  });

  it('reads a long string quickly', () => {
    const text = JSON.stringify({ a: `${'\\"x'.repeat(60_000)}` });
    assert.equal(readStrictJson(text).ok, true);
  });
});
