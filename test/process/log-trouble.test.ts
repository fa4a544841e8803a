import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';
import { skipBecause } from '../support/skip.js';
import { type CounterPc, createCounterPc, freePort } from './counter-pc.js';
import { endWithTests, ocbridge, PROGRAM, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const LARGEST_FILE = 64 * 1024 * 1024;
/** What `ulimit -f` counts in. */
const BLOCK = 512;

describe('a running bridge whose log cannot be written', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let pc: CounterPc;
  let service: ChildProcess;
  let till: Till;
  let backOffice: string;

  before(function () {
    if (process.platform !== 'win32') return;
    skipBecause(this, 'Windows has neither ulimit nor named pipes in its file system');
  });
  beforeEach(async () => {
    simulator = await createUpstreamSimulator();
    const [terminalPort, backOfficePort] = [await freePort(), await freePort()];
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      change({ listen }) {
        listen.terminal.port = terminalPort;
        listen.backOffice.port = backOfficePort;
      },
    });
    till = createTill(`http://127.0.0.1:${terminalPort}`);
    backOffice = `http://127.0.0.1:${backOfficePort}`;
  });
  afterEach(async () => {
    service.kill('SIGKILL');
    await simulator.stop();
    pc.remove();
  });

  const readyz = () => httpCall(`${backOffice}/readyz`);
  const isReady = () =>
    readyz()
      .then(({ status }) => status === 200)
      .catch(() => false);
  const reasons = async () => {
    const ready = await readyz();
    assert.equal(ready.status, 200, ready.text);
    return ready.json<{ reasons?: readonly string[] }>().reasons;
  };

  async function sells(): Promise<WholePayment> {
    const sold = await till.sell({}, 10);
    assert.deepEqual([sold.status, sold.json()['state']], [201, 'awaiting_payer'], sold.text);
    return sold.json<WholePayment>();
  }

  async function stopped(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => service.once('exit', resolve));
    service.kill('SIGTERM');
    return ended;
  }

  it('goes on selling when the log file has reached its largest size, drops lines, and says how many when there is room', async () => {
    const log = join(pc.folder, 'bridge.log');
    writeFileSync(log, '');
    truncateSync(log, LARGEST_FILE - 300);
    const limited = `ulimit -f ${LARGEST_FILE / BLOCK}; exec "$@" >> "$LOG"`;
    service = endWithTests(
      spawn('sh', ['-c', limited, 'sh', process.execPath, PROGRAM, 'serve', '--config', pc.file], {
        env: { ...process.env, LOG: log },
        stdio: 'ignore',
      }),
    );
    await until(isReady, 'a bridge that runs', 30_000);
    const { paymentRequestId } = await sells();
    assert.equal(statSync(log).size, LARGEST_FILE, 'the file is as large as it may be');
    assert.deepEqual(await reasons(), ['log.notWritten']);
    const doctor = await ocbridge(['doctor', '--config', pc.file]);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /^WARN {2}log .*standard output: \d+ lines could not be written .*EFBIG.* Repair: make room/m);
    // As a log rotation does.
    truncateSync(log, 0);
    await till.cancel(paymentRequestId);
    await until(async () => (await reasons()) === undefined, 'nothing to say any more');
    assert.equal(await stopped(), 0);
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const [told] = events.filter(({ msg }) => msg === 'log lines could not be written');
    assert.ok(Number(told?.['count']) >= 3, JSON.stringify(told));
    assert.match(String(told?.['why']), /EFBIG/);
    assert.equal(events.at(-1)?.['msg'], 'bridge stopped');
  });

  it('goes on selling, and stops in order, when its log goes into a pipe that is full and that nobody reads', async () => {
    const pipe = join(pc.folder, 'log.pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    assert.throws(() => {
      for (;;) writeSync(reader, 'x'.repeat(512));
    }, /EAGAIN/);
    const writer = openSync(pipe, 'w');
    service = endWithTests(
      spawn(process.execPath, [PROGRAM, 'serve', '--config', pc.file], { stdio: ['ignore', writer, 'ignore'] }),
    );
    closeSync(writer);
    await until(isReady, 'a bridge that runs', 30_000);
    await sells();
    const since = performance.now();
    assert.equal(await stopped(), 0);
    assert.ok(performance.now() - since < 10_000);
    closeSync(reader);
  });
});
