import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { TILL_KEY } from '../support/bridge-harness.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { httpsCall } from '../support/https-call.js';
import { chargeOf, siblingShop } from '../support/sibling-shops.js';
import { type CounterPc, createCounterPc, keySha256 } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
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

describe('ocbridge reload of agreements', function () {
  this.timeout(180_000);
  let pc: CounterPc;
  let service: Service;
  const SECRET = 'tok-secret-that-nobody-may-read';
  const keep = (text: string, name = 'agreements.yaml') => writeFileSync(join(pc.folder, name), text, { mode: 0o600 });
  const agreed = (reference: string) => `${reference}: { token: ${SECRET}, paymentMethodType: GCASH }\n`;
  /** The command reads the file first; with another one of its own it comes as far as the bridge. */
  const reload = (file = './agreements.yaml') => ocbridge(['reload', '--config', pc.file], { env: { AGREEMENTS_FILE: file } });
  const alarms = () => service.log().filter((line) => line['alarm'] === true);

  before(async () => {
    pc = await createCounterPc({
      change: ({ upstreams }) =>
        Object.assign(upstreams[0] ?? {}, siblingShop('antom_auto_debit').options.upstream, {
          agreementsFile: `\${AGREEMENTS_FILE}`,
        }),
    });
    keep(agreed('MEMBER-OLD'));
    keep(agreed('MEMBER-OLD'), 'good.yaml');
    service = await startService(pc.file, { startWithinMs: 60_000, env: { AGREEMENTS_FILE: './agreements.yaml' } });
  });
  after(async () => {
    await service?.stop();
    pc?.remove();
  });

  /** The upstream cannot be reached, so a sale that is taken ends unsent and leaves the lane free. */
  async function isTaken(member: string): Promise<boolean> {
    const answer = await createTill(service.terminal).sell(chargeOf(member), 10);
    if (answer.status !== 400) assert.equal(answer.status, 201, answer.text);
    return answer.status === 201;
  }

  it('that are broken keeps the old ones, says so to whoever asked and in an alarm, and repeats no token anywhere', async () => {
    for (const broken of [`${agreed('MEMBER-NEW')}MEMBER-OLD: { token: ${SECRET}`, `MEMBER-NEW: { token: "${SECRET}" }\n`, '']) {
      keep(broken);
      const before = alarms().length;
      for (const run of [await reload(), await reload('./good.yaml')]) {
        assert.equal(run.code, 1, broken);
        assert.match(run.err, /agreements\.yaml/);
        assert.ok(!run.err.includes(SECRET), run.err);
      }
      const alarm = await until(() => alarms()[before], 'the alarm');
      assert.equal(alarm.msg, 'a reload was refused; what was in force stays in force');
      assert.match(String(alarm['why']), /agreements\.yaml/);
    }
    assert.ok(!JSON.stringify(service.log()).includes(SECRET));
    assert.deepEqual([await isTaken('MEMBER-OLD'), await isTaken('MEMBER-NEW')], [true, false]);
  });

  it('that are in order puts them in force: new members are charged, and those who left are not', async () => {
    keep(agreed('MEMBER-NEW'));
    assert.equal((await reload()).code, 0);
    assert.deepEqual([await isTaken('MEMBER-OLD'), await isTaken('MEMBER-NEW')], [false, true]);
  });
});

describe('ocbridge reload of a certificate', function () {
  this.timeout(60_000);
  let pc: CounterPc;
  let service: Service;
  const [first, renewed, third] = ['first', 'renewed', 'third'].map(() => makeCertificate({ name: 'localhost' })) as [
    Certificate,
    Certificate,
    Certificate,
  ];
  const put = (key: Certificate, cert: Certificate) => {
    writeFileSync(join(pc.folder, 'keys', 'tls.key'), key.key, { mode: 0o600 });
    writeFileSync(join(pc.folder, 'keys', 'tls.cert'), cert.cert);
  };
  const reload = (env: Record<string, string> = {}) =>
    ocbridge(['reload', '--config', pc.file], { env: { TLS_CERT: './keys/tls.cert', ...env } });
  const port = () => Number(new URL(service.backOffice).port);
  const shows = (certificate: Certificate) => httpsCall(port(), '/healthz', certificate).then(({ status }) => status);

  before(async () => {
    pc = await createCounterPc({
      change: ({ listen }) => Object.assign(listen.backOffice, { tls: { keyFile: './keys/tls.key', certFile: `\${TLS_CERT}` } }),
    });
    put(first, first);
    service = await startService(pc.file, { env: { TLS_CERT: './keys/tls.cert' } });
  });
  after(async () => {
    await service?.stop();
    pc?.remove();
  });

  it('renewed under the same names shows it to the next connection, and leaves a running one alone', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const kept = () => httpsCall(port(), '/healthz', first, {}, agent).then(({ status }) => status);
      assert.deepEqual([await kept(), await shows(first)], [200, 200]);
      put(renewed, renewed);
      const run = await reload();
      assert.deepEqual([run.code, run.out, run.err], [0, 'reloaded\n', '']);
      assert.equal(await shows(renewed), 200);
      await assert.rejects(shows(first), 'the old one is shown no more');
      assert.equal(await kept(), 200, 'a connection that stood goes on');
    } finally {
      agent.destroy();
    }
  });

  it('that does not fit its key changes nothing, and is told to whoever asked and in an alarm', async () => {
    put(renewed, third);
    const run = await reload();
    assert.equal(run.code, 1);
    assert.match(run.err, /listen\.backOffice\.tls\.keyFile: the key and the certificate are not a pair/);
    // Read through another file the command finds nothing wrong, so that the bridge itself has to.
    writeFileSync(join(pc.folder, 'keys', 'good.cert'), renewed.cert);
    const asked = await reload({ TLS_CERT: './keys/good.cert' });
    assert.equal(asked.code, 1);
    assert.match(asked.err, /not a pair/);
    const alarm = await until(() => service.log().find((line) => line['alarm'] === true), 'the alarm');
    assert.match(String(alarm['why']), /listen\.backOffice\.tls/);
    assert.equal(await shows(renewed), 200);
  });
});
