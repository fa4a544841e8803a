import assert from 'node:assert/strict';
import type { AdminAnswer } from '#src/technician/admin-messages.js';
import { showProgress } from '#src/technician/show-progress.js';
import { createManualClock } from '../support/manual-clock.js';

const FILE = 'transactionItems_2026.csv';
/** What long work says about itself, one after the other. */
const SAYS = [
  null,
  { doing: 'calling', about: 'sftp.example:22' },
  { doing: 'waiting', about: 'sftp.example:22' },
  { doing: 'reading', about: `${FILE}\u009b`, bytesDone: 43, bytesOfAll: 100 },
  { lines: 20_000, bytesDone: 50, bytesOfAll: 100 },
];

describe('progress of long work', () => {
  async function told(isTerminal: boolean, everyMs: number): Promise<string[]> {
    const clock = createManualClock();
    const lines: string[] = [];
    const output = { out: () => {}, err: (text: string) => void lines.push(text) };
    let asked = 0;
    const ask = async (): Promise<AdminAnswer> => ({ kind: 'done', result: SAYS[asked++] ?? null });
    let end: () => void = () => {};
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    const shown = showProgress({ clock, output, isTerminal }, work, ask);
    for (const _said of SAYS) await clock.advance(everyMs);
    end();
    await shown;
    return lines;
  }

  it('names each step of a fetch in plain lines when piped, and counts the rate from the first line on', async () => {
    assert.deepEqual(await told(false, 10_000), [
      'calling sftp.example:22\n',
      'waiting a moment to see whether the files at sftp.example:22 still grow\n',
      `fetching ${FILE}\\x9b, 43 %\n`,
      '20,000 lines, 50 %, 2,000 lines/s, 10 s left\n',
    ]);
  });

  it('is one line that is drawn anew on a terminal, and gone in the end', async () => {
    const lines = await told(true, 250);
    assert.ok(lines.every((text) => text.startsWith('\r\u001b[K') && !text.includes('\n')));
    assert.equal(lines.at(-1), '\r\u001b[K');
  });
});
