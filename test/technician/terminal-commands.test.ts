import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { loadConfig } from '#src/config/load-config.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { cli } from './cli-run.js';

describe('terminal add', () => {
  let shop: ConfigFolder;
  beforeEach(async () => {
    shop = await configFolder();
  });
  afterEach(() => shop.remove());

  it('prints a new key of 32 random bytes once, and the line with its hash', async () => {
    const { code, out } = await cli(['terminal', 'add', 'T02', '--lane', 'lane-1', '--config', shop.file]);
    assert.equal(code, 0);
    const key = out.split('\n').find((line) => /^[A-Za-z0-9_-]{43}$/.test(line)) ?? '';
    assert.equal(Buffer.from(key, 'base64url').length, 32);
    assert.equal(out.split(key).length, 2, 'the key stands there once');
    const hash = createHash('sha256').update(key).digest('hex');
    assert.ok(out.includes(`  - { id: T02, lanes: [lane-1], keySha256: ["${hash}"], may: [pay, cancel, refund] }\n`));
    const again = await cli(['terminal', 'add', 'T02', '--lane', 'lane-1', '--config', shop.file]);
    assert.ok(!again.out.includes(key));
  });

  for (const id of ['T02', '0042', 'true', 'a.b-c_d']) {
    it(`prints a line that the configuration takes as it stands, for "${id}"`, async () => {
      const { out } = await cli(['terminal', 'add', id, '--lane', 'lane-1', '--config', shop.file]);
      const line = out.split('\n').find((text) => text.startsWith('  - {')) ?? '';
      await writeFile(shop.file, shop.text().replace('terminals:\n', `terminals:\n${line}\n`));
      const load = await loadConfig(shop.file, {});
      assert.equal(load.kind === 'ok' ? load.config.terminals[0]?.id : JSON.stringify(load.problems), id);
    });
  }

  for (const [why, id, lane, says] of [
    ['an unknown lane', 'T02', 'lane-2', /no lane "lane-2".*did you mean "lane-1"/],
    ['an id that is taken', 'T01', 'lane-1', /"T01" already/],
    ['an id that is none', 'T 02', 'lane-1', /cannot be named/],
  ] as const) {
    it(`refuses ${why} with exit code 1 and prints no key`, async () => {
      const { code, out, err } = await cli(['terminal', 'add', id, '--lane', lane, '--config', shop.file]);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, says);
    });
  }
});
