import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { BridgeError } from '#src/base/bridge-error.js';
import { systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { type Listener, type ListenerParts, startListener } from '#src/http/listener.js';
import { allowLongBody } from '#src/http/slow-bodies.js';
import { makeCertificate } from '../support/certificates.js';
import { httpCall, rawCall } from '../support/http-call.js';
import { httpsCall } from '../support/https-call.js';
import { skipBecause } from '../support/skip.js';

const open: Listener[] = [];

async function start(wishes: Partial<ListenerParts> = {}): Promise<Listener> {
  const listener = await startListener({
    name: 'terminal',
    host: '127.0.0.1',
    port: 0,
    handler: (_req, res) => res.end('here'),
    clock: systemClock,
    log: silentLog,
    ...wishes,
  });
  open.push(listener);
  return listener;
}

function connected(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

const closed = (socket: net.Socket) => new Promise<void>((resolve) => socket.resume().once('close', () => resolve()));

describe('a listener', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((listener) => listener.stop(0)));
  });

  it('says in a sentence that its port is taken', async () => {
    const first = await start();
    await assert.rejects(start({ port: first.port, name: 'upstream' }), (error) => {
      assert.ok(error instanceof BridgeError);
      assert.equal(error.code, 'listen.portTaken');
      assert.match(error.message, new RegExp(`listen\\.upstream: port ${first.port} on 127\\.0\\.0\\.1 is taken`));
      return true;
    });
  });

  it('keeps its certificate when it is given a key that is not the one of the other', async () => {
    const [old, next] = [makeCertificate({ name: 'localhost' }), makeCertificate({ name: 'localhost' })];
    const listener = await start({ tls: old });
    assert.throws(() => listener.useTls({ key: old.key, cert: next.cert }));
    assert.equal((await httpsCall(listener.port, '/', old)).text, 'here');
    listener.useTls(next);
    assert.equal((await httpsCall(listener.port, '/', next)).text, 'here');
    await assert.rejects(httpsCall(listener.port, '/', old));
  });

  it('says in a sentence that an address is not of this machine', async () => {
    await assert.rejects(start({ host: '192.0.2.1' }), (error) => error instanceof BridgeError && error.code === 'config.wrong');
  });

  it('listens on IPv6 loopback and writes its address with brackets', async function () {
    let listener: Listener;
    try {
      listener = await start({ host: '::1' });
    } catch (error) {
      const cause = String(error instanceof Error ? (error.cause ?? error) : error);
      if (!/EADDRNOTAVAIL|EAFNOSUPPORT/.test(cause)) throw error;
      skipBecause(this, 'this machine has no IPv6');
    }
    assert.equal(listener.url, `http://[::1]:${listener.port}`);
    assert.equal((await httpCall(listener.url)).text, 'here');
  });

  it('cuts off a caller that is slow with its headers', async () => {
    const { port } = await start({ limits: { headersMs: 100, requestMs: 100 } });
    assert.match(await rawCall(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n'), /^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/);
  });

  it('lets a body take long where its handler allows it, and no other', async () => {
    const { port } = await start({
      limits: { headersMs: 100, requestMs: 100, longRequestMs: 60_000 },
      handler: (req, res) => {
        if (req.url === '/long') allowLongBody(req);
        req.resume().once('end', () => res.end('all of it'));
      },
    });
    const half = (path: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nhalf`;
    const patient = await connected(port);
    let said = '';
    patient.on('data', (chunk) => {
      said += chunk;
    });
    patient.write(half('/long'));
    for (const path of ['/short', '/short', '/short'])
      assert.match(await rawCall(port, half(path)), /^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/);
    // Node itself looks for slow requests in between.
    assert.match(await rawCall(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n'), /^HTTP\/1.1 408 /);
    assert.equal(said, '');
    patient.end('half');
    await closed(patient);
    assert.match(said, /^HTTP\/1.1 200 [\s\S]*all of it/);
  });

  it('refuses headers over its limit with a problem document', async () => {
    const { port } = await start({ limits: { headerBytes: 1024 } });
    const text = `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(2_000)}\r\n\r\n`;
    assert.match(await rawCall(port, text), /^HTTP\/1.1 431 [\s\S]*"code":"headers_too_large"/);
  });

  it('answers noise with a problem document', async () => {
    const { port } = await start();
    assert.match(
      await rawCall(port, 'noise\r\n\r\n'),
      /^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"invalid_request"/,
    );
  });

  it('never lets the 400 for what follows be read as the answer to a request that is being worked on', async () => {
    let begun = 0;
    const { port } = await start({
      handler: () => {
        begun += 1;
      },
    });
    for (const garbage of ['noise\r\n\r\n', `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`])
      assert.equal(await rawCall(port, `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab${garbage}`), '');
    assert.equal(begun, 2);
  });

  it('never answers a request twice: what is wrong with a body whose answer is out ends the connection without a word', async () => {
    const { port } = await start();
    const text = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n';
    const socket = await connected(port);
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      socket.write('zz\r\n');
    });
    socket.write(text);
    await closed(socket);
    assert.deepEqual(heard.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200']);
  });

  it('answers a body that is not framed as announced with 400', async () => {
    const { port } = await start({ handler: () => {} });
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await rawCall(port, `${head}zz\r\n`), /^HTTP\/1.1 400 [\s\S]*"code":"invalid_request"/);
  });

  it('cuts off a caller that sends one request after the other and waits for no answer', async () => {
    let begun = 0;
    const { port } = await start({
      handler: () => {
        begun += 1;
      },
    });
    const cutOff = rawCall(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2_000)).catch(() => '');
    assert.equal(await cutOff, '');
    assert.ok(begun <= 8, `${begun} calls were begun`);
  });

  it('answers pipelined requests that it can answer at once, in order', async () => {
    const { port } = await start({ handler: (req, res) => res.end(req.url) });
    const text = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('');
    const answer = await rawCall(port, `${text}GET /4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.deepEqual(answer.match(/\/\d(?=HTTP|$)/g), ['/1', '/2', '/3', '/4']);
  });

  it('sees every header, however many stand before it', async () => {
    const { port } = await start({ handler: (req, res) => res.end(String(req.headersDistinct['host'])) });
    const text = `GET / HTTP/1.1\r\nHost: a\r\n${'x:\r\n'.repeat(3_000)}Host: b\r\nConnection: close\r\n\r\n`;
    assert.match(await rawCall(port, text), /a,b$/);
  });

  it('lets idle connections make way when its room is used up', async () => {
    const { port } = await start({ limits: { connections: 2 } });
    const unused = [await connected(port), await connected(port)];
    const turnedAway = await connected(port);
    await closed(turnedAway);
    assert.match(await rawCall(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'), /here$/);
    for (const socket of unused) socket.destroy();
  });

  it('takes no more connections than it may', async () => {
    const { port } = await start({ limits: { connections: 2 } });
    const kept = [await connected(port), await connected(port)];
    const third = await connected(port);
    await closed(third);
    for (const socket of kept) socket.destroy();
  });

  it('closes idle connections at once when it stops, and lets answers under way end', async () => {
    const waiting: http.ServerResponse[] = [];
    const listener = await start({ handler: (_req, res) => void waiting.push(res) });
    const idle = await connected(listener.port);
    const answer = httpCall(listener.url);
    while (waiting.length === 0) await systemClock.sleep(1);
    const stopped = listener.stop(5_000);
    await closed(idle);
    await assert.rejects(httpCall(listener.url));
    waiting[0]?.end('the end');
    assert.equal((await answer).text, 'the end');
    assert.equal((await answer).headers.connection, 'close');
    await stopped;
  });

  it('closes a kept-alive connection after the answer that was under way', async () => {
    const waiting: http.ServerResponse[] = [];
    const listener = await start({ handler: (_req, res) => void waiting.push(res) });
    const agent = new http.Agent({ keepAlive: true });
    const done = new Promise<void>((resolve) => {
      http.get(listener.url, { agent }, (response) => response.resume().on('end', resolve));
    });
    while (waiting.length === 0) await systemClock.sleep(1);
    waiting[0]?.flushHeaders();
    const stopped = listener.stop(5_000);
    waiting[0]?.end('the end');
    await done;
    await stopped;
    agent.destroy();
  });

  it('waits for a handler that still works although its caller is gone', async () => {
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = false;
    const listener = await start({
      handler: () => {
        begun = true;
        return work;
      },
    });
    const hangUp = new AbortController();
    const lost = assert.rejects(httpCall(listener.url, { signal: hangUp.signal }));
    while (!begun) await systemClock.sleep(1);
    hangUp.abort();
    await lost;
    let stopped = false;
    const stop = listener.stop(5_000).then(() => {
      stopped = true;
    });
    await systemClock.sleep(30);
    assert.equal(stopped, false);
    finish();
    await stop;
  });

  it('survives a handler that throws', async () => {
    let thrown = 0;
    const listener = await start({
      handler: (_req, res) => {
        thrown += 1;
        res.end('first');
        throw new Error('a bug');
      },
    });
    assert.equal((await httpCall(listener.url)).text, 'first');
    assert.equal((await httpCall(listener.url)).text, 'first');
    assert.equal(thrown, 2);
  });

  it('cuts what has not ended when the grace is over', async () => {
    const listener = await start({ handler: () => {} });
    const answer = assert.rejects(httpCall(listener.url));
    await systemClock.sleep(20);
    await listener.stop(20);
    await answer;
  });
});
