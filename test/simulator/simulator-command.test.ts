import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSimulator, type SimulatorCommandOptions } from '#src/simulator/simulator-command.js';
import { BRIDGE_PUBLIC_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createManualClock } from '../support/manual-clock.js';
import { callUpstream, payBody, resultOf } from './raw-client.js';

describe('simulator command', () => {
  const clock = createManualClock();
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const plain: SimulatorCommandOptions = {
    port: 0,
    seed: '1',
    faultsFile: undefined,
    chaosLevel: undefined,
    clientPublicKeyFile: undefined,
    orderLifeSeconds: 180,
    cancelWindow: 'open',
  };

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  function run(options: Partial<SimulatorCommandOptions>) {
    const said = { out: '', err: '' };
    let stop = () => {};
    const told = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const parts = { out: (text: string) => (said.out += text), err: (text: string) => (said.err += text), told };
    return { said, stop, code: runSimulator({ ...plain, ...options }, parts) };
  }

  it('serves until it is told to stop, with the faults and the key it was given', async () => {
    const faultsFile = file('faults.json', '[{ "name": "result:RISK_REJECT:F", "call": "pay", "nth": 2 }]');
    const { said, stop, code } = run({ faultsFile, clientPublicKeyFile: file('client.pem', BRIDGE_PUBLIC_PEM) });
    await clock.until(() => said.out.includes('baseUrl'), 'the first line');
    const url = /baseUrl (http:\S+),/.exec(said.out)?.[1] ?? '';
    assert.equal(resultOf(await callUpstream(url, 'pay', payBody('P-1'))), 'PAYMENT_IN_PROCESS:U');
    assert.equal(resultOf(await callUpstream(url, 'pay', payBody('P-2'))), 'RISK_REJECT:F');
    assert.equal(await (await fetch(`${url}/sim/public-key`)).text(), UPSTREAM_PUBLIC_PEM);
    stop();
    assert.equal(await code, 0);
    await assert.rejects(fetch(url));
  });

  it('ends with 1 and a sentence for a wrong file', async () => {
    const wrong: [Partial<SimulatorCommandOptions>, RegExp][] = [
      [{ faultsFile: join(folder, 'none.json') }, /none\.json: ENOENT/],
      [{ faultsFile: file('broken.json', '[') }, /broken\.json: /],
      [{ faultsFile: file('shape.json', '[{ "nom": "x" }]') }, /shape\.json: not a fault/],
      [{ faultsFile: file('unknown.json', '[{ "name": "gremlins" }]') }, /gremlins is not a known fault/],
      [{ clientPublicKeyFile: file('key.pem', 'no key') }, /key\.pem: /],
    ];
    for (const [options, sentence] of wrong) {
      const { said, code } = run(options);
      assert.equal(await code, 1);
      assert.match(said.err, sentence);
    }
  });

  it('ends with 2 when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const { said, code } = run({ port: typeof address === 'object' && address !== null ? address.port : 0 });
    assert.equal(await code, 2);
    assert.match(said.err, /cannot listen/);
    server.close();
  });
});
