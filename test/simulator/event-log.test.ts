import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunReport } from '#src/simulator/run-report.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { PROGRAM, until } from '../process/program.js';
import { type NotificationReceiver, startReceiver } from './notification-receiver.js';
import { callUpstream, payBody } from './raw-client.js';

const SALES = ['S-1', 'S-2', 'S-3', 'S-4', 'S-5', 'S-6'];

/** A simulator in a process of its own. */
interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  out(): string;
  stop(): Promise<string>;
}

describe('event log of the simulator', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'event-log-'));
  const keyFile = join(folder, 'client.pem');
  writeFileSync(keyFile, BRIDGE_PUBLIC_PEM);
  const children = new Set<ChildProcess>();
  let receiver: NotificationReceiver;
  before(async () => {
    receiver = await startReceiver();
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(...options: string[]): Promise<Running> {
    const args = [PROGRAM, 'simulator', '--port', '0', '--client-public-key', keyFile, ...options];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    let out = '';
    child.stdout?.on('data', (text: Buffer) => {
      out += text.toString('utf8');
    });
    const ended = new Promise<string>((resolve) => child.once('close', () => resolve(out)));
    const url = await until(() => /baseUrl (http:\S+),/.exec(out)?.[1], 'the first line');
    return {
      child,
      url,
      out: () => out,
      stop() {
        child.kill('SIGTERM');
        return ended;
      },
    };
  }

  const get = async (url: string) => (await fetch(url)).text();
  const lines = async (url: string) => (await get(`${url}/sim/log`)).split('\n').filter((line) => line.startsWith('"'));

  /** Calls, and goes on when the simulator has dealt with it, be it answered or not. */
  async function call(url: string, kind: 'pay' | 'inquiry' | 'cancel', sale: string, nth: number, body: unknown): Promise<void> {
    const line = `"${sale}" ${kind} ${String(nth).padStart(3, '0')} `;
    const giveUp = new AbortController();
    const answered = callUpstream(url, kind, body, { signal: giveUp.signal }).catch(() => undefined);
    await until(async () => (await lines(url)).some((one) => one.startsWith(line)), line, 30_000);
    giveUp.abort();
    await answered;
  }

  /** One sale as a client without a clock lives it; `id` and `pauseMs` are what differs from run to run. */
  async function sell(url: string, sale: string, id: string, pauseMs: () => number): Promise<void> {
    const { order } = payBody(id) as { order: object };
    const body = payBody(id, { paymentNotifyUrl: receiver.url, order: { ...order, referenceOrderId: sale } });
    for (const nth of [1, 2]) {
      await call(url, 'pay', sale, nth, body);
      await pause(pauseMs());
    }
    const name = { paymentRequestId: id };
    for (const nth of [1, 2, 3]) await call(url, 'inquiry', sale, nth, name);
    if (sale !== 'S-1') await fetch(`${url}/sim/orders/${id}/pay`, { method: 'POST' });
    await pause(pauseMs());
    await call(url, 'inquiry', sale, 4, name);
    for (const nth of [1, 2]) if (Number(sale.slice(2)) % 2 === 1) await call(url, 'cancel', sale, nth, name);
  }

  async function reportAfterDelivery({ url }: Running): Promise<RunReport> {
    return until(
      async () => {
        const report = JSON.parse(await get(`${url}/sim/report`)) as RunReport;
        return report.notifications['waiting'] === undefined && report;
      },
      'every notification to be delivered',
      30_000,
    );
  }

  it('has the same hash for the same seed and calls, in another process, with other ids, ports and interleavings', async () => {
    const options = ['--chaos', '2', '--seed', '11'];
    const [one, other, third] = await Promise.all([start(...options), start(...options), start('--chaos', '2', '--seed', '12')]);
    let waits = 0;
    const uneven = () => {
      waits += 1;
      return (waits * 7) % 23;
    };
    const oneByOne = async () => {
      for (const sale of SALES) await sell(one.url, sale, `ONE-${sale}`, () => 0);
    };
    await Promise.all([
      oneByOne(),
      ...[...SALES].reverse().map((sale) => sell(other.url, sale, `OTHER-${sale}`, uneven)),
      ...SALES.map((sale) => sell(third.url, sale, `ONE-${sale}`, () => 0)),
    ]);
    const [first, second, stranger] = [
      await reportAfterDelivery(one),
      await reportAfterDelivery(other),
      await reportAfterDelivery(third),
    ];
    assert.deepEqual(await lines(other.url), await lines(one.url));
    assert.equal(second.log.sha256, first.log.sha256);
    assert.deepEqual([second.faults, second.money], [first.faults, first.money]);
    assert.ok(Object.keys(first.faults).length > 5, 'there was chaos');
    assert.notEqual(stranger.log.sha256, first.log.sha256);
    assert.equal(first.chargedTwice, 0);

    const told = await one.stop();
    const again = `seed 11, chaos level 2 in 30 % of the calls; again: ocbridge simulator --port 0 --seed 11 --chaos 2`;
    assert.ok(told.split('\n')[0]?.includes(again), 'the first line says how to have it again');
    assert.ok(told.split('\n').slice(2).join('\n').startsWith(again), 'so does the report at the end');
    assert.ok(told.includes(`sha256 ${first.log.sha256}`));
  });

  it('names no time, no port and no id, and is in the report for people as well', async () => {
    const simulator = await start('--seed', '5');
    await sell(simulator.url, 'S-2', 'AN-ID-DRAWN-BY-CHANCE', () => 0);
    const report = await reportAfterDelivery(simulator);
    const log = await get(`${simulator.url}/sim/log`);
    assert.doesNotMatch(log, /AN-ID|[0-9]{2}:[0-9]{2}|127\.0\.0\.1/);
    assert.deepEqual(await lines(simulator.url), [
      '"S-2" delivery 001 of notification 1, acknowledged',
      '"S-2" inquiry 001 no fault, signature good, carried out 1, says SUCCESS:S, payment PAYMENT_IN_PROCESS:U',
      '"S-2" inquiry 002 no fault, signature good, carried out 1, says SUCCESS:S, payment PAYMENT_IN_PROCESS:U',
      '"S-2" inquiry 003 no fault, signature good, carried out 1, says SUCCESS:S, payment PAYMENT_IN_PROCESS:U',
      '"S-2" inquiry 004 no fault, signature good, carried out 1, says SUCCESS:S, payment SUCCESS:S',
      '"S-2" notification 001 no fault, says SUCCESS:S',
      '"S-2" order 001 open JPY 1980',
      '"S-2" order 002 paid, charged 1',
      '"S-2" pay 001 no fault, signature good, carried out 1, says PAYMENT_IN_PROCESS:U',
      '"S-2" pay 002 no fault, signature good, carried out 1, says PAYMENT_IN_PROCESS:U',
    ]);
    assert.match(
      log,
      /^# seed 5, no chaos; again: ocbridge simulator .*--seed 5 .*\n# 10 events, 0 of them no longer listed, sha256 [0-9a-f]{64}\n/,
    );
    const text = await get(`${simulator.url}/sim/report?format=text`);
    assert.ok(text.startsWith('seed 5, no chaos; again: ocbridge simulator'));
    assert.ok(text.includes(report.log.sha256));
    assert.match(text, /money JPY: charged 1980, given back 0, kept 1980/);
    await simulator.stop();
  });
});
