import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type BadDisk, makeBadDisk, needBadDisk } from '../support/bad-disk.js';
import { garblePages } from '../support/garbled-file.js';
import { httpCall } from '../support/http-call.js';
import { type CounterPc, createCounterPc, freePort } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const FELL = 'the books cannot be used; no sale is taken, no code is shown';
const ROSE = 'the books can be used again';

describe('a bridge that is started while its books cannot be written', function () {
  this.timeout(180_000);
  let simulator: UpstreamSimulator;
  let glass: NextionGlass;
  let pc: CounterPc;
  let disk: BadDisk;
  let service: Service | undefined;
  let till: Till;

  before(function () {
    needBadDisk(this);
  });
  beforeEach(async () => {
    simulator = await createUpstreamSimulator({ notificationPausesMs: Array.from({ length: 60 }, () => 200) });
    glass = createNextionGlass({ paced: false });
    const { url } = await glass.listenTcp();
    const [terminalPort, backOfficePort] = [await freePort(), await freePort()];
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: ['shown', 'free'],
      displays: (lane) => (lane === 'shown' ? [{ driver: 'nextion', port: url, baudRate: 9600 }] : []),
      timing: { inquiryFirstAfterMs: 2000, inquiryEveryMs: [2000, 2000] },
      change({ listen }) {
        // The bridge opens its listeners anew when the books are back; tills find it where it was.
        listen.terminal.port = terminalPort;
        listen.backOffice.port = backOfficePort;
      },
    });
    disk = makeBadDisk(pc.folder);
  });
  afterEach(async () => {
    await service?.stop();
    service = undefined;
    await glass.stop();
    await simulator.stop();
    pc.remove();
    disk.remove();
  });

  const logged = (event: string) => service?.log().filter(({ msg }) => msg === event) ?? [];

  async function start(): Promise<Service> {
    service = await startService(pc.file, { env: disk.env, startWithinMs: 90_000 });
    till = createTill(service.terminal);
    return service;
  }

  /** A code on the glass, and then the power of the PC goes. */
  async function diesWithACode(): Promise<WholePayment & { readonly code: string }> {
    const running = await start();
    const sold = (await till.sell({ laneId: 'shown' }, 5)).json<WholePayment>();
    const code = simulator.order(sold.paymentRequestId)?.code ?? '';
    await until(() => code !== '' && glass.readCode() === code, 'the code on the glass');
    running.signal('SIGKILL');
    await running.ended;
    return { ...sold, code };
  }

  async function refusesAndSaysWhy(code: string, repair: RegExp): Promise<void> {
    const refused = await till.sell({ laneId: 'free' });
    assert.deepEqual([refused.status, refused.json()['code']], [503, 'books_unavailable'], refused.text);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
    assert.equal((await createTill(service?.terminal ?? '', 'no-key').sell()).status, 401, 'still only for those who may');
    const ready = await httpCall(`${service?.backOffice}/readyz`);
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.json(), { ready: false, lanes: { total: 2, able: 0 }, reasons: [code] });
    const [fell, ...more] = logged(FELL);
    assert.deepEqual(more, [], 'told once');
    assert.deepEqual([fell?.['alarm'], fell?.['errorCode']], [true, code]);
    const doctor = await ocbridge(['doctor', '--config', pc.file]);
    assert.equal(doctor.code, 2, doctor.out);
    assert.match(doctor.out, new RegExp(`^FAIL  books .*${repair.source}`, 'm'));
  }

  async function sellsAgain(): Promise<void> {
    await until(() => logged('bridge runs').length === 2, 'the start on the books', 60_000);
    assert.equal(logged(ROSE).length, 1);
    assert.equal((await httpCall(`${service?.backOffice}/readyz`)).status, 200);
    assert.equal((await till.sell({ laneId: 'free' }, 5)).status, 201);
    assert.equal(simulator.orders().length, 2, 'the refused sale left nothing upstream');
  }

  it('on a full disk comes up, takes the old code off the glass, makes no call, and with space goes on with the same order', async () => {
    const shown = await diesWithACode();
    disk.fail('ENOSPC');
    await start();
    await until(() => glass.readCode() === null, 'a blank glass');
    const calls = simulator.calls().length;
    await refusesAndSaysWhy('books.diskFull', /free space/);
    const read = await till.call(`/v1/payments/${shown.paymentRequestId}`);
    assert.deepEqual([read.status, read.json()['code']], [503, 'books_unavailable'], 'not "there is none": nobody can know');
    const reload = await ocbridge(['reload', '--config', pc.file]);
    assert.equal(reload.code, 2, reload.out);
    assert.match(reload.err, /free space/);
    await pause(1500);
    assert.equal(simulator.calls().filter(({ call }) => call === 'pay').length, 1);
    assert.equal(simulator.calls().filter(({ body }) => body.includes(shown.paymentRequestId)).length, calls, 'no call left');
    disk.fail(undefined);
    await until(() => glass.readCode() === shown.code, 'the same code on the glass again', 20_000);
    await sellsAgain();
    assert.equal((await till.read(shown.paymentRequestId)).sends, 1);
  });

  it('on a disk mounted for reading loses no payment that is made meanwhile: the notification comes again', async () => {
    const shown = await diesWithACode();
    disk.fail('EROFS');
    await start();
    assert.equal(simulator.pay(shown.paymentRequestId).kind, 'done');
    await until(() => simulator.notifications()[0]?.deliveries.some(({ status }) => status === 503), 'a refused notification');
    await refusesAndSaysWhy('books.readOnly', /mount the disk for writing/);
    disk.fail(undefined);
    await sellsAgain();
    await until(async () => (await till.read(shown.paymentRequestId)).state === 'paid', 'paid', 20_000);
    assert.equal(glass.readCode(), null);
  });

  it('waits for a program that keeps the file locked, and says so', async () => {
    await diesWithACode();
    const backup = open(pc.books);
    try {
      await held(backup);
      await start();
      await refusesAndSaysWhy('books.busy', /close whatever has the file open/);
    } finally {
      await backup.destroy();
    }
    await sellsAgain();
  });

  it('makes no new books where the old ones were taken away while it waits, and goes on when they are back', async () => {
    const shown = await diesWithACode();
    disk.fail('ENOSPC');
    await start();
    const kept = `${pc.books}.kept`;
    renameSync(pc.books, kept);
    disk.fail(undefined);
    // Two tries: the second one began when the file was gone for certain.
    await pause(2500);
    assert.equal(existsSync(pc.books), false);
    assert.equal((await till.sell({ laneId: 'free' })).status, 503);
    renameSync(kept, pc.books);
    await sellsAgain();
    assert.equal((await till.read(shown.paymentRequestId)).state, 'awaiting_payer');
  });

  it('ends with exit code 2 and the repair when what it waits for turns out to be damaged', async () => {
    // After an orderly end everything is in the file, and nothing beside it.
    await (await start()).stop();
    disk.fail('ENOSPC');
    const waiting = await start();
    garblePages(pc.books);
    disk.fail(undefined);
    const { code, err } = await waiting.ended;
    assert.equal(code, 2);
    assert.match(err, /are damaged.*restore the newest backup/, err);
  });

  it('does not start where the books have to be made or changed first and cannot be: exit code 2, the repair named', async () => {
    disk.fail('ENOSPC');
    const fresh = await ocbridge(['serve', '--config', pc.file], { env: disk.env });
    assert.equal(fresh.code, 2, fresh.out);
    assert.match(fresh.err, /cannot be created|not made yet/);
    disk.fail(undefined);
    await (await start()).stop();
    const other = open(pc.books);
    try {
      await other('knex_migrations').where('name', '0009-clearing-rows').delete();
      await held(other);
      const older = await ocbridge(['serve', '--config', pc.file]);
      assert.equal(older.code, 2, older.out);
      assert.match(older.err, /of an older version and have to be changed.*Repair: close whatever has the file open/);
    } finally {
      await other.destroy();
    }
  });
});

function open(filename: string): Knex {
  return knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true, pool: { min: 1, max: 1 } });
}

/** Takes the lock for writing on the only connection and keeps it until that is destroyed. */
async function held(backup: Knex): Promise<void> {
  await backup.raw('BEGIN IMMEDIATE');
}
