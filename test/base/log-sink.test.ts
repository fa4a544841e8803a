import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#src/base/clock.js';
import { createLogSink } from '#src/base/log-sink.js';
import { skipBecause } from '../support/skip.js';

const LINE = `${'x'.repeat(99)}\n`;

describe('where log lines go', () => {
  let folder: string;
  let fds: number[] = [];
  let told: (readonly [number, string])[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    told = [];
  });
  afterEach(() => {
    for (const fd of fds) closeSync(fd);
    fds = [];
    rmSync(folder, { recursive: true, force: true });
  });

  function sinkInto(path: string, flags: string) {
    const fd = openSync(path, flags);
    fds.push(fd);
    return createLogSink({ fd, clock: systemClock, again: (count, why) => told.push([count, why]) });
  }

  it('writes whole lines in their order', async () => {
    const file = join(folder, 'log');
    const sink = sinkInto(file, 'a');
    const lines = Array.from({ length: 5000 }, (_unused, index) => `line ${index} ${'y'.repeat(index % 97)}\n`);
    for (const line of lines) sink.write(line);
    await sink.flush(5000);
    assert.equal(readFileSync(file, 'utf8'), lines.join(''));
    assert.deepEqual(sink.dropped(), { count: 0, why: null });
  });

  it('on a full disk drops and counts, and holds nobody up', async function () {
    if (!existsSync('/dev/full')) {
      skipBecause(this, 'this system has no /dev/full');
    }
    const sink = sinkInto('/dev/full', 'w');
    for (let i = 0; i < 3; i += 1) sink.write(LINE);
    await sink.flush(5000);
    assert.equal(sink.dropped().count, 3);
    assert.match(sink.dropped().why ?? '', /ENOSPC/);
    assert.deepEqual(told, []);
  });

  it('into a pipe that nobody reads keeps a bounded number, and goes on when somebody reads again', async function () {
    if (process.platform === 'win32') {
      skipBecause(this, 'Windows has no named pipes in its file system');
    }
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = await open(pipe, 'r+');
    const sink = sinkInto(pipe, 'w');
    const written = 30_000;
    const since = performance.now();
    for (let i = 0; i < written; i += 1) sink.write(LINE);
    await sink.flush(50);
    assert.ok(performance.now() - since < 2000, 'nobody was held up');
    const { count, why } = sink.dropped();
    assert.equal(why, 'nobody reads them');
    assert.ok(count > 10_000 && count < written, `${count} dropped`);
    const kept = (written - count) * LINE.length;
    let text = '';
    while (text.length < kept) {
      const { bytesRead, buffer } = await reader.read();
      text += buffer.toString('utf8', 0, bytesRead);
    }
    await sink.flush(5000);
    assert.ok(
      text.split('\n').every((line) => line === '' || line === LINE.trimEnd()),
      'whole lines only',
    );
    assert.deepEqual(told, [[count, 'nobody reads them']]);
    await reader.close();
  });
});
