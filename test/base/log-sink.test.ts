import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '#src/base/clock.js';
import { createLogSink } from '#src/base/log-sink.js';
import { createManualClock } from '../support/manual-clock.js';
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

  function sinkInto(path: string, flags: string, clock: Clock = systemClock) {
    const fd = openSync(path, flags);
    fds.push(fd);
    return createLogSink({ fd, clock, again: (count, why) => told.push([count, why]) });
  }

  it('writes whole lines in their order', async () => {
    const file = join(folder, 'log');
    const sink = sinkInto(file, 'a');
    const lines = Array.from({ length: 5000 }, (_unused, index) => `line ${index} ${'y'.repeat(index % 97)}\n`);
    for (const line of lines) sink.write(line);
    await sink.flush(5000);
    assert.equal(readFileSync(file, 'utf8'), lines.join(''));
    assert.deepEqual([sink.dropped(), sink.isWritten()], [{ count: 0, why: null }, true]);
  });

  it('on a full disk drops and counts, and holds nobody up', async function () {
    if (!existsSync('/dev/full')) {
      skipBecause(this, 'this system has no /dev/full');
    }
    const sink = sinkInto('/dev/full', 'w');
    for (let i = 0; i < 3; i += 1) sink.write(LINE);
    await sink.flush(5000);
    assert.deepEqual([sink.dropped().count, sink.isWritten()], [3, false]);
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
    assert.equal(sink.isWritten(), true);
    await reader.close();
  });

  it('says so when a line is refused for seconds, although none is lost yet, and when it is taken after all', async function () {
    if (process.platform === 'win32') {
      skipBecause(this, 'Windows has no named pipes in its file system');
    }
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    fds.push(reader);
    assert.throws(() => {
      for (;;) writeSync(reader, LINE);
    }, /EAGAIN/);
    const clock = createManualClock();
    const sink = sinkInto(pipe, 'w', clock);
    sink.write(LINE);
    await clock.advance(4000);
    assert.equal(sink.isWritten(), true, 'a reader may be slow');
    await clock.advance(1000);
    assert.deepEqual([sink.isWritten(), sink.dropped().count], [false, 0]);
    readSync(reader, Buffer.alloc(1024 * 1024));
    await sink.flush(5000);
    assert.equal(sink.isWritten(), true);
  });
});
