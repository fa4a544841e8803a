import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createUpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';
import { type CounterPc, createCounterPc, freePort } from './counter-pc.js';
import { type Ended, ocbridge, startAndSignal, startService, until } from './program.js';
import { createTill } from './till.js';

/** Ended with this code and with one line on stderr that holds these words: no stack, nothing else. */
function refused(run: Ended, code: number, ...words: readonly string[]): void {
  assert.equal(run.code, code, `${run.err}${run.out}`);
  for (const word of words) assert.ok(run.err.includes(word), `"${word}" is in: ${run.err}`);
  assert.equal(run.err.trimEnd().split('\n').length, 1, run.err);
}

const unixOnly = process.platform === 'win32' ? it.skip : it;

describe('ocbridge serve', function () {
  this.timeout(60_000);
  let pc: CounterPc;
  beforeEach(async () => {
    pc = await createCounterPc();
  });
  afterEach(() => pc.remove());

  const serve = (file = pc.file) => ocbridge(['serve', '--config', file]);

  /** Runs the repair that a message names, exactly as a person would paste it into a shell. */
  function pasteRepair(message: string): void {
    const command = /chmod .*/.exec(message)?.[0];
    assert.ok(command !== undefined, `a chmod command is in: ${message}`);
    execFileSync('sh', ['-c', command]);
  }

  it('makes its folder and its books, opens the listeners, and says so in lines of JSON', async () => {
    const service = await startService(pc.file);
    try {
      for (const url of [service.terminal, service.upstream, service.backOffice])
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      const health = await httpCall(`${service.backOffice}/healthz`);
      assert.equal(health.status, 200, health.text);
      const ready = await httpCall(`${service.backOffice}/readyz`);
      assert.equal(ready.status, 200);
      assert.deepEqual(ready.json(), { ready: true, lanes: { total: 1, able: 1 } });
      if (process.platform !== 'win32') {
        assert.equal(statSync(join(pc.folder, 'data')).mode & 0o777, 0o700);
        assert.equal(statSync(pc.books).mode & 0o777, 0o600);
      }
    } finally {
      await service.stop();
    }
    assert.ok(service.log().length > 4);
    assert.equal((await service.ended).err, '');
  });

  it('refuses a second instance on the same books with 2, and the first one goes on', async () => {
    const service = await startService(pc.file);
    try {
      const other = join(pc.folder, 'data', '..', 'data', 'bridge.sqlite');
      pc.rewrite((settings) => {
        settings.database.filename = other;
        settings.listen.upstream.port += 1;
      });
      refused(await serve(), 2, 'Another bridge', 'ocbridge stop');
      assert.equal((await httpCall(`${service.backOffice}/readyz`)).status, 200);
    } finally {
      await service.stop();
    }
  });

  it('started twice at the same moment runs once', async () => {
    const starts = await Promise.allSettled([startService(pc.file), startService(pc.file)]);
    const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    for (const service of running) await service.stop();
    const [refusal] = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []));
    assert.equal(running.length, 1);
    assert.match(refusal ?? '', /ended with 2 .*Another bridge/);
  });

  it('told to stop during its start stops in order as soon as it can', async () => {
    const ended = await startAndSignal(pc.file, 'SIGTERM', 0, () => until(() => existsSync(pc.books), 'the file', 10_000, 1));
    assert.deepEqual([ended.code, ended.err], [0, '']);
    assert.match(ended.out, /"msg":"bridge stopped"/);
  });

  it('refuses a wrong configuration with 1, naming line, key and repair', async () => {
    pc.rewrite((settings) => {
      settings.instanceId = 'not allowed!';
    });
    refused(await serve(), 1, `${pc.file}:1 instanceId`, 'Repair:');
  });

  it('refuses a missing configuration with 1', async () => {
    refused(await serve(join(pc.folder, 'nowhere.yaml')), 1, 'nowhere.yaml', 'does not exist', 'Repair:');
  });

  it('cannot run when a port is taken: 2, naming the port, and the books are free again', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    pc.rewrite((settings) => {
      settings.listen.terminal.port = port;
    });
    try {
      refused(await serve(), 2, 'listen.terminal', String(port));
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    const service = await startService(pc.file);
    assert.equal((await service.stop()).code, 0);
  });

  unixOnly('refuses a private key that others may read with 1; the command it names repairs it', async () => {
    chmodSync(pc.ownKeyFile, 0o644);
    const run = await serve();
    refused(run, 1, 'privateKeyFile', 'others may read');
    pasteRepair(run.err);
    assert.equal(statSync(pc.ownKeyFile).mode & 0o777, 0o600);
  });

  unixOnly('refuses books that others may read with 1; the command it names repairs it', async () => {
    await (await startService(pc.file)).stop();
    chmodSync(pc.books, 0o644);
    const run = await serve();
    refused(run, 1, 'database.filename', 'others may read');
    pasteRepair(run.err);
    const service = await startService(pc.file);
    assert.equal((await service.stop()).code, 0);
  });

  it('goes on selling when whatever reads its log is gone', async () => {
    const simulator = await createUpstreamSimulator();
    pc.rewrite((settings) => {
      for (const upstream of settings.upstreams) upstream.baseUrl = simulator.url;
    });
    const service = await startService(pc.file);
    try {
      service.stopReading();
      const till = createTill(service.terminal);
      const sold = await till.sell({}, 10);
      assert.equal(sold.status, 201, sold.text);
      assert.equal(sold.json()['state'], 'awaiting_payer');
      assert.equal((await service.stop()).code, 0);
    } finally {
      await service.stop();
      await simulator.stop();
    }
  });
});
