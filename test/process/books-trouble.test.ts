import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import knex from 'knex';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type BadDisk, makeBadDisk, needBadDisk } from '../support/bad-disk.js';
import { garblePages } from '../support/garbled-file.js';
import { httpCall } from '../support/http-call.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const FELL = 'the books cannot be used; no sale is taken, no code is shown';
const ROSE = 'the books can be used again';

describe('a running bridge whose books fail', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let glass: NextionGlass;
  let pc: CounterPc;
  let disk: BadDisk;
  let service: Service;
  let till: Till;

  before(function () {
    needBadDisk(this);
  });
  beforeEach(async () => {
    simulator = await createUpstreamSimulator({ notificationPausesMs: [200, 200, 200, 200, 200, 200, 200, 200] });
    glass = createNextionGlass({ paced: false });
    const { url } = await glass.listenTcp();
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: ['shown', 'free'],
      displays: (lane) => (lane === 'shown' ? [{ driver: 'nextion', port: url, baudRate: 9600 }] : []),
      timing: { payPausesMs: [1000, 1000, 1000, 1000, 1000], inquiryFirstAfterMs: 2000, inquiryEveryMs: [2000, 2000] },
    });
    disk = makeBadDisk(pc.folder);
    service = await startService(pc.file, { env: disk.env });
    till = createTill(service.terminal);
  });
  afterEach(async () => {
    await service.stop();
    await glass.stop();
    await simulator.stop();
    pc.remove();
    disk.remove();
  });

  const readyz = () => httpCall(`${service.backOffice}/readyz`);
  const logged = (event: string) => service.log().filter(({ msg }) => msg === event);

  async function showCode(): Promise<WholePayment & { readonly code: string }> {
    const sold = await till.sell({ laneId: 'shown' }, 5);
    assert.equal(sold.status, 201, sold.text);
    const payment = sold.json<WholePayment>();
    const code = simulator.order(payment.paymentRequestId)?.code ?? '';
    await until(() => glass.readCode() === code && code !== '', 'the code on the glass');
    return { ...payment, code };
  }

  async function troubleSaid(code: string, repair: RegExp): Promise<void> {
    const refused = await till.sell({ laneId: 'free' });
    assert.deepEqual([refused.status, refused.json()['code']], [503, 'books_unavailable'], refused.text);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
    const ready = await readyz();
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.json(), { ready: false, lanes: { total: 2, able: 0 }, reasons: [code] });
    const [fell, ...more] = logged(FELL);
    assert.deepEqual(more, [], 'told once');
    assert.deepEqual([fell?.['alarm'], fell?.['errorCode']], [true, code]);
    assert.match(String(fell?.['why']), repair);
    const doctor = await ocbridge(['doctor', '--config', pc.file]);
    assert.equal(doctor.code, 2, doctor.out);
    assert.match(doctor.out, new RegExp(`^FAIL  books .*${repair.source}`, 'm'));
  }

  async function allWellAgain(): Promise<void> {
    await until(() => logged(ROSE).length === 1, 'the end of the trouble');
    assert.equal((await readyz()).status, 200);
    assert.equal(logged(FELL).length, 1);
    assert.equal((await till.sell({ laneId: 'free' }, 5)).status, 201);
    assert.equal(simulator.orders().length, 2, 'the refused sale left nothing upstream');
  }

  it('on a full disk refuses sales, gives out no code and makes no call; with space again the same code comes back', async () => {
    const shown = await showCode();
    disk.fail('ENOSPC');
    // Nobody has to sell for it to be noticed: the next inquiry could not be put on record.
    await until(() => glass.readCode() === null, 'a blank glass');
    const callsFor = () => simulator.calls().filter(({ body }) => body.includes(shown.paymentRequestId)).length;
    const calls = callsFor();
    await troubleSaid('books.diskFull', /free space/);
    const meanwhile = await till.read(shown.paymentRequestId);
    assert.deepEqual([meanwhile.state, meanwhile.orderCode], ['awaiting_payer', null]);
    assert.deepEqual([meanwhile.next.action, meanwhile.next.newSaleAllowed], ['wait_for_payer', false]);
    assert.equal((await till.call(`/v1/payments/${shown.paymentRequestId}/code.svg`)).status, 404);
    assert.equal((await till.cancel(shown.paymentRequestId)).status, 503);
    await pause(1500);
    assert.equal(callsFor(), calls, 'no call left');
    disk.fail(undefined);
    await until(() => glass.readCode() === shown.code, 'the same code on the glass again');
    await allWellAgain();
  });

  it('on a disk that became read-only loses no payment that is made meanwhile: the notification is refused and comes again', async () => {
    const shown = await showCode();
    disk.fail('EROFS');
    await until(() => glass.readCode() === null, 'a blank glass');
    assert.equal(simulator.pay(shown.paymentRequestId).kind, 'done');
    await until(() => simulator.notifications()[0]?.deliveries.some(({ status }) => status === 503), 'a refused notification');
    await troubleSaid('books.readOnly', /mount the disk for writing/);
    disk.fail(undefined);
    await until(async () => (await till.read(shown.paymentRequestId)).state === 'paid', 'paid');
    await until(() => glass.readCode() === null, 'no code on the glass', 1500);
    await allWellAgain();
  });

  it('makes no call whose beginning cannot be put on record, and goes on with the same order', async () => {
    simulator.setFaults([{ name: 'reset', call: 'pay', times: 1 }]);
    const sold = (await till.sell({ laneId: 'free' }, 0)).json<WholePayment>();
    await until(() => simulator.calls().length === 1, 'the first send');
    disk.fail('EIO');
    await until(() => logged(FELL)[0]?.['errorCode'] === 'books.unavailable', 'the trouble');
    const before = simulator.calls().length;
    await pause(2500);
    assert.equal(simulator.calls().length, before);
    disk.fail(undefined);
    await until(async () => (await till.read(sold.paymentRequestId)).state === 'awaiting_payer', 'the code');
    assert.equal(simulator.orders().length, 1);
    assert.equal(new Set(simulator.calls().flatMap(({ call, bodySha256 }) => (call === 'pay' ? [bodySha256] : []))).size, 1);
  });

  it('keeps an answer that came while the disk was full, and shows its code when it can be written', async () => {
    simulator.setFaults([{ name: 'slow:1500', call: 'pay' }]);
    const waiting = till.sell({ laneId: 'shown' }, 20);
    await until(() => simulator.calls().length === 1, 'the send');
    disk.fail('ENOSPC');
    await until(() => simulator.calls()[0]?.answer?.kind === 'answered', 'the answer');
    await until(() => logged(FELL).length === 1, 'the trouble');
    await pause(1200);
    disk.fail(undefined);
    const sold = (await waiting).json<WholePayment>();
    assert.deepEqual([sold.state, sold.sends], ['awaiting_payer', 1]);
    await until(() => glass.readCode() === simulator.order(sold.paymentRequestId)?.code, 'the code');
    assert.equal(simulator.calls().filter(({ call }) => call === 'pay').length, 1);
  });

  it('stops when a page of the open file is garbage: sales refused, glass blank, exit code 2, the repair named; and does not start on it', async () => {
    await showCode();
    // What is under way may come to its end, so the stop takes as long as this call.
    simulator.setFaults([{ name: 'no_answer', call: 'pay' }]);
    await till.sell({ laneId: 'free' }, 0);
    await until(() => simulator.calls().filter(({ call }) => call === 'pay').length === 2, 'the call');
    await garbleUnderIt(pc.books);
    const ready = await until(async () => {
      const answer = await readyz();
      return answer.status === 503 && answer;
    }, 'no longer ready');
    assert.ok(ready.json<{ reasons: readonly string[] }>().reasons.includes('books.corrupt'), ready.text);
    const refused = await till.sell({ laneId: 'free' }, 0);
    assert.equal(refused.status, 503, refused.text);
    assert.match(String(refused.json()['code']), /^(books_unavailable|stopping)$/);
    assert.equal(simulator.orders().length, 2, 'the refused sale left nothing upstream');
    const { code, err } = await service.ended;
    assert.equal(code, 2);
    assert.match(err, /books .* are damaged.*Repair: .*restore the newest backup/);
    assert.equal(glass.readCode(), null);
    assert.equal(logged(FELL)[0]?.['errorCode'], 'books.corrupt');
    const again = await ocbridge(['serve', '--config', pc.file]);
    assert.equal(again.code, 2, again.out);
    assert.match(again.err, /are damaged.*restore the newest backup/);
  });
});

/** Another program moves everything from the log into the file, so that the file is read again; then its pages rot. */
async function garbleUnderIt(books: string): Promise<void> {
  const other = knex({ client: 'sqlite3', connection: { filename: books }, useNullAsDefault: true });
  try {
    await until(async () => {
      await other('knex_migrations_lock').update({ is_locked: 0 });
      const [done] = await other.raw<{ busy: number }[]>('PRAGMA wal_checkpoint(TRUNCATE)');
      return done?.busy === 0;
    }, 'everything in the file');
  } finally {
    await other.destroy();
  }
  garblePages(books);
}
