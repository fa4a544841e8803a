import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ourStream } from '#src/reconciliation/line-streams.js';
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
