import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '#src/config/load-config.js';
import { openOfflineRecon } from '#src/offline-recon.js';
import { dayText, exceptionText, fetchedText, importedText } from '#src/technician/recon-text.js';
import { visible, visibleLines } from '#src/technician/visible-text.js';
import { createCounterPc } from '../process/counter-pc.js';
import { DAYS } from '../reconciliation/recon-samples.js';
import { cycleFiles } from '../support/report-files.js';
import { cli } from './cli-run.js';

/** Colours the rest, turns it round, and begins a line. */
const ODD = '\u001b[31mred\u202e\u009b\n';
const SEEN = '\\x1b[31mred\\u202e\\x9b';
/** All that a terminal may be given beside characters to show. */
const ACTED_ON = /[^\P{Cc}\n]|\p{Bidi_Control}/u;

describe('what commands print for people', () => {
  it('shows every character that a terminal would act on by its code, and nothing else otherwise', () => {
    for (let code = 0; code < 0x3000; code += 1) {
      const text = String.fromCharCode(code);
      const isActedOn = /\p{Cc}|\p{Bidi_Control}/u.test(text);
      assert.equal(visible(text) === text, !isActedOn, code.toString(16));
      if (isActedOn) assert.match(visible(text), /^\\(x[0-9a-f]{2}|u[0-9a-f]{4})$/);
    }
    assert.equal(visible(ODD), `${SEEN}\\x0a`);
    assert.equal(visibleLines(`抹茶 é\n${ODD}`), `抹茶 é\n${SEEN}\n`);
  });

  it('holds no such character of a file or a server, wherever it tells of clearing files', () => {
    const error = { path: ODD, line: 3, column: ODD, message: ODD };
    const name = ODD;
    const fetched = fetchedText({
      date: DAYS.day,
      complete: false,
      files: [{ name, state: 'missing' }],
      notTaken: [{ outcome: 'later', message: ODD, errors: [error] }],
      troubles: [{ code: 'x', message: ODD }],
    });
    const found = { id: 'ex-1', kind: 'foreign_line', state: 'open', cause: ODD, act: ODD, file: ODD, line: 4, ageDays: 0 };
    const texts = [
      fetched.err,
      importedText([{ name, date: DAYS.day, lines: 1 }]),
      dayText({ date: DAYS.day, sealed: true, sealedBy: ODD, files: [{ name, state: 'arrived' }], totals: [], exceptions: {} }),
      exceptionText({ items: [found], nextCursor: null }),
    ];
    for (const text of texts) {
      assert.doesNotMatch(text, ACTED_ON);
      assert.ok(text.includes(SEEN), text);
    }
    assert.equal(fetched.err.split('\n').length, 5);
  });

  it('stands so on the terminal, while JSON stays as it was', async () => {
    const pc = await createCounterPc();
    try {
      const load = await loadConfig(pc.file, {});
      assert.ok(load.kind === 'ok');
      const recon = await openOfflineRecon(load.config);
      try {
        const [[name, text] = ['', '']] = cycleFiles(DAYS.day, []);
        const path = join(pc.folder, name);
        writeFileSync(path, text.replace(/\n(transactionType[^\n]*)/, '\n$1,\u001b[31mX,\u001b[31mX'));
        const run = (...more: string[]) =>
          cli(['recon', 'import', path, '--config', pc.file, ...more], {
            offlineRecon: async () => ({ ask: recon.ask, close: async () => {} }),
          });
        assert.match((await run()).err, /:\\x1b\[31mX: the column \\x1b\[31mX stands in this header twice\n/);
        assert.match((await run('--json')).out, /"column": "\\u001b\[31mX"/);
      } finally {
        await recon.close();
      }
      const answerOffline = async () => ({ kind: 'done', result: { walletBrandName: 'Wallet\u202eX' } }) as const;
      const shown = (...more: string[]) => cli(['payment', 'show', 'P', '--config', pc.file, ...more], { answerOffline });
      assert.equal((await shown()).out, 'walletBrandName: Wallet\\u202eX\n');
      assert.match((await shown('--json')).out, /: "Wallet\u202eX"/);
    } finally {
      pc.remove();
    }
  });
});
