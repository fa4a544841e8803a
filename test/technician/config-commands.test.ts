import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { cli } from './cli-run.js';

const COMMANDS_WITH_CONFIG: readonly (readonly string[])[] = [
  ['serve'],
  ['stop'],
  ['reload'],
  ['config', 'check'],
  ['keys', 'check'],
  ['terminal', 'add', 'T02', '--lane', 'lane-1'],
  ['payment', 'show', 'X'],
  ['payment', 'timeline', 'X'],
];

describe('config check', () => {
  let shop: ConfigFolder;
  beforeEach(async () => {
    shop = await configFolder();
  });
  afterEach(() => shop.remove());

  it('says so when all is right', async () => {
    const { code, out, err } = await cli(['config', 'check', '--config', shop.file]);
    assert.deepEqual({ code, out, err }, { code: 0, out: `${shop.file}: the configuration is right\n`, err: '' });
  });

  it('takes the file from OCBRIDGE_CONFIG, then from ./config/bridge.yaml', async () => {
    assert.equal((await cli(['config', 'check'], { env: { OCBRIDGE_CONFIG: shop.file } })).code, 0);
    const { code, err } = await cli(['config', 'check']);
    assert.equal(code, 1);
    assert.match(err, /^\.\/config\/bridge\.yaml:1 the file does not exist/);
  });

  it('reads variables of the environment it is given', async () => {
    await shop.write(['SANDBOX_0TESTONLY0000001', `\${OCB_CLIENT}`]);
    assert.equal((await cli(['config', 'check', '--config', shop.file])).code, 1);
    assert.equal((await cli(['config', 'check', '--config', shop.file], { env: { OCB_CLIENT: 'SANDBOX_1' } })).code, 0);
  });

  it('names each mistake as FILE:LINE key: message. Repair: …', async () => {
    const line = await shop.write(['merchant: shop-114', 'merchant: shop-999'], ['port: 8481', 'port: 8480']);
    const { code, out, err } = await cli(['config', 'check', '--config', shop.file]);
    assert.deepEqual([code, out], [1, '']);
    const lines = err.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.ok(
      lines[1]?.startsWith(`${shop.file}:${line} lanes[0].merchant: there is no merchant "shop-999". Repair: `),
      lines[1],
    );
  });

  it('prints one JSON value with --json, right or wrong', async () => {
    const right = await cli(['config', 'check', '--json', '--config', shop.file]);
    assert.deepEqual(JSON.parse(right.out), { ok: true, problems: [], warnings: [] });
    const line = await shop.write(['merchant: shop-114', 'merchant: shop-999']);
    const wrong = await cli(['config', 'check', '--json', '--config', shop.file]);
    assert.deepEqual([wrong.code, wrong.err], [1, '']);
    const told = JSON.parse(wrong.out) as { ok: boolean; problems: Record<string, unknown>[] };
    assert.equal(told.ok, false);
    assert.deepEqual(Object.keys(told.problems[0] ?? {}), ['file', 'line', 'key', 'message', 'repair']);
    assert.equal(told.problems[0]?.['line'], line);
    assert.equal(told.problems[0]?.['key'], 'lanes[0].merchant');
  });

  it('prints warnings and is content', async () => {
    await shop.write([
      '\nlanes:\n',
      '  - { id: unused, currencies: [JPY], referenceMerchantId: M, merchantName: M, merchantMCC: "5814", merchantAddress: { region: JP }, store: { referenceStoreId: S, storeName: S } }\nlanes:\n',
    ]);
    const { code, out } = await cli(['config', 'check', '--config', shop.file]);
    assert.equal(code, 0);
    assert.match(out, /^warning: .*merchants\[1\]: no lane uses the merchant "unused"/);
  });

  for (const command of COMMANDS_WITH_CONFIG) {
    it(`has exit code 1 and the same words in "${command.slice(0, 2).join(' ')}"`, async () => {
      await shop.write(['merchant: shop-114', 'merchant: shop-999']);
      const { code, out, err } = await cli([...command, '--config', shop.file]);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /there is no merchant "shop-999"/);
    });
  }
});

describe('serve', () => {
  let shop: ConfigFolder;
  before(async () => {
    shop = await configFolder();
  });
  after(() => shop.remove());

  it('is given the checked configuration', async () => {
    let folder = '';
    const { code } = await cli(['serve', '--config', shop.file], {
      serve: (config) => {
        folder = config.upstreams[0]?.privateKeyFile ?? '';
        return Promise.resolve(0);
      },
    });
    assert.deepEqual([code, folder], [0, join(shop.folder, 'keys', 'acqp_private.pem')]);
  });

  for (const [code, exit] of [
    ['books.locked', 2],
    ['listen.portTaken', 2],
    ['books.openToOthers', 1],
    ['config.wrong', 1],
  ] as const) {
    it(`has exit code ${exit} when it cannot start for ${code}`, async () => {
      const run = await cli(['serve', '--config', shop.file], {
        serve: () => Promise.reject(new BridgeError(code, 'the sentence')),
      });
      assert.deepEqual(run, { code: exit, out: '', err: 'the sentence\n' });
    });
  }
});
