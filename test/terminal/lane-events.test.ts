import assert from 'node:assert/strict';
import net from 'node:net';
import { LaneJson, PaymentJson } from '#src/terminal/payment-schemas.js';
import { type EventReader, readEvents } from '../support/event-reader.js';
import { httpCall } from '../support/http-call.js';
import { SAMPLE_CODE, samplePayment } from '../support/payment-samples.js';
import { bearer, type KEYS, ROOMY, startTerminalServer, type TerminalServer } from '../support/terminal-server.js';

describe('lane events', () => {
  let server: TerminalServer;
  const open: EventReader[] = [];

  beforeEach(async () => {
    const { perTerminal, inAll } = ROOMY;
    const limits = { ...ROOMY, perTerminal: { ...perTerminal, streams: 3 }, inAll: { ...inAll, streams: 4 } };
    server = await startTerminalServer({ parts: { limits } });
  });
  afterEach(async () => {
    for (const reader of open.splice(0)) reader.close();
    await server.close();
  });

  async function follow(lastEventId?: string, key: keyof typeof KEYS = 'till', lane = 'lane-1'): Promise<EventReader> {
    const headers = { ...bearer(key), ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) };
    const reader = await readEvents(`${server.url}/v1/lanes/${lane}/events`, headers);
    open.push(reader);
    return reader;
  }

  const heard = (reader: EventReader, count: number) =>
    server.clock.until(() => reader.events.length >= count, `${count} events are heard`);
  const names = (reader: EventReader) => reader.events.map(({ event }) => event);
  const ids = (reader: EventReader) => reader.events.flatMap(({ id }) => (id === null ? [] : [Number(id)]));

  it('begin with a snapshot of the lane, then tell every change', async () => {
    server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
    const reader = await follow();
    assert.equal(reader.status, 200);
    assert.equal(reader.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(reader.headers['cache-control'], 'no-store');
    await heard(reader, 1);
    assert.equal(LaneJson.parse(reader.events[0]?.data).openPayment?.paymentRequestId, 'P1');
    server.desk.display('lane-1', { driver: 'nextion', state: 'showing' });
    server.desk.move('P1', 'paid');
    await heard(reader, 3);
    assert.deepEqual(names(reader), ['snapshot', 'display', 'payment']);
    assert.deepEqual(reader.events[1]?.data, { driver: 'nextion', state: 'showing' });
    assert.equal(PaymentJson.parse(reader.events[2]?.data).state, 'paid');
    const seen = ids(reader);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
  });

  it('begin with a snapshot also on a lane where nothing ever happened', async () => {
    const reader = await follow();
    await heard(reader, 1);
    assert.deepEqual(reader.events, [
      { id: null, event: 'snapshot', data: { laneId: 'lane-1', openPayment: null, displays: [] } },
    ]);
    server.desk.put(samplePayment('received', { id: 'P1' }));
    await heard(reader, 2);
    assert.deepEqual(names(reader), ['snapshot', 'payment']);
  });

  it('tell nothing of other lanes', async () => {
    const reader = await follow();
    server.desk.put(samplePayment('received', { id: 'P2', laneId: 'lane-2' }));
    server.desk.put(samplePayment('received', { id: 'P1' }));
    await heard(reader, 2);
    assert.deepEqual(
      reader.events.map(({ data }) => data['laneId']),
      ['lane-1', 'lane-1'],
    );
  });

  it('go on after the last id with every later event exactly once and in order, however often the line breaks', async () => {
    server.desk.put(samplePayment('received', { id: 'P1', version: 0 }));
    let reader = await follow();
    await heard(reader, 1);
    const versions: unknown[] = [];
    let last = reader.events[0]?.id ?? '';
    for (let round = 0; round < 4; round += 1) {
      for (let i = 0; i < 30; i += 1) {
        server.desk.move('P1', 'in_doubt');
        if (i === 10 + round) reader.close();
      }
      reader = await follow(last);
      // Cut after a part of the replay: what was not heard comes again from the id that was.
      await heard(reader, 17);
      reader.close();
      const part = reader.events.slice(0, 17);
      versions.push(...part.map(({ data }) => data['version']));
      last = part.at(-1)?.id ?? '';
    }
    reader = await follow(last);
    await heard(reader, 120 - 4 * 17);
    versions.push(...reader.events.map(({ data }) => data['version']));
    assert.deepEqual(
      versions,
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    assert.ok(names(reader).every((name) => name === 'payment'));
  });

  it('send nothing to a till that is up to date', async () => {
    server.desk.put(samplePayment('received', { id: 'P1' }));
    const first = await follow();
    await heard(first, 1);
    const again = await follow(first.events[0]?.id ?? '');
    await server.clock.advance(5_000);
    assert.deepEqual(again.events, []);
  });

  it('reset and begin anew after an id that is unknown or too old', async () => {
    server.desk.put(samplePayment('received', { id: 'P1' }));
    const known = Number((await server.desk.reader.newestEventId(samplePayment('received').laneId)) ?? 0);
    server.desk.put(samplePayment('received', { id: 'P2', laneId: 'lane-2' }));
    const foreign = known + 3;
    server.desk.move('P1', 'submitting');
    for (const id of ['0', '1', 'abc', '-5', '999999999', '1e3', String(foreign), String(known + 1)]) {
      const reader = await follow(id);
      await heard(reader, 2);
      assert.deepEqual(names(reader), ['reset', 'snapshot'], id);
      assert.deepEqual(reader.events[0]?.data, {});
      reader.close();
      await server.clock.settle();
    }
    server.desk.forgetEvents('lane-1', known);
    const reader = await follow(String(known));
    await heard(reader, 2);
    assert.deepEqual(names(reader), ['reset', 'snapshot']);
  });

  it('never hand out a code in a replay that may not be shown any more', async () => {
    server.desk.put(samplePayment('received', { id: 'P1' }));
    const first = await follow();
    await heard(first, 1);
    const last = first.events[0]?.id ?? '';
    server.desk.move('P1', 'awaiting_payer', { code: samplePayment('awaiting_payer').life.code });
    await heard(first, 2);
    assert.match(JSON.stringify(first.events[1]?.data['orderCode']), new RegExp(SAMPLE_CODE));
    server.desk.move('P1', 'cancelling');
    const late = await follow(last);
    await heard(late, 2);
    assert.deepEqual(
      late.events.map(({ data }) => [data['state'], data['orderCode'], data['customerMayPay']]),
      [
        ['awaiting_payer', null, 'possible'],
        ['cancelling', null, 'possible'],
      ],
    );
  });

  it('carry a comment every 15 s', async () => {
    const reader = await follow();
    await heard(reader, 1);
    await server.clock.advance(14_999);
    assert.equal(reader.comments(), 0);
    await server.clock.advance(1);
    await server.clock.until(() => reader.comments() === 1, 'the first comment');
    await server.clock.advance(45_000);
    await server.clock.until(() => reader.comments() === 4, 'three more');
  });

  it('find what nobody rang for within a second', async () => {
    server.desk.put(samplePayment('received', { id: 'P1' }));
    const reader = await follow();
    await heard(reader, 1);
    const ring = server.doorbell.ring;
    Object.assign(server.doorbell, { ring: () => {} });
    server.desk.move('P1', 'submitting');
    Object.assign(server.doorbell, { ring });
    await server.clock.advance(1_000);
    await heard(reader, 2);
  });

  it('end when the bridge stops, and later ones are refused', async () => {
    const reader = await follow();
    await heard(reader, 1);
    server.stopping.abort();
    await reader.ended;
    assert.equal((await follow()).status, 503);
  });

  it('end when the key is taken away', async () => {
    const reader = await follow();
    await heard(reader, 1);
    server.keyring.replace([]);
    await server.clock.advance(1_000);
    await reader.ended;
  });

  it('are limited per terminal and in all, and a closed one makes room', async () => {
    const mine = [await follow(), await follow(), await follow()];
    const refused = await httpCall(`${server.url}/v1/lanes/lane-1/events`, { headers: bearer('till') });
    assert.equal(refused.status, 429);
    assert.equal(refused.json()['code'], 'too_many_requests');
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await follow(undefined, 'reader')).status, 200);
    assert.equal((await follow(undefined, 'twoLanes')).status, 429);
    mine[0]?.close();
    await server.clock.until(async () => (await follow(undefined, 'twoLanes')).status === 200, 'there is room again');
  });

  it('leave nothing behind when the till hangs up', async () => {
    const reader = await follow();
    await heard(reader, 1);
    await server.clock.until(() => server.clock.sleepers() === 1, 'the stream sleeps');
    reader.close();
    await server.clock.until(() => server.clock.sleepers() === 0, 'nothing is left');
  });

  it('leave nothing behind when a till hangs up that had asked for several on one connection', async () => {
    const socket = net.connect(server.port, '127.0.0.1');
    const { Authorization } = bearer('till');
    const request = `GET /v1/lanes/lane-1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${Authorization}\r\n\r\n`;
    socket.write(request.repeat(3));
    await server.clock.until(() => server.clock.sleepers() === 3, 'the streams sleep');
    socket.destroy();
    await server.clock.until(() => server.clock.sleepers() === 0, 'nothing is left');
    assert.equal((await follow()).status, 200);
  });

  it('answer HEAD without a stream', async () => {
    const answer = await httpCall(`${server.url}/v1/lanes/lane-1/events`, { method: 'HEAD', headers: bearer('till') });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
  });

  it('keep no more than a page in memory for a till that hangs, and cut it off in the end', async () => {
    server.desk.put(samplePayment('received', { id: 'P1' }));
    const reader = await follow();
    await heard(reader, 1);
    reader.pause();
    let pages = 0;
    const { events } = server.desk.reader;
    Object.assign(server.desk.reader, {
      events: (question: Parameters<typeof events>[0]) => {
        pages += 1;
        return events(question);
      },
    });
    const long = { text: 'x'.repeat(20_000) };
    for (let i = 0; i < 3_000; i += 1) server.desk.display('lane-1', long);
    await server.clock.until(() => pages > 0, 'the stream reads on');
    await server.clock.settle();
    const before = pages;
    await server.clock.advance(5_000);
    assert.ok(pages < 60, `${pages} of 60 pages were read for a reader that takes nothing`);
    assert.equal(pages, before);
    await server.clock.advance(30_000);
    reader.resume();
    await reader.ended;
    assert.ok(reader.events.length < 3_000);
  });
});
