import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../process/program.js';
import type { WholePayment } from '../process/till.js';
import { seededSuite } from '../support/seeded.js';
import { type CrashRig, openCrashRig } from './crash-rig.js';
import { askTheAccountBook } from './judges.js';

const ROUNDS = 3;
const LANES = Array.from({ length: 10 }, (_unused, index) => `lane-${index + 1}`);

describe('kill -9 among notifications', function () {
  this.timeout(120_000);
  const random = seededSuite();
  let rig: CrashRig;
  before(async () => {
    rig = await openCrashRig(LANES);
  });
  after(() => rig.close());

  const acknowledged = () =>
    rig.simulator.notifications().flatMap(({ state, paymentRequestId }) => (state === 'acknowledged' ? [paymentRequestId] : []));

  async function sellOnEveryLane(round: number): Promise<string[]> {
    const answers = await Promise.all(
      LANES.map((laneId) =>
        rig.till().sell({ laneId, saleReference: `N${round}-${laneId}`, description: `N${round}-${laneId}` }, 10),
      ),
    );
    return answers.map((answer) => answer.json<WholePayment>().paymentRequestId);
  }

  it(`applies after the restart whatever was acknowledged before, and whatever was stored (seed ${random.seed})`, async () => {
    const payments: WholePayment[] = [];
    let [acknowledgedBefore, storedBefore, notApplied, neither] = [0, 0, 0, 0];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const ids = await sellOnEveryLane(round);
      // From here on nothing but a notification can make a payment paid.
      assert.equal(rig.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 0 }]), undefined);
      const before = acknowledged().length;
      for (const id of ids) assert.equal(rig.simulator.pay(id).kind, 'done');
      await until(() => acknowledged().length > before, 'the first acknowledgement');
      await pause(random.whole(0, 20));
      const books = await rig.kill();
      assert.equal(books.integrity, 'ok');
      const wasAcknowledged = new Set(acknowledged());
      const idOf = (body: string) => (JSON.parse(body) as WholePayment).paymentRequestId;
      const stored = new Map(books.notifications.map(({ body, applied }) => [idOf(body), applied]));
      await rig.restart();
      for (const id of ids) {
        if (wasAcknowledged.has(id)) {
          acknowledgedBefore += 1;
          assert.ok(stored.has(id), `${id} was acknowledged before it was stored`);
        } else if (stored.has(id)) {
          storedBefore += 1;
          if (stored.get(id) === false) notApplied += 1;
        } else {
          neither += 1;
          continue;
        }
        const payment = await rig.till().read(id);
        assert.deepEqual([payment.state, payment.endedBy], ['paid', 'notification']);
      }
      rig.simulator.setFaults([]);
      for (const id of ids) {
        payments.push(
          await until(async () => {
            const payment = await rig.till().read(id);
            return payment.state === 'paid' && payment;
          }, `${id} paid, if need be by inquiry`),
        );
      }
    }
    const counts = `${acknowledgedBefore} acknowledged, ${storedBefore} only stored (${notApplied} not applied), ${neither} lost`;
    console.log(`      ${ROUNDS} kills, ${payments.length} notifications: ${counts}`);
    assert.deepEqual(askTheAccountBook(rig.simulator, payments), []);
  });
});
