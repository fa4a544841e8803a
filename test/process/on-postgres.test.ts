import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createUpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';
import { needPostgres, type TestDatabase, type TestServer } from '../support/postgres.js';
import { type CounterPc, createCounterPc, freePort } from './counter-pc.js';
import { type Ended, ocbridge, startService, until } from './program.js';
import { createTill, type WholePayment } from './till.js';

const CERTIFICATE = fileURLToPath(new URL('../../../test/config/throw-away-tls.cert.pem', import.meta.url));

describe('ocbridge on PostgreSQL', function () {
  this.timeout(60_000);
  let server: TestServer;
  let database: TestDatabase;
  let pc: CounterPc;

  before(async function () {
    server = await needPostgres(this);
  });
  beforeEach(async () => {
    database = await server.createDatabase();
    pc = await onPostgres();
  });
  afterEach(async () => {
    pc.remove();
    await database.drop();
  });

  function onPostgres(simulatorUrl?: string): Promise<CounterPc> {
    return createCounterPc({
      ...(simulatorUrl === undefined ? {} : { simulatorUrl }),
      change: (settings) => {
        (settings as Record<string, unknown>)['database'] = { client: 'pg', connection: `\${DATABASE_URL}` };
      },
    });
  }

  const run = (connection: string, ...words: string[]) =>
    ocbridge([...words, '--config', pc.file], { env: { DATABASE_URL: connection } });
  const serve = (connection: string) => run(connection, 'serve');

  /** Ended with 2 and one line on stderr that holds these words, and nowhere the password. */
  function refused(ended: Ended, ...words: readonly string[]): void {
    assert.equal(ended.code, 2, `${ended.err}${ended.out}`);
    for (const word of words) assert.ok(ended.err.includes(word), `"${word}" is in: ${ended.err}`);
    const lines = ended.err
      .split('\n')
      .filter((line) => line !== '' && !/^\(Use `node|SECURITY WARNING|^In the next|^- If you|^See /.test(line));
    assert.equal(lines.length, 1, ended.err);
    for (const secret of [server.password, encodeURIComponent(server.password), 'not-the-password'])
      assert.ok(!`${ended.err}${ended.out}`.includes(secret), 'no word of a password');
  }

  it('does not start without its server, its login, its database or its rights, and says what to do', async () => {
    const nobody = new URL(database.connection);
    nobody.port = String(await freePort());
    const stranger = new URL(database.connection);
    stranger.password = 'not-the-password';
    const elsewhere = new URL(database.connection);
    elsewhere.pathname = '/no_such_books';
    const guest = new URL(database.connection);
    guest.username = 'guest';
    guest.password = 'guest';
    await server.administrate("create role guest login password 'guest'");
    try {
      refused(await serve(nobody.href), `127.0.0.1:${nobody.port}`, 'Repair: see that the server runs');
      refused(await serve(stranger.href), 'password authentication failed', 'Repair: look at user and password');
      refused(await serve(elsewhere.href), 'does not exist', 'Repair: make the database: createdb --owner shop');
      refused(await serve(guest.href), 'permission denied', `Repair: make guest the owner of the database: ALTER DATABASE`);
    } finally {
      await server.administrate('drop role guest');
    }
  });

  it('does not start on a database that is not in UTF8, nor on a server that may forget what it has committed', async () => {
    const latin = await server.createDatabase("encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
    refused(await serve(latin.connection), 'LATIN1', 'Repair: make another: createdb --encoding UTF8');
    await latin.drop();
    await server.administrate('alter system set fsync = off');
    await server.administrate('select pg_reload_conf()');
    try {
      await until(async () => (await database.query('show fsync'))[0]?.['fsync'] === 'off', 'the server does not sync');
      refused(await serve(database.connection), 'fsync = off', 'Repair: set fsync = on');
    } finally {
      await server.administrate('alter system reset fsync');
      await server.administrate('select pg_reload_conf()');
      await until(async () => (await database.query('show fsync'))[0]?.['fsync'] === 'on', 'the server syncs again');
    }
  });

  it('speaks TLS where the connection string says so, and believes only a certificate that it can check', async () => {
    // The throw-away certificate names another host, so that only its signature is looked at.
    const checked = `uselibpqcompat=true&sslmode=verify-ca&sslrootcert=${encodeURIComponent(CERTIFICATE)}`;
    const trusted = `${database.connection}?${checked}`;
    const service = await startService(pc.file, { env: { DATABASE_URL: trusted } });
    try {
      const lines = await database.query<{ ssl: boolean }>(
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'ocbridge'",
      );
      assert.ok(lines.length > 0 && lines.every(({ ssl }) => ssl), 'every connection of the bridge');
    } finally {
      await service.stop();
    }
    refused(await serve(`${database.connection}?sslmode=verify-full`), 'certificate', 'Repair: add sslrootcert=FILE');
  });

  it('answers its commands while it runs, through a socket beside its configuration, and refuses to run twice', async () => {
    const simulator = await createUpstreamSimulator();
    pc.remove();
    pc = await onPostgres(simulator.url);
    const { connection } = database;
    const before = await run(connection, 'payment', 'show', 'TEST1-1');
    assert.deepEqual([before.code, /no books yet/.test(before.err)], [1, true], before.err);
    assert.equal(
      (await database.query('select 1 from pg_tables where tablename = $1', ['payments'])).length,
      0,
      'a look makes none',
    );
    const service = await startService(pc.file, { env: { DATABASE_URL: connection } });
    try {
      assert.ok(existsSync(`${pc.file}.admin`) || process.platform === 'win32');
      const till = createTill(service.terminal);
      const { paymentRequestId: id } = (await till.sell()).json<WholePayment>();
      simulator.pay(id);
      await until(async () => (await till.read(id)).state === 'paid', 'paid');
      await until(async () => (await till.read(id)).display[0]?.state === 'cleared', 'the code is off the glass');
      refused(await serve(connection), 'Another bridge is running with this configuration file', 'ocbridge stop');
      assert.deepEqual((await run(connection, 'reload')).code, 0);
      const shown = async () => {
        const { code, out } = await run(connection, 'payment', 'timeline', id, '--json');
        return { code, told: JSON.stringify(JSON.parse(out), (name, value) => (name === 'display' ? undefined : value)) };
      };
      const running = await shown();
      assert.equal(running.code, 0);
      const stopped = await run(connection, 'stop');
      assert.deepEqual([stopped.code, (await service.ended).code], [0, 0], stopped.err);
      assert.deepEqual(await shown(), running, 'the same is read from the books themselves');
      assert.ok(!JSON.stringify(service.log()).includes(encodeURIComponent(server.password)));
    } finally {
      await service.stop();
      await simulator.stop();
    }
  });

  it('refuses sales while the server is away, and goes on by itself when it is back', async () => {
    const simulator = await createUpstreamSimulator();
    pc.remove();
    pc = await onPostgres(simulator.url);
    const service = await startService(pc.file, { env: { DATABASE_URL: database.connection } });
    try {
      const till = createTill(service.terminal);
      const { paymentRequestId: id } = (await till.sell()).json<WholePayment>();
      const ready = async () => (await httpCall(`${service.backOffice}/readyz`)).status;
      await server.stop();
      try {
        const sale = { saleReference: 'AWAY', laneId: 'lane-1' };
        await until(async () => (await till.sell(sale)).status === 503, 'sales are refused');
        assert.equal((await till.sell(sale)).json<{ code: string }>().code, 'books_unavailable');
        await until(async () => (await ready()) === 503, 'not ready');
        // The payer does not wait for us.
        simulator.pay(id);
      } finally {
        await server.start();
      }
      const back = performance.now();
      await until(
        async () => (await till.call(`/v1/payments/${id}`)).json<WholePayment>().state === 'paid',
        'the payment goes on',
        20_000,
      );
      await until(async () => (await ready()) === 200, 'ready again', 20_000);
      console.log(`      went on ${((performance.now() - back) / 1000).toFixed(1)} s after the server was back`);
      const sold = await till.sell({ saleReference: 'BACK' });
      assert.equal(sold.status, 201, sold.text);
      assert.equal(simulator.orders().length, 2);
    } finally {
      await service.stop();
      await simulator.stop();
    }
  });
});
