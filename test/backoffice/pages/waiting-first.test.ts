import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ListPart, waitingFirst } from '#src/backoffice/pages/waiting-first.js';
import { seededSuite } from '../../support/seeded.js';

interface Thing {
  readonly id: string;
  readonly waits: boolean;
}

/** A list as the books would read it. */
const listOf =
  (things: readonly Thing[]): ListPart<Thing> =>
  async ({ waits, after, limit }) => {
    const sign = waits ? 1 : -1;
    return things
      .filter((one) => one.waits === waits && (after === null || sign * (Number(one.id) - Number(after)) > 0))
      .sort((a, b) => sign * (Number(a.id) - Number(b.id)))
      .slice(0, limit);
  };

describe('a list of what waits for people', () => {
  const seeded = seededSuite();

  it('shows everything once, page by page: what waits, longest first, then what is over, newest first', async () => {
    const flags = fc.array(fc.boolean(), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(flags, fc.integer({ min: 1, max: 7 }), async (waits, size) => {
        const things = waits.map((one, index) => ({ id: String(index + 1), waits: one }));
        const seen: string[] = [];
        let cursor: string | null = '';
        for (let pages = 0; cursor !== null; pages += 1) {
          assert.ok(pages <= things.length, 'it comes to an end');
          const page: Awaited<ReturnType<typeof waitingFirst<Thing>>> = await waitingFirst(listOf(things), cursor, size);
          assert.equal(page.isFirst, cursor === '');
          assert.ok(page.waiting.length + page.over.length <= size);
          assert.ok(page.next === null || page.waiting.length + page.over.length === size, 'no page is short but the last');
          seen.push(...[...page.waiting, ...page.over].map(({ id }) => id));
          cursor = page.next;
        }
        const ids = (wanted: boolean) => things.filter((one) => one.waits === wanted).map(({ id }) => id);
        assert.deepEqual(seen, [...ids(true), ...ids(false).toReversed()]);
      }),
      seeded.runs(200),
    );
  });

  it('begins at the beginning for a cursor that is none', async () => {
    const list = listOf([{ id: '1', waits: true }]);
    for (const cursor of ['x9', 'w-1', 'o1; drop', '\u202e', 'w12345678901234567']) {
      const { waiting, isFirst } = await waitingFirst(list, cursor, 5);
      assert.deepEqual([waiting.length, isFirst], [1, true], cursor);
    }
  });
});
