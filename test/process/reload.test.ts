import assert from 'node:assert/strict';
import { TILL_KEY } from '../support/bridge-harness.js';
import { type CounterPc, createCounterPc, keySha256 } from './counter-pc.js';
import { ocbridge, type Service, startService } from './program.js';
import { createTill } from './till.js';

const NEW_KEY = 'new-key-for-tests-BBBBBBBBBBBBBBBBBBBBBBBBBB';

describe('ocbridge reload', function () {
  this.timeout(60_000);
  let pc: CounterPc;
  let service: Service;
  before(async () => {
    pc = await createCounterPc();
    service = await startService(pc.file);
  });
  after(async () => {
    await service.stop();
    pc.remove();
  });

  const reload = () => ocbridge(['reload', '--config', pc.file]);
  const status = async (key: string) => (await createTill(service.terminal, key).call('/v1/lanes/lane-1')).status;
  const useKeys = (...keys: readonly string[]) =>
    pc.rewrite(({ terminals }) => {
      for (const terminal of terminals) terminal.keySha256 = keys.map(keySha256);
    });

  it('puts a new terminal key in force beside the old one, without a restart', async () => {
    assert.deepEqual([await status(TILL_KEY), await status(NEW_KEY)], [200, 401]);
    useKeys(TILL_KEY, NEW_KEY);
    assert.deepEqual([await status(TILL_KEY), await status(NEW_KEY)], [200, 401], 'nothing changes by itself');
    const run = await reload();
    assert.deepEqual([run.code, run.out, run.err], [0, 'reloaded\n', '']);
    assert.deepEqual([await status(TILL_KEY), await status(NEW_KEY)], [200, 200]);
  });

  it('takes the old key away, and with it the event stream that was opened with it', async () => {
    const [old, fresh] = [
      await createTill(service.terminal).events('lane-1'),
      await createTill(service.terminal, NEW_KEY).events('lane-1'),
    ];
    useKeys(NEW_KEY);
    assert.equal((await reload()).code, 0);
    assert.deepEqual([await status(TILL_KEY), await status(NEW_KEY)], [401, 200]);
    await old.ended;
    const stillOpen = await Promise.race([fresh.ended.then(() => false), new Promise((resolve) => setImmediate(resolve, true))]);
    assert.equal(stillOpen, true);
    fresh.close();
  });

  it('of a wrong configuration names the mistake, exits 1, and leaves everything in force', async () => {
    pc.rewrite(({ terminals }) => {
      for (const terminal of terminals) terminal.lanes = ['lane-9'];
    });
    const run = await reload();
    assert.equal(run.code, 1);
    assert.match(run.err, /bridge\.yaml:\d+ terminals\[0\]\.lanes/);
    assert.equal(await status(NEW_KEY), 200);
    pc.rewrite(({ terminals }) => {
      for (const terminal of terminals) terminal.lanes = ['lane-1'];
    });
  });

  it('says in the log what waits for a restart', async () => {
    pc.rewrite(({ merchants }) => {
      for (const merchant of merchants) merchant.merchantName = 'Kanda Coffee Stand';
    });
    assert.equal((await reload()).code, 0);
    const warning = service.log().find(({ msg }) => msg.includes('restart'));
    assert.equal(warning?.['why'], 'merchants');
  });
});
