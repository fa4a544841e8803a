import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { skipBecause } from '../support/skip.js';

const MAIN = join('dist', 'main.js');

/** Runs the program as a shop does and gives what it wrote. */
async function program(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes) => {
    out += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    err += String(bytes);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

describe('the program', () => {
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  it('has exit code 1 for wrong usage', async () => {
    const { code, out } = await program('serve', '--colour');
    assert.deepEqual([code, out], [1, '']);
  });

  it('never starts with a wrong configuration, and says what is wrong without a stack', async () => {
    const line = await shop.write(['merchant: shop-114', 'merchant: shop-999']);
    const { code, out, err } = await program('serve', '--config', shop.file);
    assert.deepEqual([code, out], [1, '']);
    assert.ok(err.startsWith(`${shop.file}:${line} lanes[0].merchant: `), err);
    assert.doesNotMatch(err, /\n\s+at /);
    assert.equal(existsSync(join(shop.folder, 'data')), false, 'nothing was made');
  });

  describe('while it serves', () => {
    let serving: ChildProcess;
    let log = '';

    before(async () => {
      await shop.write(
        ['- { driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }', '- { driver: virtual }'],
        ['    port: 8480', '    port: 0'],
        ['    port: 8481', '    port: 0'],
        ['    port: 8482', '    port: 0'],
      );
      serving = spawn(process.execPath, [MAIN, 'serve', '--config', shop.file], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise<void>((resolve, reject) => {
        serving.once('exit', () => reject(new Error(`the bridge ended: ${log}`)));
        serving.stdout?.on('data', (bytes) => {
          log += String(bytes);
          if (log.includes('bridge runs')) resolve();
        });
      });
    });
    after(() => serving.kill('SIGKILL'));

    it('has made its folder and file for its owner only', async function () {
      if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits');
      assert.equal((await stat(join(shop.folder, 'data', 'bridge.sqlite'))).mode & 0o777, 0o600);
      assert.equal((await program('config', 'check', '--config', shop.file)).code, 0);
    });

    it('keeps a second instance from starting, with exit code 2', async () => {
      const { code, err } = await program('serve', '--config', shop.file);
      assert.equal(code, 2);
      assert.match(err, /bridge\.sqlite/);
    });

    it('answers about payments and reloads', async () => {
      const show = await program('payment', 'show', 'SHOP114-none', '--config', shop.file);
      assert.deepEqual([show.code, show.out], [1, '']);
      assert.match(show.err, /SHOP114-none/);
      assert.deepEqual(await program('reload', '--config', shop.file), { code: 0, out: 'reloaded\n', err: '' });
    });

    it('stops in order when it is told to, and exits 0', async () => {
      const ended = once(serving, 'exit') as Promise<[number | null]>;
      assert.deepEqual(await program('stop', '--config', shop.file), { code: 0, out: 'stopped\n', err: '' });
      assert.deepEqual((await ended)[0], 0);
      const { code, err } = await program('stop', '--config', shop.file);
      assert.equal(code, 2);
      assert.match(err, /not running/);
    });
  });
});
