import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '#src/simulator/fault-plan.js';
import { ocbridge, startAndSignal, until } from '../process/program.js';
import type { WholePayment } from '../process/till.js';
import { type Seeded, seededSuite } from '../support/seeded.js';
import { readBooksAtDeath } from './books-at-death.js';
import { type CrashRig, openCrashRig } from './crash-rig.js';
import { askTheAccountBook, hasEnded, listenToTheStream, lookAtTheGlass } from './judges.js';

const STATES = ['submitting', 'awaiting_payer', 'cancelling'] as const;
/** Kills go on until each state was really hit so often; more for a soak: `CRASH_HITS=500`. */
const HITS = Number(process.env['CRASH_HITS'] ?? 20);
/** On a machine so busy that this does not suffice, the test says so. */
const MOST_KILLS = 2 * HITS;
/** Every lane comes to its own point by the moment of the kill. */
const LANES_PER_STATE = 3;
const PAY_TROUBLES = [
  'slow:500',
  'no_answer',
  'deaf',
  'processed_late:300',
  'late_answer:900',
  'reset',
  'reset_after',
  'half_answer',
  'http_503_after',
] as const;
const INQUIRY_TROUBLES = ['slow:150', 'no_answer', 'deaf', 'reset_after', 'unsigned'] as const;
const CANCEL_TROUBLES = ['slow:300', 'no_answer', 'deaf', 'processed_late:200', 'reset_after', 'half_answer'] as const;

/** What happens on one lane in one round. */
interface Plan {
  readonly laneId: string;
  readonly saleReference: string;
  /** The state that the kill shall find. */
  readonly wanted: (typeof STATES)[number];
  /** The step that leads into that state is made so long before the kill, ms; negative: after it. */
  readonly leadMs: number;
  /** What becomes of the order, if it is still open then. */
  readonly end: 'payerPays' | 'payerDeclines' | 'tillCancels';
  /** When the payer acts; around the kill means `leadMs` before it. */
  readonly payerActs: 'aroundKill' | 'whileDead' | 'afterwards';
  id: string | undefined;
}

function planRound(random: Seeded, round: number): Plan[] {
  return STATES.flatMap((wanted) =>
    Array.from({ length: LANES_PER_STATE }, (_unused, index) => ({
      laneId: `${wanted}-${index + 1}`,
      saleReference: `R${round}-${wanted}-${index + 1}`,
      wanted,
      leadMs: wanted === 'awaiting_payer' ? random.whole(-150, 250) : random.whole(100, 500),
      end: random.pick(['payerPays', 'payerPays', 'payerDeclines', 'tillCancels']),
      payerActs: random.pick(['aroundKill', 'whileDead', 'afterwards']),
      id: undefined,
    })),
  );
}

/**
 * An order that closes by itself behind a sent cancel stays `cancelling` until its expiry, as the till API contract wants it: right, and
 * three minutes too long for a test.
 */
function mayActWhileDead({ payerActs, wanted, end }: Plan): boolean {
  return payerActs === 'whileDead' && !(wanted === 'cancelling' && end === 'payerDeclines');
}

/** A trouble for each of the next calls; more than one lane takes from the list, in the order they come. */
function troubles(random: Seeded): Fault[] {
  const some = <T extends string>(
    call: 'pay' | 'inquiry' | 'cancel',
    names: readonly [T, ...T[]],
    count: number,
    share: number,
  ) =>
    Array.from({ length: count }, (_unused, index) => ({ name: random.pick(names), call, nth: index + 1 })).filter(() =>
      random.chance(share),
    );
  return [
    ...some('pay', PAY_TROUBLES, 8, 0.9),
    ...some('inquiry', INQUIRY_TROUBLES, 20, 0.8),
    ...some('cancel', CANCEL_TROUBLES, 6, 0.9),
  ];
}

describe('kill -9', function () {
  this.timeout(300_000);
  const random = seededSuite();
  let rig: CrashRig;
  let payments: WholePayment[] = [];
  const hits = new Map<string, number>(STATES.map((state) => [state, 0]));
  let callsUnderWay = 0;

  before(async () => {
    const lanes = STATES.flatMap((state) => Array.from({ length: LANES_PER_STATE }, (_unused, index) => `${state}-${index + 1}`));
    rig = await openCrashRig(lanes);
  });
  after(async () => {
    await rig.close();
  });

  const sell = ({ laneId, saleReference }: Plan, waitSeconds: number) =>
    rig.till().sell({ laneId, saleReference, description: saleReference }, waitSeconds);

  /**
   * The payer pays or declines, if that is the plan and the order is there and open. Orders whose code nobody has seen yet can be closed
   * all the same: the next send of the pay request is then refused.
   */
  function payerActs({ id, end, saleReference }: Plan): void {
    if (end === 'payerPays' && id !== undefined) rig.simulator.pay(id);
    const order = rig.simulator.orders().find(({ description }) => description === saleReference);
    if (end === 'payerDeclines' && order !== undefined) rig.simulator.decline(order.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH');
  }

  /** The same sale once more, as a till does that never got its answer: it gets the one payment there is. */
  async function sellAgain(plan: Plan): Promise<void> {
    const answer = await sell(plan, 0);
    assert.ok(answer.status === 200 || answer.status === 201, answer.text);
    const { paymentRequestId } = answer.json<WholePayment>();
    if (plan.id !== undefined) assert.deepEqual([answer.status, paymentRequestId], [200, plan.id]);
    plan.id = paymentRequestId;
    // Some cashiers have given up by now, whatever became of the sale.
    if (plan.wanted === 'submitting' && plan.end === 'tillCancels') await rig.till().cancel(paymentRequestId);
  }

  /** Puts lanes into each state at seeded instants before the kill, kills, and counts what was hit. */
  async function killInTheMiddle(plans: readonly Plan[]): Promise<void> {
    const withCode = plans.filter(({ wanted }) => wanted !== 'submitting');
    for (const [index, answer] of (await Promise.all(withCode.map((plan) => sell(plan, 10)))).entries()) {
      assert.equal(answer.json()['state'], 'awaiting_payer', answer.text);
      const plan = withCode[index];
      if (plan !== undefined) plan.id = answer.json<WholePayment>().paymentRequestId;
    }
    assert.equal(rig.simulator.setFaults(troubles(random)), undefined);
    const killAt = performance.now() + 530;
    const step = async (plan: Plan) => {
      await pause(Math.max(0, killAt - plan.leadMs - performance.now()));
      // The connection breaks with the bridge: whoever waits for an answer learns nothing.
      if (plan.wanted === 'submitting') await sell(plan, 25).catch(() => undefined);
      if (plan.wanted === 'cancelling' && plan.id !== undefined)
        await rig
          .till()
          .cancel(plan.id)
          .catch(() => undefined);
      if (plan.wanted === 'awaiting_payer' && plan.payerActs === 'aroundKill') payerActs(plan);
    };
    const steps = plans.map(step);
    await pause(killAt - performance.now());
    const books = await rig.kill();
    await Promise.all(steps);
    assert.equal(books.integrity, 'ok');
    for (const { saleReference, wanted } of plans) {
      const found = books.payments.find((payment) => payment.saleReference === saleReference);
      if (found?.state === wanted) hits.set(wanted, (hits.get(wanted) ?? 0) + 1);
      if (found?.underWay) callsUnderWay += 1;
    }
  }

  /** The payment, once it has ended; sees to it that it does. `touched` holds the sales for which that was done. */
  async function endOf(plan: Plan, touched: Set<string>): Promise<WholePayment | false> {
    const now = await rig.till().read(plan.id ?? '');
    if (now.state === 'awaiting_payer' && !touched.has(plan.saleReference)) {
      touched.add(plan.saleReference);
      payerActs(plan);
      if (plan.end === 'tillCancels') await rig.till().cancel(now.paymentRequestId);
    }
    return hasEnded(now) && now;
  }

  /** What to read first when a payment does not end. */
  function tellStory(plan: Plan): (error: unknown) => Promise<never> {
    return async (error) => {
      console.log(plan, (await ocbridge(['payment', 'timeline', plan.id ?? '', '--config', rig.pc.file])).out);
      throw error;
    };
  }

  async function settle(plans: readonly Plan[]): Promise<void> {
    const touched = new Set<string>();
    for (const plan of plans) {
      payments.push(await until(() => endOf(plan, touched), `an end of ${plan.saleReference}`, 15_000).catch(tellStory(plan)));
      assert.equal((await rig.till().lane(plan.laneId)).openPayment, null, `${plan.laneId} is free`);
    }
  }

  const fewestHits = () => Math.min(...hits.values());

  it(`at ${HITS} instants in each of submitting, awaiting and cancelling makes no second order and loses no end (seed ${random.seed})`, async () => {
    let kills = 0;
    while (fewestHits() < HITS && kills < MOST_KILLS) {
      kills += 1;
      const plans = planRound(random, kills);
      await killInTheMiddle(plans);
      for (const plan of plans.filter(mayActWhileDead)) payerActs(plan);
      if (kills % 5 === 0) await startAndSignal(rig.pc.file, 'SIGKILL', random.whole(300, 1500));
      rig.simulator.setFaults([]);
      await rig.restart();
      await Promise.all(plans.map(sellAgain));
      await settle(plans);
    }
    const counted = [...hits].map(([state, count]) => `${state} ${count}`).join(', ');
    const tried = kills * LANES_PER_STATE;
    console.log(`      ${kills} kills with ${tried} lanes for each state hit: ${counted}; pay calls under way: ${callsUnderWay}`);
    assert.ok(fewestHits() >= HITS, 'the kills missed their states: this run proves too little');
  });

  it('leaves books that agree with the account book of the upstream', async () => {
    // Read once more: a late answer to an inquiry may still have been written beside the end.
    payments = await Promise.all(payments.map(({ paymentRequestId }) => rig.till().read(paymentRequestId)));
    assert.deepEqual(askTheAccountBook(rig.simulator, payments), []);
    const ends = ['paid', 'failed', 'cancelled'].map((end) => `${end} ${payments.filter(({ state }) => state === end).length}`);
    console.log(`      ends: ${ends.join(', ')}`);
  });

  it('leaves no code on the glass of an order that has ended, and no stream that missed an end', async () => {
    await until(() => [...rig.glasses.values()].every((glass) => glass.readCode() === null), 'no code on any glass', 3000);
    for (const lane of rig.lanes) {
      const mine = payments.filter(({ laneId }) => laneId === lane);
      await until(() => listenToTheStream(rig.heard(lane), mine).length === 0, 'the last event', 1500).catch(() => undefined);
      assert.deepEqual(listenToTheStream(rig.heard(lane), mine), [], lane);
    }
    const stopped = await ocbridge(['stop', '--config', rig.pc.file]);
    assert.deepEqual([stopped.code, stopped.err], [0, '']);
    const { leftAwaitingAt, integrity } = await readBooksAtDeath(rig.pc.books, rig.pc.folder);
    assert.equal(integrity, 'ok');
    for (const [lane, glass] of rig.glasses) {
      assert.deepEqual(lookAtTheGlass(glass, rig.simulator, leftAwaitingAt, rig.lifetimes()), [], lane);
    }
  });
});
