import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { silentLog } from '#src/base/log.js';
import { adminSocketPath } from '#src/technician/admin-path.js';
import { type AdminHandler, type AdminServer, serveAdmin } from '#src/technician/admin-socket.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { createManualClock } from '../support/manual-clock.js';
import { type CliRun, cli } from './cli-run.js';

const PAYMENT = { paymentRequestId: 'SHOP114-abc', state: 'paid', amount: { currency: 'JPY', value: '1980' }, alerts: [] };
const TIMELINE = [
  { at: 1_772_677_530_412, what: 'journal', detail: { from: 'submitting', to: 'awaiting_payer' } },
  { at: '2026-03-05T02:16:08.057Z', what: 'notification', detail: { verdict: 'good', body: '{"a":1}' } },
];

describe('commands that speak to the running bridge', () => {
  let shop: ConfigFolder;
  let server: AdminServer | undefined;
  beforeEach(async () => {
    shop = await configFolder();
    await mkdir(join(shop.folder, 'data'));
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await shop.remove();
  });

  async function running(handlers: Readonly<Record<string, AdminHandler>>): Promise<void> {
    server = await serveAdmin({ path: adminSocketPath(join(shop.folder, 'data', 'bridge.sqlite')), handlers, log: silentLog });
  }

  const run = (...argv: string[]) => cli([...argv, '--config', shop.file]);

  for (const verb of ['stop', 'reload']) {
    it(`say with exit code 2 that it is not running: ${verb}`, async () => {
      const { code, out, err } = await run(verb);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /^the bridge is not running .* Repair: /);
    });
  }

  it('stop it, and wait until it has stopped', async () => {
    let asked = 0;
    await running({
      stop: async () => {
        asked += 1;
        void server?.close();
        return { kind: 'done', result: null };
      },
    });
    assert.deepEqual(await run('stop'), { code: 0, out: 'stopped\n', err: '' });
    assert.equal(asked, 1);
  });

  it('reload it', async () => {
    await running({ reload: async () => ({ kind: 'done', result: null }) });
    assert.deepEqual(await run('reload'), { code: 0, out: 'reloaded\n', err: '' });
  });

  it('tell what waits for a restart after a reload', async () => {
    await running({ reload: async () => ({ kind: 'done', result: { waitsForRestart: ['listen', 'database'] } }) });
    assert.equal((await run('reload')).out, 'reloaded\nwaits for a restart: listen, database\n');
  });

  it('have exit code 1 when what it should reload is wrong', async () => {
    await running({ reload: async () => ({ kind: 'refused', code: 'config.wrong', message: 'bridge.yaml:3 …' }) });
    assert.deepEqual(await run('reload'), { code: 1, out: '', err: 'bridge.yaml:3 …\n' });
  });

  it('show a payment through it, readable and as JSON', async () => {
    let asked: unknown;
    await running({
      'payment.show': async (args) => {
        asked = args;
        return { kind: 'done', result: PAYMENT };
      },
    });
    const plain = await run('payment', 'show', 'SHOP114-abc');
    assert.deepEqual(asked, { id: 'SHOP114-abc' });
    assert.match(plain.out, /^state: paid$/m);
    const json = await run('payment', 'show', 'SHOP114-abc', '--json');
    assert.deepEqual(JSON.parse(json.out), PAYMENT);
  });

  it('show a timeline entry by entry', async () => {
    await running({ 'payment.timeline': async () => ({ kind: 'done', result: TIMELINE }) });
    const { out } = await run('payment', 'timeline', 'SHOP114-abc');
    assert.equal(
      out,
      [
        '2026-03-05T02:25:30.412Z  journal',
        '    from: submitting',
        '    to: awaiting_payer',
        '2026-03-05T02:16:08.057Z  notification',
        '    verdict: good',
        `    body: '{"a":1}'`,
        '',
      ].join('\n'),
    );
    assert.deepEqual(JSON.parse((await run('payment', 'timeline', 'SHOP114-abc', '--json')).out), TIMELINE);
  });

  it('put a long timeline together from the stretches in which it comes', async () => {
    const asked: unknown[] = [];
    await running({
      'payment.timeline': async (args) => {
        asked.push(args);
        const isFirst = args['cursor'] === undefined;
        const timeline = [{ at: '2026-03-05T02:25:30.412Z', what: isFirst ? 'till' : 'glass', detail: {} }];
        return { kind: 'done', result: { payment: PAYMENT, timeline, nextCursor: isFirst ? '1' : null, leftOut: 0 } };
      },
    });
    const { out } = await run('payment', 'timeline', 'SHOP114-abc', '--json');
    const { timeline, ...rest } = JSON.parse(out);
    assert.deepEqual(asked, [{ id: 'SHOP114-abc' }, { id: 'SHOP114-abc', cursor: '1' }]);
    assert.deepEqual([timeline[0].what, timeline[1].what, timeline.length], ['till', 'glass', 2]);
    assert.deepEqual(rest, { payment: PAYMENT, nextCursor: null, leftOut: 0 });
  });

  it('have exit code 1 for a payment nobody knows', async () => {
    await running({ 'payment.show': async () => ({ kind: 'refused', code: 'not_found', message: 'there is no payment X' }) });
    assert.deepEqual(await run('payment', 'show', 'X'), { code: 1, out: '', err: 'there is no payment X\n' });
    const json = await run('payment', 'show', 'X', '--json');
    assert.deepEqual(JSON.parse(json.out), { ok: false, code: 'not_found', message: 'there is no payment X' });
  });

  it('open the books themselves only when it is stopped', async () => {
    const asked: unknown[] = [];
    const offline = {
      answerOffline: async (_config: unknown, request: unknown) => {
        asked.push(request);
        return { kind: 'done' as const, result: PAYMENT };
      },
    };
    const argv = ['payment', 'show', 'SHOP114-abc', '--json', '--config', shop.file];
    assert.deepEqual(JSON.parse((await cli(argv, offline)).out), PAYMENT);
    assert.deepEqual(asked, [{ verb: 'payment.show', args: { id: 'SHOP114-abc' } }]);
    await running({ 'payment.show': async () => ({ kind: 'refused', code: 'books.unavailable', message: 'the disk is full' }) });
    assert.equal((await cli(argv, offline)).code, 2);
    assert.equal(asked.length, 1);
  });

  describe('while somebody has the books and no bridge answers', () => {
    let refusals: number;
    const locked = async () => {
      refusals += 1;
      throw new BridgeError(
        'books.locked',
        'Another bridge is running on these books (… is locked). Stop it first: ocbridge stop',
      );
    };
    beforeEach(() => {
      refusals = 0;
    });

    for (const [argv, result, says] of [
      [['user', 'list'], [], /nobody yet/],
      [['recon', 'run', '2026-03-05', '--json'], { exceptions: { open: 0 } }, /"open": 0/],
    ] as const) {
      it(`ask again until the bridge has started: ${argv.join(' ')}`, async () => {
        const clock = createManualClock();
        const asking = cli([...argv, '--config', shop.file], { clock, answerOffline: locked, offlineRecon: locked });
        await clock.until(() => refusals === 1, 'the books were asked');
        const answer = async () => ({ kind: 'done' as const, result });
        await running({ 'user.list': answer, 'recon.progress': answer, 'recon.run': answer });
        await clock.advance(1000);
        const { code, out, err } = await asking;
        assert.deepEqual([code, err], [0, '']);
        assert.match(out, says);
      });
    }

    it('say after five seconds that one may just be starting, and how to stop it', async () => {
      const clock = createManualClock();
      const ended: CliRun[] = [];
      void cli(['user', 'list', '--config', shop.file], { clock, answerOffline: locked }).then((done) => ended.push(done));
      await clock.advance(4000);
      assert.equal(ended.length, 0, 'it still waits');
      await clock.advanceUntil(() => ended.length > 0, 'it gives up', { limitMs: 10_000 });
      assert.equal(ended[0]?.code, 2);
      assert.match(ended[0]?.err ?? '', /^a bridge is just starting, or another one runs on these books: .* ocbridge stop\n$/);
    });
  });
});
