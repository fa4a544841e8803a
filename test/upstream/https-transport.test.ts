import assert from 'node:assert/strict';
import { systemClock } from '#src/base/clock.js';
import { createHttpsTransport } from '#src/upstream/https-transport.js';
import type { Answer, Transport } from '#src/upstream/transport.js';
import { createManualClock } from '../support/manual-clock.js';
import { type RawAnswer, rawAnswer, refusedPort, startRawUpstream } from '../support/raw-upstream.js';

const BODY = Buffer.from('{"paymentRequestId":"X"}', 'utf8');
const HEADERS = { 'Content-Type': 'application/json; charset=UTF-8', 'Client-Id': 'C' };

describe('transport over real sockets', () => {
  const ends: Array<() => Promise<void>> = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function transportTo(baseUrl: string, connectTimeoutMs = 2000): Transport {
    const transport = createHttpsTransport(baseUrl, systemClock, connectTimeoutMs);
    ends.push(() => transport.close());
    return transport;
  }

  async function upstream(onRequest: RawAnswer) {
    const raw = await startRawUpstream(onRequest);
    ends.push(() => raw.stop());
    const transport = transportTo(raw.url);
    return { raw, post: (deadlineMs = 2000) => transport.post('/aps/api/v1/payments/pay', HEADERS, BODY, deadlineMs) };
  }

  function assertSilent(answer: Answer, cause: string, bytesMayHaveLeft: boolean): void {
    assert.equal(answer.kind, 'silent', JSON.stringify(answer));
    if (answer.kind !== 'silent') return;
    assert.equal(answer.cause, cause, answer.detail);
    assert.equal(answer.bytesMayHaveLeft, bytesMayHaveLeft, answer.detail);
  }

  it('sends exactly these bytes and headers, once, and gives back exactly what came', async () => {
    const { raw, post } = await upstream((socket) => socket.write(rawAnswer('{"é":1}', { headers: 'X-Trace: 7\r\n' })));
    const answer = await post();
    assert.equal(answer.kind, 'answered');
    if (answer.kind !== 'answered') return;
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-trace'], '7');
    assert.equal(Buffer.from(answer.body).toString('utf8'), '{"é":1}');
    assert.match(raw.heard[0] ?? '', /^POST \/aps\/api\/v1\/payments\/pay HTTP\/1\.1\r\n/);
    assert.ok(raw.heard[0]?.endsWith(`\r\n\r\n${BODY.toString('utf8')}`));
    assert.equal((raw.heard[0]?.match(/POST /g) ?? []).length, 1);
  });

  it('knows that nothing left when the port refuses', async () => {
    const transport = transportTo(`http://127.0.0.1:${await refusedPort()}`);
    assertSilent(await transport.post('/x', HEADERS, BODY, 2000), 'noConnection', false);
  });

  it('knows that nothing left when both addresses of a name refuse', async () => {
    const transport = transportTo(`http://localhost:${await refusedPort()}`);
    assertSilent(await transport.post('/x', HEADERS, BODY, 2000), 'noConnection', false);
  });

  it('knows that nothing left when the name is unknown', async () => {
    const transport = transportTo('http://no-such-host.invalid');
    assertSilent(await transport.post('/x', HEADERS, BODY, 10_000), 'noConnection', false);
  }).timeout(15_000);

  it('takes a peer that speaks no TLS for silent', async () => {
    const plain = await startRawUpstream(() => {});
    ends.push(() => plain.stop());
    const transport = transportTo(`https://127.0.0.1:${plain.port}`);
    assert.equal((await transport.post('/x', HEADERS, BODY, 500)).kind, 'silent');
  });

  it('assumes that bytes left when the connection is reset before any answer', async () => {
    const { post } = await upstream((socket) => socket.resetAndDestroy());
    assertSilent(await post(), 'brokenOff', true);
  });

  it('assumes that bytes left when the connection is closed before any answer', async () => {
    const { post } = await upstream((socket) => socket.end());
    assertSilent(await post(), 'brokenOff', true);
  });

  it('takes half an answer for none', async () => {
    const { post } = await upstream((socket) => {
      socket.write(rawAnswer('{"result":{"resultStatus":"S"}}').slice(0, -10));
      setImmediate(() => socket.destroy());
    });
    assertSilent(await post(), 'brokenOff', true);
  });

  it('takes headers alone for no answer when the deadline comes', async () => {
    const { post } = await upstream((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"a'));
    assertSilent(await post(150), 'timeOut', true);
  });

  it('gives up at its deadline on a peer that accepts and says nothing', async () => {
    const { post } = await upstream(() => {});
    assertSilent(await post(100), 'timeOut', true);
  });

  it('keeps its deadline on the clock that never goes back', async () => {
    const clock = createManualClock();
    const raw = await startRawUpstream(() => {});
    const transport = createHttpsTransport(raw.url, clock, 2000);
    ends.push(
      () => raw.stop(),
      () => transport.close(),
    );
    const call = transport.post('/x', HEADERS, BODY, 8000);
    clock.jumpWall(3_600_000);
    await clock.advance(7999);
    let ended = false;
    void call.then(() => {
      ended = true;
    });
    await clock.settle();
    assert.equal(ended, false);
    await clock.advance(1);
    assertSilent(await call, 'timeOut', true);
  });

  it('stops reading an answer that never ends', async () => {
    let written = 0;
    const { post } = await upstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      const pump = () => {
        while (!socket.destroyed && written < 200 && socket.write(chunk)) written += 1;
        written += 1;
      };
      socket.on('drain', pump);
      pump();
    });
    assertSilent(await post(10_000), 'tooLong', true);
    assert.ok(written < 200, `${written} chunks were taken`);
  });

  it('takes endless headers for no answer', async () => {
    const { post } = await upstream((socket) => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'y'.repeat(200_000)}\r\n\r\n`));
    assertSilent(await post(), 'brokenOff', true);
  });

  it('takes what is no HTTP for no answer', async () => {
    const { post } = await upstream((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    assertSilent(await post(), 'brokenOff', true);
  });

  it('does not follow a redirect: it is an answer like any other', async () => {
    const { raw, post } = await upstream((socket) =>
      socket.write(rawAnswer('', { status: '307 Temporary Redirect', headers: `Location: http://127.0.0.1:1/elsewhere\r\n` })),
    );
    const answer = await post();
    assert.equal(answer.kind === 'answered' && answer.status, 307);
    assert.equal(raw.connections(), 1);
  });

  it('waits for the real answer behind a 1xx', async () => {
    const { post } = await upstream((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${rawAnswer('{"final":"yes"}')}`),
    );
    const answer = await post();
    assert.equal(answer.kind === 'answered' && Buffer.from(answer.body).toString(), '{"final":"yes"}');
  });

  it('gives a header that came twice as a list', async () => {
    const { post } = await upstream((socket) =>
      socket.write(rawAnswer('{}', { headers: 'Signature: a\r\nSignature: b\r\nClient-Id: C\r\n' })),
    );
    const answer = await post();
    assert.ok(answer.kind === 'answered');
    assert.deepEqual(answer.headers['signature'], ['a', 'b']);
    assert.equal(answer.headers['client-id'], 'C');
  });

  it('uses one connection for call after call', async () => {
    const { raw, post } = await upstream((socket) => socket.write(rawAnswer('{}')));
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await post()).kind, 'answered');
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(raw.connections(), 1);
  });

  it('gets over a kept connection that the peer closed between calls', async () => {
    const { raw, post } = await upstream((socket, count) => {
      socket.write(rawAnswer('{}'));
      if (count === 1) setImmediate(() => socket.end());
    });
    assert.equal((await post()).kind, 'answered');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal((await post()).kind, 'answered');
    assert.equal(raw.connections(), 2);
  });

  it('never claims that nothing left when a kept connection dies under the request', async () => {
    const { post } = await upstream((socket, count) => {
      if (count === 1) socket.write(rawAnswer('{}'));
      else socket.resetAndDestroy();
    });
    assert.equal((await post()).kind, 'answered');
    assertSilent(await post(), 'brokenOff', true);
  });

  it('finds a kept connection half open: the call counts as sent, and the next one takes a new connection', async () => {
    const clock = createManualClock();
    let isDead = false;
    const raw = await startRawUpstream((socket) => {
      // The other end is gone without a word: what is written still goes out, and nothing ever comes back.
      if (!isDead) socket.write(rawAnswer('{}'));
    });
    const transport = createHttpsTransport(raw.url, clock, 2000);
    ends.push(
      () => raw.stop(),
      () => transport.close(),
    );
    assert.equal((await transport.post('/x', HEADERS, BODY, 8000)).kind, 'answered');
    isDead = true;
    // The connection is free again for the next call.
    await new Promise((resolve) => setImmediate(resolve));
    const lost = transport.post('/x', HEADERS, BODY, 8000);
    await clock.until(() => (raw.heard[0]?.match(/POST /g) ?? []).length === 2, 'the second call on the kept connection');
    await clock.advance(8000);
    assertSilent(await lost, 'timeOut', true);
    isDead = false;
    assert.equal((await transport.post('/x', HEADERS, BODY, 8000)).kind, 'answered');
    assert.equal((raw.heard[0]?.match(/POST /g) ?? []).length, 2, 'not on the dead one');
  });

  it('gives an answer that comes a byte a second no more than its deadline, in the headers and in the body', async () => {
    for (const [before, drip] of [
      ['', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'],
      ['HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n', 'x'.repeat(40)],
    ] as const) {
      const clock = createManualClock();
      const raw = await startRawUpstream((socket) => {
        if (before !== '') socket.write(before);
        void (async () => {
          for (const byte of drip) {
            await clock.sleep(1000);
            if (!socket.destroyed) socket.write(byte);
          }
        })();
      });
      const transport = createHttpsTransport(raw.url, clock, 2000);
      ends.push(
        () => raw.stop(),
        () => transport.close(),
      );
      const call = transport.post('/x', HEADERS, BODY, 8000);
      await clock.until(() => raw.heard.some((text) => text.endsWith(BODY.toString('utf8'))), 'the call');
      let ended = false;
      void call.then(() => {
        ended = true;
      });
      await clock.advance(7999);
      assert.equal(ended, false);
      await clock.advance(1);
      assertSilent(await call, 'timeOut', true);
    }
  });

  it('never sends the same bytes again by itself', async () => {
    let requests = 0;
    const { post } = await upstream((socket) => {
      requests += 1;
      socket.resetAndDestroy();
    });
    await post();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(requests, 1);
  });

  it('gives up on a host that takes no connection, and then nothing has left', async () => {
    const transport = transportTo('http://10.255.255.1:81', 100);
    const answer = await transport.post('/x', HEADERS, BODY, 5000);
    assert.equal(answer.kind === 'silent' && answer.bytesMayHaveLeft, false, JSON.stringify(answer));
  });
});
