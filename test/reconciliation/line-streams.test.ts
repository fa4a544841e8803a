import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type ClearingLine, matchKey } from '#src/reconciliation/clearing-lines.js';
import { lineBlocks } from '#src/reconciliation/line-blocks.js';
import { lineStream, ourStream } from '#src/reconciliation/line-streams.js';
import { seededSuite } from '../support/seeded.js';
import { DAYS } from './recon-samples.js';

describe('the rows of a day, read ahead of the comparison', () => {
  const failing = () =>
    ourStream(
      { ...({} as Parameters<typeof ourStream>[0]), ofDay: async () => Promise.reject(new Error('the disk is gone')) },
      DAYS.day,
      10,
    );

  it('tell whoever asks for them that they could not be read, however late that is', async () => {
    const stream = failing();
    await turn();
    await assert.rejects(stream.fill(), /the disk is gone/);
  });

  it('harm nobody when they cannot be read and the comparison has failed elsewhere', async () => {
    const heard: unknown[] = [];
    const listen = (error: unknown) => void heard.push(error);
    process.on('unhandledRejection', listen);
    failing();
    await turn();
    await turn();
    process.off('unhandledRejection', listen);
    assert.deepEqual(heard, []);
  });
});

describe('the lines of a day, merged out of the sorted runs of its files', () => {
  const seeded = seededSuite();
  const aLine = (line: number, id: number): ClearingLine => ({
    line,
    type: id % 5 === 0 ? 'refund' : 'payment',
    paymentRequestId: id % 7 === 0 ? null : `SHOP1-${id}`,
    paymentId: `9${id}`,
    refundRequestId: id % 7 === 0 ? null : `SHOP1-${id}`,
    refundId: `8${id}`,
    time: '2026-03-05T10:16:07+08:00',
    amount: { currency: 'JPY', value: '1980' },
    settlement: { currency: 'USD', value: '1327', direction: 'C' },
    feeType: null,
    unknown: null,
  });
  const aRun = fc.record(
    {
      fileId: fc.integer({ min: 1, max: 3 }),
      ids: fc.array(fc.nat({ max: 9999 }), { minLength: 1, maxLength: 2500, size: 'max' }),
    },
    { noNullPrototype: true },
  );

  it('come each once, by key, then by file and line', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(aRun, { maxLength: 9, size: 'max' }), async (all) => {
        const stored = all.map(({ fileId, ids }, run) => {
          const lines = ids.map((id, n) => aLine(10_000 * run + n, id));
          const bodies = lineBlocks('items', lines).flatMap(({ section, body }) => (section === 'items' ? [body] : []));
          return { fileId, run, lines, bodies };
        });
        const books = {
          ...({} as Parameters<typeof lineStream>[0]),
          runs: async () => stored,
          blocks: async ({ run }: { readonly run: number }, _section: string, from: number, many: number) =>
            stored[run]?.bodies.slice(from, from + many) ?? [],
        };
        const stream = await lineStream(books, 'items', [1, 2, 3]);
        await stream.fill();
        const met: string[] = [];
        for (let block = stream.at(); block !== undefined; block = stream.at()) {
          const one = block.lineAt(stream.index());
          met.push(`${matchKey(one)} ${block.fileId} ${String(one.line).padStart(9, '0')}`);
          if (!stream.step()) await stream.fill();
        }
        const wanted = stored.flatMap(({ fileId, lines }) =>
          lines.map((one) => `${matchKey(one)} ${fileId} ${String(one.line).padStart(9, '0')}`),
        );
        assert.deepEqual(met, wanted.toSorted());
      }),
      seeded.runs(10),
    );
  });
});
