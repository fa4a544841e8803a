import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLog } from '#src/base/log.js';
import { makeTemporaryFolder, removeLeftFolders } from '#src/base/temporary-folder.js';
import { createManualClock } from '../support/manual-clock.js';

/** No system counts so far. */
const NOBODY = 2 ** 30;
const DAY_MS = 86_400_000;

describe('folders of deliveries that a dead process left', () => {
  const { TMPDIR } = process.env;
  const clock = createManualClock();
  let temporary: string;
  let elsewhere: string;
  let lines: string[];

  beforeEach(() => {
    elsewhere = mkdtempSync(join(tmpdir(), 'ocbridge-elsewhere-'));
    temporary = join(elsewhere, 'tmp');
    mkdirSync(temporary);
    process.env['TMPDIR'] = temporary;
    lines = [];
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    rmSync(elsewhere, { recursive: true });
  });

  const remove = () => removeLeftFolders({ clock, log: createLog((line) => lines.push(line)) });
  /** A folder with a file in it, made `ageMs` ago. */
  function lay(name: string, ageMs = 0): string {
    const path = join(temporary, name);
    mkdirSync(path);
    writeFileSync(join(path, '0.csv'), 'PAYMENT');
    const at = (clock.now() - ageMs) / 1000;
    utimesSync(path, at, at);
    return name;
  }

  it('are removed at the next start, and those of running processes are not unless they are older than a day', async () => {
    const kept = [
      lay(`ocbridge-upload-${process.ppid}-abcDEF`),
      lay(`ocbridge-reports-${process.ppid}-abcDEF`, DAY_MS - 60_000),
      lay('ocbridge-upload-abcDEF'),
      lay(`ocbridge-demo-${NOBODY}-abcDEF`, 9 * DAY_MS),
      lay(`ocbridge-upload-${NOBODY}-abcDEF-more`, 9 * DAY_MS),
    ];
    lay(`ocbridge-upload-${NOBODY}-abcDEF`);
    lay(`ocbridge-reports-${NOBODY}-123456`);
    // In a container each run has the same number.
    lay(`ocbridge-upload-${process.pid}-abcDEF`);
    lay(`ocbridge-upload-${process.ppid}-oldOLD`, DAY_MS + 60_000);
    lay('ocbridge-reports-oldOLD', DAY_MS + 60_000);
    await remove();
    assert.deepEqual(readdirSync(temporary), kept.toSorted());
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { count: number }).count),
      [5],
    );
  });

  it('are those that this program makes', async () => {
    for (const purpose of ['upload', 'reports'] as const) {
      const folder = await makeTemporaryFolder(purpose);
      writeFileSync(join(folder, '0.csv'), 'PAYMENT');
      assert.ok(basename(folder).startsWith(`ocbridge-${purpose}-${process.pid}-`));
      await remove();
      assert.equal(existsSync(folder), false);
    }
  });

  it('are never looked for through links, and neither files nor what belongs to somebody else are taken for one', async () => {
    const outside = join(elsewhere, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'books'), 'all');
    const left = [`ocbridge-upload-${NOBODY}-isLink`, `ocbridge-upload-${NOBODY}-isFile`];
    symlinkSync(outside, join(temporary, left[0] ?? ''));
    writeFileSync(join(temporary, left[1] ?? ''), '');
    symlinkSync(outside, join(temporary, lay(`ocbridge-upload-${NOBODY}-inside`), 'link'));
    if (process.getuid?.() === 0) {
      left.push(lay(`ocbridge-upload-${NOBODY}-others`));
      chownSync(join(temporary, left.at(-1) ?? ''), 12_345, 12_345);
    }
    await remove();
    assert.deepEqual(readdirSync(temporary), left.toSorted());
    assert.deepEqual(readdirSync(outside), ['books']);
  });

  it('end no start when they cannot be looked for: that is a warning', async () => {
    rmSync(temporary, { recursive: true });
    await remove();
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /ENOENT.*stays there/);
  });
});
