import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness, TILL_KEY } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import { type EventReader, readEvents } from '../support/event-reader.js';

onEitherBooks('lane events over a restart', (books) => {
  let shop: Harness;
  before(async () => {
    shop = await startHarness({ books });
  });
  after(() => shop.stop());

  const follow = (lastEventId: string | null): Promise<EventReader> =>
    readEvents(`${shop.bridge().urls.terminal}/v1/lanes/lane-1/events`, {
      Authorization: `Bearer ${TILL_KEY}`,
      ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }),
    });

  it('go on with the next id, every event exactly once, without a code that may not be shown any more', async () => {
    // The display has told that it is ready, so that there is an event to resume from.
    await shop.clock.settle();
    const before = await follow(null);
    const { paymentRequestId: id } = (await shop.sell()).json<SeenPayment & Record<string, unknown>>();
    const awaiting = () => before.events.find(({ data }) => data['state'] === 'awaiting_payer');
    await shop.clock.until(() => awaiting() !== undefined, 'the till hears of the code');
    assert.notEqual(awaiting()?.data['orderCode'], null);
    await shop.cancel(id);
    await shop.untilState(id, ['cancelled']);
    const heardEnd = (reader: EventReader) => reader.events.some(({ data }) => data['state'] === 'cancelled');
    await shop.clock.until(() => heardEnd(before), 'the till hears the end');
    const snapshot = before.events[0];
    await shop.restart();
    await before.ended;

    const after = await follow(snapshot?.id ?? null);
    await shop.clock.until(() => after.events.length >= before.events.length - 1, 'all is told again');
    after.close();
    const told = (reader: EventReader) => reader.events.map(({ id: eventId, event }) => `${eventId} ${event}`);
    assert.deepEqual(told(after).slice(0, before.events.length - 1), told(before).slice(1));
    const versions = after.events.filter(({ event }) => event === 'payment').map(({ data }) => Number(data['version']));
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    );
    assert.ok(after.events.every(({ data }) => (data['orderCode'] ?? null) === null));
  });
});
