import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pickLines, VERDICTS } from '#src/reconciliation/pick-lines.js';
import type { DayLine } from '#src/reconciliation/recon-ports.js';
import { seededSuite } from '../support/seeded.js';

const NOTHING = { ours: null, theirs: null, oursSettled: null, theirsSettled: null } as const;

describe('picked lines of a day', () => {
  const seeded = seededSuite();

  it('come each once and in order, page by page, however few or many are picked', async () => {
    const stretch = fc.tuple(fc.constantFrom(...VERDICTS), fc.integer({ min: 1, max: 900 }));
    await fc.assert(
      fc.asyncProperty(fc.array(stretch, { maxLength: 12 }), fc.integer({ min: 1, max: 200 }), async (stretches, limit) => {
        const lines = stretches
          .flatMap(([verdict, count]) => Array.from({ length: count }, () => verdict))
          .map((verdict, index): DayLine => {
            const ids = { paymentRequestId: `SHOP1-${index}`, refundRequestId: null, exceptionId: null };
            return { type: 'payment', verdict, ...ids, file: null, line: null, money: NOTHING, counted: NOTHING };
          });
        const read = async (from: number, most: number) => {
          const end = Math.min(from + most, lines.length);
          return { items: lines.slice(from, end), next: end < lines.length ? end : null };
        };
        const pick = { verdict: 'exception', basis: null, currency: null, side: null } as const;
        const found: DayLine[] = [];
        for (let from: number | null = 0; from !== null; ) {
          const page: Awaited<ReturnType<typeof pickLines>> = await pickLines(read, pick, from, limit);
          assert.ok(
            page.items.length <= limit && (page.next === null || page.next > from),
            'a page ends, and the next one is another',
          );
          found.push(...page.items);
          from = page.next;
        }
        assert.deepEqual(
          found.map(({ paymentRequestId }) => paymentRequestId),
          lines.filter(({ verdict }) => verdict === 'exception').map(({ paymentRequestId }) => paymentRequestId),
        );
      }),
      seeded.runs(),
    );
  });
});
