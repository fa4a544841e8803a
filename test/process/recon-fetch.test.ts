import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import knex from 'knex';
import { addMs, systemClock, utc8Text } from '#src/base/clock.js';
import { lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { SET } from '../support/recon-bench.js';
import { cycleFiles } from '../support/report-files.js';
import { type SftpServer, startSftpServer } from '../support/sftp-server.js';
import { type CounterPc, createCounterPc, type Settings } from './counter-pc.js';
import { ocbridge, startService } from './program.js';

const DAY_MS = 86_400_000;
const today = utc8Text(systemClock.now()).slice(0, 10);
const yesterday = utc8Text(addMs(systemClock.now(), -DAY_MS)).slice(0, 10);

describe('recon fetch', function () {
  this.timeout(120_000);
  let pc: CounterPc;
  let server: SftpServer;
  let sftp: Record<string, unknown>;
  const keyFile = () => join(pc.folder, 'keys', 'sftp_key');
  const configure = (change: Readonly<Record<string, unknown>> = {}) =>
    pc.rewrite((settings: Settings) => {
      const { participantId, settlementCurrency, participantAgreementId } = SET;
      const entry = {
        upstream: 'alipayplus',
        participantId,
        settlementCurrency,
        participantAgreementId,
        sftp: { ...sftp, ...change },
      };
      settings['reconciliation'] = [entry];
    });
  const recon = (...args: readonly string[]) => ocbridge(['recon', ...args, '--config', pc.file]);

  before(async () => {
    server = await startSftpServer();
    const lines = [lineOf(paidRow(1, { day: yesterday, paymentRequestId: 'TEST1-1' }), 4)];
    const folder = `/v1/settlements/clearing/${SET.participantId}/${today.replaceAll('-', '')}`;
    for (const [name, text] of cycleFiles(yesterday, lines)) server.put(`${folder}/${name}`, text);
  });
  after(() => server.close());
  beforeEach(async () => {
    pc = await createCounterPc();
    writeFileSync(keyFile(), server.clientKey, { mode: 0o600 });
    const { port, hostKeySha256 } = server;
    sftp = { host: '127.0.0.1', port, user: 'acqp', privateKeyFile: './keys/sftp_key', hostKeySha256 };
    configure();
  });
  afterEach(() => pc.remove());

  async function importers(): Promise<readonly string[]> {
    const books = knex({ client: 'sqlite3', connection: { filename: pc.books }, useNullAsDefault: true });
    const acts = (await books('acts').orderBy('seq')) as { who: string }[];
    await books.destroy();
    return [...new Set(acts.map(({ who }) => who))];
  }

  it('brings a day in while the bridge is stopped, and has no effect through a running one', async () => {
    const first = await recon('fetch', yesterday, '--json');
    assert.deepEqual([first.code, first.err], [0, '']);
    const { files, ...more } = JSON.parse(first.out) as {
      readonly files: readonly { readonly kind: string; readonly state: string; readonly unchanged: boolean }[];
    };
    assert.deepEqual(more, {}, 'as an import answers');
    assert.deepEqual(
      files.map(({ kind, state, unchanged }) => [kind, state, unchanged]),
      ['feeItems', 'summary', 'transactionItems'].map((kind) => [kind, 'arrived', false]),
    );
    assert.deepEqual(await importers(), [`console:${userInfo().username}`], 'who fetched by hand is named');
    const service = await startService(pc.file);
    try {
      const again = await recon('fetch', yesterday);
      assert.equal(again.code, 0, again.err);
      assert.equal(again.out.match(/was there before/g)?.length, 3, again.out);
      const secret = server.clientKey.split('\n')[3] ?? '';
      assert.ok(secret.length > 20 && !JSON.stringify(service.log()).includes(secret), 'no key material in the log');
    } finally {
      await service.stop();
    }
    assert.equal((await recon('run', yesterday)).code, 3);
  });

  it('ends with 2 when something is missing or the server is another one, and says what', async () => {
    const missing = await recon('fetch', today, '--json');
    const told = JSON.parse(missing.out) as { readonly code: string; readonly files: readonly { readonly state: string }[] };
    assert.deepEqual(
      [missing.code, told.code, told.files.map(({ state }) => state)],
      [2, 'file_missing', Array(3).fill('missing')],
    );
    configure({ hostKeySha256: `SHA256:${'A'.repeat(43)}` });
    const other = await recon('fetch', yesterday);
    assert.deepEqual([other.code, other.out], [2, '']);
    assert.match(other.err, /another host key than hostKeySha256.*Repair: ask the upstream/s);
    assert.equal(JSON.parse((await recon('fetch', yesterday, '--json')).out).code, 'reports.hostKeyDiffers');
  });

  it('has a doctor that looks at the server without changing it, and fails when it is another one', async () => {
    const checked = async () => {
      const { out } = await ocbridge(['doctor', '--json', '--config', pc.file]);
      const { checks } = JSON.parse(out) as {
        readonly checks: readonly { check: string; result: string; code: string | null; text: string }[];
      };
      return checks.filter(({ check }) => check === 'reports').map(({ result, code, text }) => [result, code, text]);
    };
    const [good] = await checked();
    assert.deepEqual(good?.slice(0, 2), ['OK', null]);
    configure({ hostKeySha256: `SHA256:${'A'.repeat(43)}` });
    const [bad] = await checked();
    assert.deepEqual(bad?.slice(0, 2), ['FAIL', 'reports.hostKeyDiffers']);
    assert.ok(String(bad?.[2]).includes(server.hostKeySha256));
    assert.deepEqual(server.changes, []);
  });

  it('ends with 1 for a wrong configuration: no server, no host key, a key that others may read', async () => {
    const wrong = async (pattern: RegExp) => {
      const ended = await recon('fetch', yesterday);
      assert.deepEqual([ended.code, pattern.test(ended.err)], [1, true], ended.err);
    };
    chmodSync(keyFile(), 0o644);
    await wrong(/privateKeyFile.*others may read.*chmod/s);
    chmodSync(keyFile(), 0o600);
    configure({ hostKeySha256: undefined });
    await wrong(/hostKeySha256/);
    configure({ hostKeySha256: 'aa:bb' });
    await wrong(/hostKeySha256.*ssh-keygen/s);
    pc.rewrite((settings) => delete settings['reconciliation']);
    await wrong(/no server of the reports is configured/);
    assert.equal((await recon('fetch', '5 March')).code, 1);
  });
});
