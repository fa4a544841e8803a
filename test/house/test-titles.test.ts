import assert from 'node:assert/strict';

interface Titled {
  readonly title: string;
  readonly tests: readonly { readonly title: string }[];
  readonly suites: readonly Titled[];
}

/** Every test that mocha has loaded, as one line each. */
function titlesUnder(suite: Titled, above: string): string[] {
  const here = suite.title === '' ? above : `${above}${suite.title} › `;
  return [...suite.tests.map(({ title }) => here + title), ...suite.suites.flatMap((inner) => titlesUnder(inner, here))];
}

function repeated(titles: readonly string[]): string[] {
  const seen = new Set<string>();
  return titles.filter((title) => seen.size === seen.add(title).size);
}

describe('the tests themselves', () => {
  it('have a title each: no two tests make the same promise', function () {
    let suite = this.test?.parent;
    while (suite?.parent !== undefined) suite = suite.parent;
    assert.ok(suite !== undefined, 'mocha says where this test stands');
    assert.deepEqual(repeated(titlesUnder(suite, '')), []);
  });
});
