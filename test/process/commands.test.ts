import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createUpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { skipBecause } from '../support/skip.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, PROGRAM, startService, until } from './program.js';
import { createTill, type WholePayment } from './till.js';

/** The top, a group and a command; `test/technician/cli.test.ts` asks every one, in one process. */
const COMMANDS = [[], ['payment'], ['payment', 'show']];

describe('ocbridge as a program', function () {
  this.timeout(60_000);
  let pc: CounterPc;
  before(async () => {
    pc = await createCounterPc();
  });
  after(() => pc.remove());

  const run = (...args: readonly string[]) => ocbridge([...args, '--config', pc.file]);

  it('explains itself with --help and exits 0', async () => {
    const runs = await Promise.all(COMMANDS.map((words) => ocbridge([...words, '--help'])));
    for (const [index, { code, out, err }] of runs.entries()) {
      const words = ['ocbridge', ...(COMMANDS[index] ?? [])].join(' ');
      assert.deepEqual([code, err], [0, ''], words);
      assert.ok(out.startsWith(`Usage: ${words} `), out);
    }
  });

  it('exits 1 with a sentence for a wrong command, a wrong option, a missing argument, and nothing at all', async () => {
    const wrong = [['sreve'], ['serve', '--port', '1'], ['payment', 'show'], []];
    const runs = await Promise.all(wrong.map((words) => ocbridge(words)));
    for (const [index, { code, out, err }] of runs.entries()) {
      assert.equal(code, 1, `${wrong[index]?.join(' ')}: ${out}`);
      assert.equal(out, '');
      assert.notEqual(err, '');
      assert.doesNotMatch(err, /\n\s+at /);
    }
    assert.match(runs[0]?.err ?? '', /Did you mean serve/);
  });

  it('runs from a link in a bin folder, under its own name', async function () {
    if (process.platform === 'win32') skipBecause(this, 'symbolic links are for administrators only on Windows');
    const bin = join(pc.folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(PROGRAM, join(bin, 'ocbridge'));
    assert.equal((await ocbridge(['config', 'check', '--config', pc.file], { program: join(bin, 'ocbridge') })).code, 0);
    const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const version = await promisify(execFile)('ocbridge', ['--version'], { env: { ...process.env, PATH: path } });
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('config check: 0 and one JSON value when right; 1 with file, line, key and repair when wrong', async () => {
    const right = await run('config', 'check', '--json');
    assert.deepEqual([right.code, right.err], [0, '']);
    assert.deepEqual(JSON.parse(right.out), { ok: true, problems: [], warnings: [] });
    const wrongPc = await createCounterPc({
      change: (settings) => {
        for (const lane of settings.lanes) lane.merchant = 'shop-2';
      },
    });
    const [text, json] = await Promise.all([
      ocbridge(['config', 'check', '--config', wrongPc.file]),
      ocbridge(['config', 'check', '--json', '--config', wrongPc.file]),
    ]);
    assert.equal(text.code, 1);
    const line =
      readFileSync(wrongPc.file, 'utf8')
        .split('\n')
        .findIndex((one) => one.includes('merchant: shop-2')) + 1;
    assert.ok(text.err.startsWith(`${wrongPc.file}:${line} lanes[0].merchant: `), text.err);
    assert.match(text.err, /Repair: /);
    assert.equal(json.code, 1);
    assert.equal(JSON.parse(json.out).problems[0].line, line);
    wrongPc.remove();
  });

  it('keys generate: a private key for its owner only, never over an existing file; the configuration takes it', async () => {
    const out = join(pc.folder, 'new keys');
    const made = await ocbridge(['keys', 'generate', '--out', out]);
    assert.deepEqual([made.code, made.err], [0, '']);
    const file = join(out, 'acqp_private.pem');
    const text = readFileSync(file, 'utf8');
    assert.doesNotMatch(made.out, /PRIVATE KEY/);
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = await ocbridge(['keys', 'generate', '--out', out]);
    assert.equal(again.code, 1);
    assert.match(again.err, /never overwritten/);
    assert.equal(readFileSync(file, 'utf8'), text);
    pc.rewrite(({ upstreams }) => {
      for (const upstream of upstreams) upstream.privateKeyFile = file;
    });
    const check = await run('keys', 'check', '--json');
    assert.equal(check.code, 0, check.err);
    assert.equal(JSON.parse(check.out).ok, true);
  });

  it('keys check: 2 when our own public key stands in for the upstream', async () => {
    const mixed = await createCounterPc();
    const made = await ocbridge(['keys', 'generate', '--out', join(mixed.folder, 'pair')]);
    assert.equal(made.code, 0);
    mixed.rewrite(({ upstreams }) => {
      for (const upstream of upstreams) {
        upstream.privateKeyFile = './pair/acqp_private.pem';
        upstream.upstreamPublicKeyFiles = { '1': './pair/acqp_public.pem' };
      }
    });
    const check = await ocbridge(['keys', 'check', '--config', mixed.file]);
    assert.equal(check.code, 2);
    assert.match(check.out, /^FAIL alipayplus: .*Repair: /m);
    mixed.remove();
  });

  it('terminal add: the new key works at once with the line it prints', async () => {
    const added = await run('terminal', 'add', 'T02', '--lane', 'lane-1');
    assert.deepEqual([added.code, added.err], [0, '']);
    const key = /^[A-Za-z0-9_-]{43}$/m.exec(added.out)?.[0] ?? '';
    const sha = /keySha256: \["([0-9a-f]{64})"\]/.exec(added.out)?.[1] ?? '';
    pc.rewrite(({ terminals }) => {
      terminals.push({ id: 'T02', lanes: ['lane-1'], keySha256: [sha], may: ['pay', 'cancel', 'refund'] });
    });
    const service = await startService(pc.file);
    try {
      assert.equal((await createTill(service.terminal, key).call('/v1/lanes/lane-1')).status, 200);
    } finally {
      await service.stop();
    }
    const unknown = await run('terminal', 'add', 'T03', '--lane', 'lane-2');
    assert.equal(unknown.code, 1);
    assert.equal(unknown.out, '');
  });

  it('stop, reload: 2 when the bridge is not running; payment show does not make books for it', async () => {
    const idle = await createCounterPc();
    const runs = await Promise.all([['stop'], ['reload']].map((words) => ocbridge([...words, '--config', idle.file])));
    for (const { code, err } of runs) {
      assert.equal(code, 2);
      assert.match(err, /not running/);
    }
    const show = await ocbridge(['payment', 'show', 'TEST1-1', '--config', idle.file]);
    assert.equal(show.code, 1, show.err);
    assert.match(show.err, /no books yet/);
    assert.equal(existsSync(idle.books), false, 'a look leaves nothing behind');
    idle.remove();
  });

  it('payment show and timeline say the same through the running bridge and from the books of a stopped one', async () => {
    const simulator = await createUpstreamSimulator();
    const shop = await createCounterPc({ simulatorUrl: simulator.url });
    const service = await startService(shop.file);
    const look = async (what: string, id: string) => {
      const { code, out, err } = await ocbridge(['payment', what, id, '--json', '--config', shop.file]);
      return { code, err, json: JSON.parse(out) };
    };
    try {
      const till = createTill(service.terminal);
      const { paymentRequestId: id } = (await till.sell()).json<WholePayment>();
      simulator.pay(id);
      await until(async () => (await till.read(id)).state === 'paid', 'paid');
      await until(async () => (await till.read(id)).display[0]?.state === 'cleared', 'the code is off the glass');
      const running = await Promise.all([look('show', id), look('timeline', id), look('show', 'TEST1-0')]);
      await service.stop();
      const stopped = [await look('show', id), await look('timeline', id), await look('show', 'TEST1-0')];

      assert.equal(running[0].json.state, 'paid');
      const withoutDisplays = (value: unknown) =>
        JSON.stringify(value, (name, inner) => (name === 'display' ? undefined : inner), 1);
      for (const [index, { code, err, json }] of running.entries()) {
        assert.deepEqual([code, err], [stopped[index]?.code, stopped[index]?.err]);
        assert.equal(withoutDisplays(stopped[index]?.json), withoutDisplays(json));
      }
      assert.deepEqual(
        running.map(({ code }) => code),
        [0, 0, 1],
      );
      assert.equal(running[2].json.code, 'not_found');

      const { timeline } = running[1].json;
      const times: string[] = timeline.map(({ at }: { at: string }) => at);
      for (const at of times) assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'as the back office gives them');
      const [order] = simulator.orders();
      const sent = simulator.calls().find(({ call }) => call === 'pay');
      const messages = timeline.filter(({ what }: { what: string }) => what === 'message');
      const answered = messages.find(({ detail }: { detail: Record<string, unknown> }) => detail['phase'] === 'answered');
      assert.equal(answered.detail.requestBody, sent?.body, 'the bytes that were signed');
      assert.equal(answered.detail.answerBody, sent?.answer?.body);
      assert.ok(timeline.some(({ what }: { what: string }) => what === 'notification'));
      assert.equal(order?.state, 'paid');
    } finally {
      await service.stop();
      await simulator.stop();
      shop.remove();
    }
  });
});
