import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '#src/config/load-config.js';
import { openOfflineRecon } from '#src/offline-recon.js';
import { DAYS, lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { cycleFiles, reportName } from '../support/report-files.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge } from './program.js';
import { RECON_KILL_PLACES } from './recon-kill-places.js';

const ARMED = fileURLToPath(new URL('../crash/armed-main.js', import.meta.url));
/** Some more than the pages of a comparison that `RECON_KILL_PLACES` counts to; none is known here, so that each is an exception. */
const LINES = 5_000;
/** A column that nobody knows makes the lines as long as several stretches of the import. */
const NOTE = 'n'.repeat(2_000);

function widen(path: string): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  writeFileSync(path, `${lines.map((line, at) => (at < 2 ? line : `${line},${at === 2 ? 'note' : NOTE}`)).join('\n')}\n`);
}

interface DayWords {
  readonly compared: boolean;
  readonly totals: readonly unknown[];
  readonly files: readonly { readonly state: string }[];
  readonly exceptions: { readonly open: number };
}

describe('a killed recon command', function () {
  this.timeout(180_000);
  let pc: CounterPc;
  let inbox: string;
  beforeEach(async () => {
    pc = await createCounterPc();
    inbox = join(pc.folder, 'inbox');
    mkdirSync(inbox);
    const lines = Array.from({ length: LINES }, (_unused, n) => lineOf(paidRow(n, { paymentRequestId: `TEST1-${n}` }), n + 4));
    for (const [name, text] of cycleFiles(DAYS.day, lines)) writeFileSync(join(inbox, name), text);
  });
  afterEach(() => pc.remove());

  const recon = (...args: readonly string[]) => ocbridge(['recon', ...args, '--config', pc.file]);
  const killedAt = (place: (typeof RECON_KILL_PLACES)[number], ...args: readonly string[]) =>
    ocbridge(['recon', ...args, '--config', pc.file], {
      program: ARMED,
      env: {
        OCBRIDGE_KILL: JSON.stringify({ point: place.point, about: '', nth: place.nth }),
        OCBRIDGE_LAST_WORDS: join(pc.folder, 'last-words'),
      },
    });
  /** As the next command finds it, without a process of its own. */
  const day = async () => {
    const loaded = await loadConfig(pc.file, process.env);
    assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
    const offline = await openOfflineRecon(loaded.config);
    try {
      const answer = await offline.ask({ verb: 'recon.run', args: { date: DAYS.day, account: 'kim' } });
      assert.ok(answer.kind === 'done', JSON.stringify(answer));
      return answer.result as DayWords;
    } finally {
      await offline.close();
    }
  };

  for (const place of RECON_KILL_PLACES.filter(({ during }) => during === 'import')) {
    it(`leaves no half of a file behind when it dies at ${place.point}, time ${place.nth}, and the same files come in after it`, async () => {
      widen(join(inbox, reportName('transactionItems', DAYS.day)));
      assert.equal((await killedAt(place, 'import', inbox)).signal, 'SIGKILL');
      assert.deepEqual((await day()).files, [], 'nothing is seen of the files');
      assert.equal((await recon('import', inbox)).code, 0);
      const { files, exceptions } = await day();
      assert.deepEqual([files.length, exceptions.open], [3, LINES]);
    });
  }

  it('leaves the comparison as it was when it dies in the middle of the next one, wherever that is', async () => {
    assert.equal((await recon('import', inbox)).code, 0);
    const before = await day();
    assert.equal(before.exceptions.open, LINES);
    for (const place of RECON_KILL_PLACES.filter(({ during }) => during === 'run')) {
      assert.equal((await killedAt(place, 'run', DAYS.day)).signal, 'SIGKILL', place.point);
      assert.deepEqual(await day(), before, place.point);
    }
  });
});
