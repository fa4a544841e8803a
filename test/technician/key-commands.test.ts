import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateKey, readPublicKey } from '#src/upstream/signature.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { skipBecause } from '../support/skip.js';
import { cli } from './cli-run.js';

describe('keys generate', () => {
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  it('makes an RSA-2048 pair in the forms that are exchanged', async () => {
    const folder = join(shop.folder, 'new', 'keys');
    const { code, out } = await cli(['keys', 'generate', '--out', folder]);
    assert.equal(code, 0);
    const privateKey = readPrivateKey(await readFile(join(folder, 'acqp_private.pem'), 'utf8'));
    const publicPem = await readFile(join(folder, 'acqp_public.pem'), 'utf8');
    const bare = (await readFile(join(folder, 'acqp_public.base64.txt'), 'utf8')).trim();
    assert.match(await readFile(join(folder, 'acqp_private.pem'), 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
    assert.match(publicPem, /^-----BEGIN PUBLIC KEY-----/);
    assert.ok(createPublicKey(privateKey).equals(readPublicKey(publicPem)));
    assert.ok(readPublicKey(bare).equals(readPublicKey(publicPem)));
    assert.ok(out.includes(bare));
    assert.doesNotMatch(out, /PRIVATE KEY-----/);
  });

  it('leaves the private key to its owner only', async function () {
    if (process.platform === 'win32') skipBecause(this, 'Windows has no such mode bits');
    const folder = join(shop.folder, 'owner');
    await cli(['keys', 'generate', '--out', folder]);
    assert.equal((await stat(join(folder, 'acqp_private.pem'))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('never overwrites a file, and then writes nothing at all', async () => {
    const folder = join(shop.folder, 'keys');
    const before = await readFile(join(folder, 'acqp_private.pem'), 'utf8');
    const { code, out, err } = await cli(['keys', 'generate', '--out', folder]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /acqp_private\.pem exists and is never overwritten/);
    assert.equal(await readFile(join(folder, 'acqp_private.pem'), 'utf8'), before);
    await assert.rejects(stat(join(folder, 'acqp_public.base64.txt')));
  });

  it('makes keys that the configuration takes', async () => {
    await cli(['keys', 'generate', '--out', join(shop.folder, 'fresh')]);
    await shop.write(['./keys/acqp_private.pem', './fresh/acqp_private.pem']);
    assert.equal((await cli(['keys', 'check', '--config', shop.file])).code, 0);
  });
});

describe('keys check', () => {
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  it('signs and verifies with the configured keys', async () => {
    await shop.write();
    const { code, out } = await cli(['keys', 'check', '--config', shop.file]);
    assert.equal(code, 0);
    assert.match(out, /^OK alipayplus: our key \(version 1\) signs/m);
    assert.match(out, /^OK alipayplus: the upstream key of version 1/m);
  });

  it('fails with exit code 2 when our own public key stands in for the upstream', async () => {
    await shop.write(['./keys/alipayplus_public.pem', './keys/acqp_public.pem']);
    const plain = await cli(['keys', 'check', '--config', shop.file]);
    assert.equal(plain.code, 2);
    assert.match(plain.out, /^FAIL alipayplus: .* is our own public key\. Repair: /m);
    const json = await cli(['keys', 'check', '--json', '--config', shop.file]);
    assert.equal(json.code, 2);
    const told = JSON.parse(json.out) as { ok: boolean; checks: { key: string; ok: boolean }[] };
    assert.equal(told.ok, false);
    assert.deepEqual(
      told.checks.map(({ key, ok }) => [key, ok]),
      [
        ['privateKeyFile', true],
        ['upstreamPublicKeyFiles.1', false],
      ],
    );
  });

  it('has exit code 1 for a key of the wrong kind: that is a wrong configuration', async () => {
    await writeFile(join(shop.folder, 'keys', 'empty.pem'), '');
    await shop.write(['./keys/alipayplus_public.pem', './keys/empty.pem']);
    const { code, out } = await cli(['keys', 'check', '--json', '--config', shop.file]);
    assert.equal(code, 1);
    assert.equal((JSON.parse(out) as { ok: boolean }).ok, false);
  });
});
