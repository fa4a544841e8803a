import assert from 'node:assert/strict';
import { CALL_FAULTS } from '#src/simulator/call-faults.js';
import { createRing } from '#src/simulator/call-log.js';
import { type ChaosWish, drawFault } from '#src/simulator/chaos.js';
import type { FaultLevel, FaultWords } from '#src/simulator/fault-row.js';
import { NOTIFICATION_FAULTS } from '#src/simulator/notification-faults.js';
import { createSeededNames } from '#src/simulator/seeded-names.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock } from '../support/manual-clock.js';
import { callUpstream, payBody } from './raw-client.js';

const KINDS = ['pay', 'inquiry', 'cancel', 'refund', 'notification'] as const;
const LEVELS: readonly FaultLevel[] = [1, 2, 3];

function rowsOf(kind: (typeof KINDS)[number]): readonly FaultWords[] {
  return kind === 'notification' ? NOTIFICATION_FAULTS : CALL_FAULTS.filter(({ calls }) => calls.includes(kind));
}

describe('chaos of the simulator', () => {
  let running: UpstreamSimulator[] = [];
  afterEach(async () => {
    for (const simulator of running) await simulator.stop();
    running = [];
  });

  async function start(seed: string, chaos?: ChaosWish): Promise<UpstreamSimulator> {
    const simulator = await createUpstreamSimulator({
      clock: createManualClock(),
      clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
      seed,
      chaos,
    });
    running.push(simulator);
    return simulator;
  }

  /** One call whose answer nobody waits for. */
  async function call(simulator: UpstreamSimulator, kind: 'pay' | 'inquiry', id: string, sale: string): Promise<void> {
    const before = simulator.calls().length;
    const { order } = payBody(id) as { order: object };
    const body = kind === 'pay' ? payBody(id, { order: { ...order, referenceOrderId: sale } }) : { paymentRequestId: id };
    const giveUp = new AbortController();
    let ended: unknown;
    const answered = callUpstream(simulator.url, kind, body, { signal: giveUp.signal }).then(
      (seen) => {
        ended = seen.status;
      },
      (error: unknown) => {
        ended = error;
      },
    );
    while (simulator.calls().length === before) {
      assert.equal(ended, undefined, 'the call arrives');
      await new Promise((resolve) => setImmediate(resolve));
    }
    giveUp.abort();
    await answered;
  }

  const faultsOf = (simulator: UpstreamSimulator, id: string) =>
    simulator
      .calls()
      .filter(({ body }) => body.includes(`"${id}"`))
      .map(({ faults }) => faults.join());

  it('plays the same in the same sale, whatever other sales do and whoever drew the ids', async () => {
    const chaos: ChaosWish = { level: 3, share: 0.5 };
    const one = await start('7', chaos);
    const other = await start('7', chaos);
    const plan = [...'pppiiiiiiii'].map((letter) => (letter === 'p' ? 'pay' : 'inquiry'));
    for (const kind of plan) await call(one, kind, 'ONE-1', 'S-1');
    for (const kind of plan) await call(one, kind, 'ONE-2', 'S-2');
    for (const kind of plan) for (const n of [3, 2, 1]) await call(other, kind, `OTHER-${n}`, `S-${n}`);
    assert.deepEqual(faultsOf(other, 'OTHER-1'), faultsOf(one, 'ONE-1'));
    assert.deepEqual(faultsOf(other, 'OTHER-2'), faultsOf(one, 'ONE-2'));
    assert.notDeepEqual(faultsOf(one, 'ONE-1'), faultsOf(one, 'ONE-2'), 'each sale has its own luck');
    const third = await start('8', chaos);
    for (const kind of plan) await call(third, kind, 'THIRD-1', 'S-1');
    assert.notDeepEqual(faultsOf(third, 'THIRD-1'), faultsOf(one, 'ONE-1'), 'each seed has its own world');
  });

  it('draws as often as it is told, every row up to its level and none above', () => {
    const names = createSeededNames('7');
    for (const kind of KINDS) {
      for (const level of LEVELS) {
        const rows = rowsOf(kind);
        const drawn = new Map<string, number>();
        const tries = 4_000;
        for (let nth = 1; nth <= tries; nth += 1) {
          const name = drawFault(names, { level, share: 0.25 }, kind, 'S-1', nth);
          if (name !== undefined) drawn.set(name, (drawn.get(name) ?? 0) + 1);
        }
        const wanted = rows.filter((row) => row.level <= level).flatMap(({ name, examples }) => examples ?? [name]);
        assert.deepEqual([...drawn.keys()].sort(), wanted.sort(), `${kind} ${level}`);
        const share = [...drawn.values()].reduce((sum, count) => sum + count, 0) / tries;
        assert.ok(Math.abs(share - 0.25) < 0.03, `${kind} ${level}: ${share}`);
      }
    }
  });

  it('can play every example of every row, and a row without parameters as it stands', async () => {
    const simulator = await start('7');
    for (const kind of KINDS) {
      for (const { name, examples } of rowsOf(kind)) {
        assert.ok(examples !== undefined || !name.includes(':'), `${name} says how it may be written`);
        for (const example of examples ?? [name])
          assert.equal(simulator.setFaults([{ name: example, call: kind }]), undefined, example);
      }
    }
  });

  it('leaves calls alone for which a fault was planned, and all calls once it is off', async () => {
    const simulator = await start('7', { level: 2, share: 1 });
    simulator.setFaults([{ name: 'slow:1', call: 'pay' }]);
    await call(simulator, 'pay', 'P-1', 'S-1');
    await call(simulator, 'pay', 'P-1', 'S-1');
    simulator.setChaos(undefined);
    await call(simulator, 'pay', 'P-1', 'S-1');
    const [planned, drawn, none] = faultsOf(simulator, 'P-1');
    assert.deepEqual([planned, none], ['slow:1', '']);
    assert.notEqual(drawn, '');
  });

  it('says how many entries its lists have dropped', () => {
    const ring = createRing<number>(3, 100);
    for (const one of [1, 2, 3, 4, 5]) ring.add(one, 10);
    assert.deepEqual([ring.all(), ring.dropped()], [[3, 4, 5], 2]);
    ring.add(6, 95);
    assert.deepEqual([ring.all(), ring.dropped()], [[6], 5], 'the bytes count too');
  });
});
