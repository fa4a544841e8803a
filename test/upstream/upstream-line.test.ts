import assert from 'node:assert/strict';
import net from 'node:net';
import { createLog } from '#src/base/log.js';
import { createHttpsTransport } from '#src/upstream/https-transport.js';
import type { Transport } from '#src/upstream/transport.js';
import { type UpstreamLine, watchLine } from '#src/upstream/upstream-line.js';
import { makeCertificate } from '../support/certificates.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { type RawAnswer, type RawUpstream, rawAnswer, refusedPort, startRawUpstream } from '../support/raw-upstream.js';
import { startTlsFront } from '../support/tls-front.js';

const BODY = Buffer.from('{}');

describe('what is known of the line to an upstream', () => {
  let clock: ManualClock;
  let log: Record<string, unknown>[];
  const ends: Array<() => unknown> = [];
  beforeEach(() => {
    clock = createManualClock();
    log = [];
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function watched(baseUrl: string): { readonly line: UpstreamLine; readonly transport: Transport } {
    const transport = createHttpsTransport(baseUrl, clock, 2000);
    const write = (text: string) => log.push(JSON.parse(text) as Record<string, unknown>);
    const found = watchLine({ upstreamId: 'u', baseUrl, transport, clock, log: createLog(write) });
    ends.push(
      () => transport.close(),
      () => found.line.close(),
    );
    return found;
  }

  async function upstream(onRequest: RawAnswer): Promise<RawUpstream> {
    const raw = await startRawUpstream(onRequest);
    ends.push(() => raw.stop());
    return raw;
  }

  const post = (transport: Transport, deadlineMs = 2000) => transport.post('/x', {}, BODY, deadlineMs);
  const CUT = 'the upstream cannot be reached';
  const BACK = 'the upstream can be reached again';

  /** Calls once, lets the next try find the same, and gives the cause. */
  async function causeAt(baseUrl: string): Promise<string | undefined> {
    const { line, transport } = watched(baseUrl);
    const answer = await post(transport);
    assert.equal(answer.kind === 'silent' && answer.cause, 'noConnection', JSON.stringify(answer));
    assert.equal(answer.kind === 'silent' && answer.bytesMayHaveLeft, false);
    assert.equal(line.trouble(), null, 'one lost connection is no cut line');
    await clock.advance(1000);
    await clock.until(() => line.trouble() !== null, 'the trouble');
    assert.equal(line.isCut(), true);
    assert.equal(log.filter(({ msg }) => msg === CUT).length, 1);
    assert.match(String(log[0]?.['why']), /Repair: /);
    assert.ok(String(log[0]?.['why']).includes(new URL(baseUrl).hostname), String(log[0]?.['why']));
    return line.trouble()?.code;
  }

  it('tells a refusal, a name nobody knows and a wrong certificate apart, with the address and what to do', async () => {
    assert.equal(await causeAt(`http://127.0.0.1:${await refusedPort()}`), 'upstream.refused');
    log = [];
    assert.equal(await causeAt('http://no-such-host.invalid'), 'upstream.nameUnknown');
    log = [];
    const front = await startTlsFront(makeCertificate({ name: 'localhost' }), await refusedPort());
    ends.push(() => front.stop());
    assert.equal(await causeAt(`https://localhost:${front.port}`), 'upstream.certificateUntrusted');
  });

  it('knows that nothing left when the handshake of TLS is torn or answered in plain text', async () => {
    for (const [answer, code] of [
      [(socket: net.Socket) => socket.resetAndDestroy(), 'upstream.unreachable'],
      [(socket: net.Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'upstream.tlsFailed'],
    ] as const) {
      const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => answer(socket));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ends.push(() => server.close());
      const { port } = server.address() as net.AddressInfo;
      log = [];
      assert.equal(await causeAt(`https://127.0.0.1:${port}`), code);
    }
  });

  it('tries every five seconds by itself, sends nothing, and says once that the line is back', async () => {
    const port = await refusedPort();
    const { line, transport } = watched(`http://127.0.0.1:${port}`);
    await post(transport);
    await clock.advance(20_000);
    await clock.until(() => line.isCut(), 'cut');
    const heard: string[] = [];
    const server = net.createServer((socket) => socket.on('data', (bytes) => heard.push(String(bytes))));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    ends.push(() => server.close());
    await clock.advance(5000);
    await clock.until(() => line.trouble() === null, 'whole again');
    assert.deepEqual(
      log.map(({ msg }) => msg),
      [CUT, BACK],
    );
    assert.deepEqual(heard, []);
  });

  it('one refused connection among good ones is told to nobody', async () => {
    const raw = await upstream((socket) => socket.end(rawAnswer('{}')));
    const { line, transport } = watched(raw.url);
    await post(transport);
    await raw.stop();
    await post(transport);
    const again = await startRawUpstreamOn(raw.port, (socket) => socket.end(rawAnswer('{}')));
    ends.push(() => again.close());
    await clock.advance(10_000);
    await clock.settle();
    assert.equal(line.trouble(), null);
    assert.deepEqual(log, []);
  });

  it('an upstream that takes calls and does not answer three times is told, leaves the line uncut, and is forgiven by one answer', async () => {
    let mute = true;
    const raw = await upstream((socket) => {
      if (!mute) socket.write(rawAnswer('{}'));
    });
    const { line, transport } = watched(raw.url);
    for (let calls = 0; calls < 3; calls += 1) {
      assert.equal(line.trouble(), null);
      const call = post(transport, 100);
      await clock.until(() => raw.heard.length > calls, 'the call');
      await clock.advance(100);
      await call;
    }
    assert.equal(line.trouble()?.code, 'upstream.noAnswer');
    assert.equal(line.isCut(), false);
    mute = false;
    await post(transport);
    assert.equal(line.trouble(), null);
    assert.deepEqual(
      log.map(({ msg }) => msg),
      [CUT, BACK],
    );
  });

  it('what was heard ten minutes ago says nothing about now', async () => {
    const raw = await upstream((socket) => socket.destroy());
    const { line, transport } = watched(raw.url);
    for (let calls = 0; calls < 3; calls += 1) await post(transport);
    assert.equal(line.trouble()?.code, 'upstream.noAnswer');
    await clock.advance(600_001);
    assert.equal(line.trouble(), null);
  });
});

function startRawUpstreamOn(port: number, answer: (socket: net.Socket) => void): Promise<net.Server> {
  const server = net.createServer((socket) => socket.once('data', () => answer(socket)));
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}
