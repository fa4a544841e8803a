import assert from 'node:assert/strict';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, startService } from './program.js';

interface Listed {
  readonly users: readonly Readonly<Record<string, unknown>>[];
}

describe('the people of the back office, by command', function () {
  this.timeout(120_000);
  let pc: CounterPc;
  before(async () => {
    pc = await createCounterPc();
  });
  after(() => pc.remove());

  const run = (...args: readonly string[]) => ocbridge([...args, '--config', pc.file]);
  const list = async () => (JSON.parse((await run('user', 'list', '--json')).out) as Listed).users;

  it('are listed with role and way in, and never with a key or its hash, while the bridge is stopped and while it runs', async () => {
    assert.match((await run('user', 'list')).out, /^nobody yet\. Repair: /);
    const added = await run('user', 'add', 'robot', '--role', 'viewer', '--api-key');
    assert.equal(added.code, 0, added.err);
    const key = added.out.trimEnd().split('\n').at(-1) ?? '';
    assert.match(key, /^[A-Za-z0-9_-]{43}$/);
    const robot = { name: 'robot', role: 'viewer', comesInBy: 'key', disabled: false };
    assert.deepEqual(await list(), [robot]);
    const service = await startService(pc.file);
    try {
      assert.equal((await run('user', 'add', 'a.second', '--role', 'approver', '--api-key')).code, 0);
      const second = { name: 'a.second', role: 'approver', comesInBy: 'key', disabled: false };
      assert.deepEqual(await list(), [second, robot]);
      const shut = await run('user', 'disable', 'robot');
      assert.equal(shut.code, 0, shut.err);
      assert.deepEqual(await list(), [second, { ...robot, comesInBy: null, disabled: true }]);
      const text = await run('user', 'list');
      assert.deepEqual([text.code, text.err], [0, '']);
      assert.equal(text.out, 'a.second  approver  comes in by key\nrobot     viewer    shut out\n');
      assert.ok(!JSON.stringify(await list()).includes(key));
    } finally {
      await service.stop();
    }
  });
});
