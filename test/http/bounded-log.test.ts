import assert from 'node:assert/strict';
import { createLog } from '#src/base/log.js';
import { boundedLog } from '#src/http/bounded-log.js';
import { createManualClock } from '../support/manual-clock.js';

describe('the log of what anybody outside can cause', () => {
  const lines: { msg: string; level: number; count?: number }[] = [];
  const clock = createManualClock();
  const log = boundedLog(
    createLog((line) => lines.push(JSON.parse(line))),
    clock,
  );
  beforeEach(async () => {
    await clock.advance(3_600_000);
    lines.length = 0;
  });

  it('writes a hundred lines of one kind, then says how many it left out', async () => {
    for (let i = 0; i < 10_000; i += 1) log.info('call refused', { status: 401 });
    assert.equal(lines.length, 100);
    await clock.advance(1_000);
    log.info('call refused', { status: 401 });
    assert.equal(lines.at(-1)?.count, 9_900);
    log.info('call refused', { status: 401 });
    assert.equal(lines.at(-1)?.count, undefined);
  });

  it('keeps what is of another kind', () => {
    for (let i = 0; i < 1_000; i += 1) log.warn('a notification is not genuine');
    log.info('listening');
    assert.equal(lines.at(-1)?.msg, 'listening');
  });

  it('leaves out no error and no alarm', () => {
    for (let i = 0; i < 300; i += 1) log.alarm('somebody has to look');
    for (let i = 0; i < 300; i += 1) log.error('call failed');
    assert.equal(lines.length, 600);
  });
});
