import assert from 'node:assert/strict';
import { type Conversation, type Outcome, openConversation } from '#src/display/conversation.js';
import type { DisplayDriver, Step } from '#src/display/display-driver.js';
import { createNextionDriver, NEXTION_DEFAULTS } from '#src/display/drivers/nextion.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { createWire, type Wire } from './wire.js';

const ok = Uint8Array.of(0x01, 0xff, 0xff, 0xff);
const refused = Uint8Array.of(0x1a, 0xff, 0xff, 0xff);
const restarted = Uint8Array.of(0x88, 0xff, 0xff, 0xff);

/** The status steps of the Nextion driver serve as example: one byte each, 500 ms, two tries. */
function step(letter: string, change: Partial<Step> = {}): Step {
  return {
    what: letter,
    bytes: Buffer.from(letter),
    gapMs: 0,
    timeoutMs: 500,
    tries: 2,
    expect: (event) => (event.kind === 'ok' ? 'yes' : event.kind === 'failed' ? { refused: 'no' } : 'ignore'),
    proves: 'acked',
    ...change,
  };
}

describe('conversation with a display', () => {
  const driver: DisplayDriver = createNextionDriver(NEXTION_DEFAULTS);
  let clock: ManualClock;
  let wire: Wire;
  let heard: string[];
  let device: (letter: string) => void;
  let talk: Conversation;
  let stirred: number;

  beforeEach(async () => {
    clock = createManualClock({ restMs: 0 });
    heard = [];
    stirred = 0;
    device = () => wire.toHost(ok);
    wire = createWire((bytes) => {
      heard.push(Buffer.from(bytes).toString());
      device(Buffer.from(bytes).toString());
    });
    talk = await openConversation(driver, wire.open, clock, () => {
      stirred += 1;
    });
  });

  async function run(steps: readonly Step[], superseded?: () => boolean): Promise<Outcome> {
    let outcome: Outcome | undefined;
    void talk.run(steps, superseded).then((value) => {
      outcome = value;
    });
    await clock.advanceUntil(() => outcome !== undefined, 'the steps end', { stepMs: 10 });
    assert.ok(outcome !== undefined);
    return outcome;
  }

  it('writes nothing before the status of the step before it', async () => {
    device = () => {};
    const running = talk.run([step('a'), step('b')]);
    await clock.advance(400);
    assert.deepEqual(heard, ['a']);
    wire.toHost(ok);
    await clock.settle();
    assert.deepEqual(heard, ['a', 'b']);
    wire.toHost(ok);
    assert.deepEqual(await running, { kind: 'done', proof: 'acked' });
  });

  it('tells the strongest thing that was proven', async () => {
    const mute = { ...step('m'), proves: 'written' as const };
    assert.deepEqual(await run([step('a', { proves: 'verified' }), step('b'), mute]), { kind: 'done', proof: 'verified' });
    assert.deepEqual(await run([]), { kind: 'done', proof: 'written' });
  });

  it('asks again in the other way, then gives up', async () => {
    device = () => {};
    assert.deepEqual(await run([step('a', { againBytes: Buffer.from('A') }), step('b')]), { kind: 'unanswered', step: 'a' });
    assert.deepEqual(heard, ['a', 'A']);
    assert.ok(Math.abs(clock.elapsedMs() - 1_000) <= 20);
  });

  it('grants the bytes their time on a slow line beside the time for the answer', async () => {
    const slow = await openConversation(
      driver,
      async (listener) => ({ ...(await wire.open(listener)), msPerByte: 10 }),
      clock,
      () => {},
    );
    device = () => {};
    const outcomes: Outcome[] = [];
    void slow.run([step('x'.repeat(100), { tries: 1 })]).then((value) => outcomes.push(value));
    await clock.advance(1_490);
    assert.equal(outcomes.length, 0);
    await clock.advance(20);
    assert.equal(outcomes[0]?.kind, 'unanswered');
  });

  it('grants the bytes of a step without an answer their time, too, before the next step counts as unanswered', async () => {
    const slow = await openConversation(
      driver,
      async (listener) => ({ ...(await wire.open(listener)), msPerByte: 10 }),
      clock,
      () => {},
    );
    device = () => {};
    const { expect: _, ...mute } = step('m'.repeat(200));
    const outcomes: Outcome[] = [];
    void slow.run([mute, step('x', { tries: 1 })]).then((value) => outcomes.push(value));
    await clock.advance(2_490);
    assert.equal(outcomes.length, 0);
    await clock.advance(40);
    assert.equal(outcomes[0]?.kind, 'unanswered');
  });

  it('never takes the late answer to a repeated step for the answer to the next one', async () => {
    // Every answer comes 600 ms late: the first step is sent twice and answered twice; the second step is refused.
    device = (letter) => void clock.sleep(600).then(() => wire.toHost(letter === 'b' ? refused : ok));
    assert.deepEqual(await run([step('a'), step('b')]), { kind: 'refused', step: 'b', why: 'no' });
  });

  it('gives way between two sends, not in the middle of one', async () => {
    let isOld = false;
    device = (letter) => {
      isOld = letter === 'b';
      wire.toHost(ok);
    };
    assert.deepEqual(await run([step('a'), step('b'), step('c')], () => isOld), { kind: 'superseded' });
    assert.deepEqual(heard, ['a', 'b']);
    device = () => {};
    assert.deepEqual(await run([step('d')], () => heard.length > 2), { kind: 'superseded' });
    assert.deepEqual(heard, ['a', 'b', 'd']);
  });

  it('ends at once when the device restarts, and stays upset until it is calmed', async () => {
    device = () => wire.toHost(restarted);
    const before = clock.elapsedMs();
    assert.deepEqual(await run([step('a')]), { kind: 'upset', how: 'rebooted' });
    assert.equal(clock.elapsedMs(), before);
    assert.equal(stirred, 1);
    assert.deepEqual(await run([step('b')]), { kind: 'upset', how: 'rebooted' });
    talk.calm();
    device = () => wire.toHost(ok);
    assert.equal((await run([step('c')])).kind, 'done');
    assert.deepEqual(heard, ['a', 'c']);
  });

  it('ends at once when the line is lost, in a step or in the silence after it', async () => {
    device = () => wire.unplug();
    assert.equal((await run([step('a', { timeoutMs: 60_000 })])).kind, 'closed');
    assert.equal(talk.closedBy()?.code, 'display.portLost');
    wire.plug();
    const again = await openConversation(driver, wire.open, clock, () => {});
    device = () => wire.toHost(ok);
    const running = again.run([step('a', { gapMs: 60_000 }), step('b')]);
    await clock.settle();
    wire.unplug();
    assert.equal((await running).kind, 'closed');
  });

  it('costs a driver that throws while it reads only its connection', async () => {
    const broken: DisplayDriver = {
      ...driver,
      meaning: () => {
        throw new Error('a bug');
      },
    };
    const one = await openConversation(broken, wire.open, clock, () => {});
    assert.equal((await one.run([step('a')])).kind, 'closed');
    assert.match(one.closedBy()?.message ?? '', /a bug/);
  });
});
