import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#src/base/log.js';
import { type Bridge, startBridge } from '#src/bridge.js';
import { loadConfig } from '#src/config/load-config.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { PASSWORD } from '../support/back-office.js';
import { makeCertificate } from '../support/certificates.js';
import { httpsCall } from '../support/https-call.js';

describe('the back office over TLS', () => {
  const certificate = makeCertificate({ name: 'localhost' });
  let pc: CounterPc;
  let bridge: Bridge;
  const logLines: string[] = [];
  before(async () => {
    pc = await createCounterPc({
      change: ({ listen }) => Object.assign(listen.backOffice, { tls: { keyFile: './tls.key', certFile: './tls.cert' } }),
    });
    writeFileSync(join(pc.folder, 'tls.key'), certificate.key, { mode: 0o600 });
    writeFileSync(join(pc.folder, 'tls.cert'), certificate.cert);
    const load = await loadConfig(pc.file, {});
    assert.ok(load.kind === 'ok', JSON.stringify(load));
    bridge = await startBridge({ config: load.config, log: createLog((line) => logLines.push(line)), version: 'test' });
    const added = await bridge.people.users.add({ name: 'mika', role: 'operator', password: PASSWORD, account: 'tests' });
    assert.equal(added.kind, 'done');
  });
  after(async () => {
    await bridge?.stop();
    pc?.remove();
  });

  const call = (path: string, wish: Parameters<typeof httpsCall>[3] = {}) =>
    httpsCall(Number(new URL(bridge.urls.backOffice ?? '').port), path, certificate, wish);

  it('gives a cookie that only this host over TLS can have set, takes it, and takes it away at the logout', async () => {
    assert.match(bridge.urls.backOffice ?? '', /^https:/);
    const login = await call('/api/session', { json: { name: 'mika', password: PASSWORD } });
    assert.equal(login.status, 200, login.text);
    const [set = ''] = login.cookies;
    assert.match(set, /^__Host-ocbridge=[A-Za-z0-9_-]{43}; /);
    assert.deepEqual(set.split('; ').slice(1).toSorted(), ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
    const Cookie = set.replace(/;.*/, '');
    const seen = await call('/api/session', { headers: { Cookie } });
    assert.deepEqual([seen.status, JSON.parse(seen.text).name], [200, 'mika']);
    const plainName = { Cookie: Cookie.replace('__Host-', '') };
    assert.equal(
      (await call('/api/session', { headers: plainName })).status,
      401,
      'no other host may plant one by the plain name',
    );
    const token = { 'X-CSRF-Token': String(JSON.parse(login.text).csrfToken) };
    const ended = await call('/api/session', { method: 'DELETE', headers: { Cookie, ...token } });
    assert.equal(ended.status, 204, ended.text);
    assert.match(ended.cookies[0] ?? '', /^__Host-ocbridge=; .*Max-Age=0/);
    assert.match(ended.cookies[0] ?? '', /Secure/);
    assert.equal((await call('/api/session', { headers: { Cookie } })).status, 401);
  });

  it('keeps its certificate when the files stop being a pair in the middle of a reload, and says so in the answer and an alarm', async () => {
    const load = await loadConfig(pc.file, {});
    assert.ok(load.kind === 'ok');
    writeFileSync(join(pc.folder, 'tls.cert'), makeCertificate({ name: 'localhost' }).cert);
    assert.match((await bridge.reload(load.config)).join(), /^listen\.backOffice\.tls \(.*reload again\)$/);
    const alarm = logLines.find((line) => line.includes('a certificate could not be renewed'));
    assert.match(alarm ?? '', /"listener":"backOffice".*"alarm":true/);
    assert.equal((await call('/healthz')).status, 200);
    writeFileSync(join(pc.folder, 'tls.cert'), certificate.cert);
    assert.deepEqual(await bridge.reload(load.config), []);
  });
});
