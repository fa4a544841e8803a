import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import knex from 'knex';
import { BRIDGE_PUBLIC_PEM, STRANGER_PRIVATE_PEM, UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { readPrivateKey, type SigningKey, signatureHeader } from '#src/upstream/signature.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { type Service, startService } from '../process/program.js';
import { createTill } from '../process/till.js';
import { ACQUIRER_ID, CLIENT_ID, NOTIFY_PATH } from '../support/bridge-harness.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';
import { exchange } from './raw-exchange.js';

const OTHER_CLIENT = 'SANDBOX_0TESTONLY0000002';
const OTHER_PATH = '/hooks/other/notifyPayment';
const TIME = '2026-03-05T10:16:08+08:00';

const key = (pem: string): SigningKey => ({
  privateKey: readPrivateKey(pem),
  keyVersion: '1',
  encoding: 'plain',
  algorithmText: 'RSA256',
});
/** Two upstreams, each with its own key, client id and path. */
const A = { key: key(UPSTREAM_PRIVATE_PEM), path: NOTIFY_PATH, clientId: CLIENT_ID };
const B = { key: key(STRANGER_PRIVATE_PEM), path: OTHER_PATH, clientId: OTHER_CLIENT };

interface Message {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

interface Placed {
  readonly paymentRequestId: string;
  readonly paymentId: string;
}

async function signed(
  by: { readonly key: SigningKey; readonly path: string; readonly clientId: string },
  fields: object,
  time = TIME,
): Promise<Message> {
  const body = Buffer.from(JSON.stringify(fields));
  const signature = await signatureHeader(by.key, { path: by.path, clientId: by.clientId, time }, body);
  return { headers: { 'Client-Id': by.clientId, 'Request-Time': time, Signature: signature }, body };
}

const saysPaid = ({ paymentRequestId, paymentId }: Placed) => ({
  paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S' },
  paymentRequestId,
  paymentId,
  paymentAmount: { currency: 'JPY', value: '1980' },
  acquirerId: ACQUIRER_ID,
});

describe('replayed and reflected messages', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let other: UpstreamSimulator;
  let pc: CounterPc;
  let service: Service;
  let lanes = 0;

  before(async () => {
    const options = { clientPublicKeyPem: BRIDGE_PUBLIC_PEM, notificationPausesMs: [] };
    const publicPem = createPublicKey(STRANGER_PRIVATE_PEM).export({ type: 'spki', format: 'pem' }).toString();
    simulator = await createUpstreamSimulator(options);
    other = await createUpstreamSimulator({ ...options, ownKeys: { privatePem: STRANGER_PRIVATE_PEM, publicPem } });
    const names = Array.from({ length: 8 }, (_, i) => `lane-${i + 1}`);
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: [...names, 'lane-b'],
      displays: () => [],
      change(settings) {
        const [first] = settings.upstreams;
        assert.ok(first !== undefined);
        const port = new URL(first.notifyUrl).port;
        settings.upstreams.push({
          ...first,
          id: 'other',
          baseUrl: other.url,
          clientId: OTHER_CLIENT,
          upstreamPublicKeyFiles: { '1': './keys/other.pem' },
          notifyUrl: `http://127.0.0.1:${port}${OTHER_PATH}`,
        });
        for (const lane of settings.lanes) if (lane.id === 'lane-b') lane.upstream = 'other';
      },
    });
    writeFileSync(join(pc.folder, 'keys', 'other.pem'), publicPem);
    service = await startService(pc.file);
  });
  after(async () => {
    await service.stop();
    await Promise.all([simulator.stop(), other.stop()]);
    pc.remove();
  });

  async function place(lane?: string): Promise<Placed> {
    if (lane === undefined) lanes += 1;
    const laneId = lane ?? `lane-${lanes}`;
    return (await createTill(service.terminal).sell({ laneId }, 10)).json<Placed & Record<string, unknown>>();
  }
  const stateOf = async ({ paymentRequestId }: Placed) => (await createTill(service.terminal).read(paymentRequestId)).state;
  const send = ({ headers, body }: Message, path = NOTIFY_PATH): Promise<HttpAnswer> =>
    httpCall(`${service.upstream}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });

  async function refused(message: Message, path?: string): Promise<void> {
    const answer = await send(message, path);
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.json()['code'], 'unauthenticated');
    assert.equal(answer.headers['signature'], undefined, 'what is refused is not signed');
  }

  async function stored(): Promise<number> {
    const books = knex({ client: 'sqlite3', connection: { filename: pc.books }, useNullAsDefault: true });
    const [row] = (await books('notifications').count({ n: '*' })) as { n: number }[];
    await books.destroy();
    return Number(row?.n);
  }

  it('a genuine message played back a hundred times is acknowledged a hundred times, changes nothing, and fills no books', async () => {
    const placed = await place();
    const message = await signed(A, saysPaid(placed));
    assert.equal((await send(message)).status, 200);
    assert.equal(await stateOf(placed), 'paid');
    const { version } = await createTill(service.terminal).read(placed.paymentRequestId);
    const before = await stored();
    for (let n = 0; n < 100; n += 1) {
      // The same signature, written otherwise each time.
      const signature = `${' '.repeat(n % 7)}keyVersion=1,${String(message.headers['Signature']).replace('keyVersion=1, ', '')}`;
      const answer = await send({ ...message, headers: { ...message.headers, Signature: signature } });
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.text, /"resultStatus":"S"/);
    }
    const after = await createTill(service.terminal).read(placed.paymentRequestId);
    assert.deepEqual([after.state, after.version, after.alerts], ['paid', version, []]);
    assert.ok((await stored()) - before < 10);
  });

  it("our own signed requests, and the upstream's signed answers to them, are no notifications", async () => {
    const placed = await place();
    const calls = simulator.calls().filter(({ answer }) => answer?.kind === 'answered');
    assert.ok(calls.length > 0);
    for (const { headers, body, answer } of calls) {
      const lower = (all: Readonly<Record<string, unknown>>) =>
        new Map(Object.entries(all).map(([name, value]) => [name.toLowerCase(), String(value)]));
      const ours = lower(headers);
      await refused({
        headers: {
          'Client-Id': CLIENT_ID,
          'Request-Time': ours.get('request-time') ?? '',
          Signature: ours.get('signature') ?? '',
        },
        body: Buffer.from(body),
      });
      if (answer?.kind !== 'answered' || answer.body === null) continue;
      const theirs = lower(answer.headers);
      await refused({
        headers: {
          'Client-Id': CLIENT_ID,
          'Request-Time': theirs.get('response-time') ?? '',
          Signature: theirs.get('signature') ?? '',
        },
        body: Buffer.from(answer.body),
      });
    }
    assert.equal(await stateOf(placed), 'awaiting_payer');
  });

  it('our acknowledgement thrown back is no notification', async () => {
    const ack = await send(
      await signed(A, { ...saysPaid(await place()), paymentResult: { resultCode: 'X', resultStatus: 'U' } }),
    );
    assert.equal(ack.status, 200);
    await refused({
      headers: {
        'Client-Id': CLIENT_ID,
        'Request-Time': String(ack.headers['response-time']),
        Signature: String(ack.headers['signature']),
      },
      body: ack.bytes,
    });
  });

  it('a genuine message of one upstream means nothing on the path of another', async () => {
    const placed = await place();
    const ofB = await place('lane-b');
    await refused(await signed(A, saysPaid(placed)), OTHER_PATH);
    await refused(await signed(B, saysPaid(ofB)), NOTIFY_PATH);
    await refused(await signed({ ...B, path: NOTIFY_PATH, clientId: CLIENT_ID }, saysPaid(placed)), NOTIFY_PATH);
    await refused(await signed({ ...A, path: OTHER_PATH, clientId: OTHER_CLIENT }, saysPaid(ofB)), OTHER_PATH);
    await refused(await signed({ ...A, clientId: OTHER_CLIENT }, saysPaid(placed)), NOTIFY_PATH);
    assert.deepEqual([await stateOf(placed), await stateOf(ofB)], ['awaiting_payer', 'awaiting_payer']);
  });

  it('a rightly signed word of one upstream about a payment of another is acknowledged, kept aside, and pays nothing', async () => {
    const placed = await place();
    const answer = await send(await signed(B, saysPaid(placed)), OTHER_PATH);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['client-id'], OTHER_CLIENT);
    assert.equal(await stateOf(placed), 'awaiting_payer');
    const aside = service.log().find(({ why, upstreamId }) => why === 'unknownPayment' && upstreamId === 'other');
    assert.equal(aside?.['alarm'], true);
  });

  it('are refused by their headers alone, before anything of a body is sent', async () => {
    const { headers } = await signed(A, {});
    for (const change of [
      { 'Client-Id': 'SANDBOX_X' },
      { 'Request-Time': '' },
      { Signature: 'algorithm=RSA256, signature=AAAA' },
      { Signature: '' },
    ]) {
      const lines = Object.entries({ ...headers, ...change, 'Content-Length': '100000' }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      const heard = await exchange(Number(new URL(service.upstream).port), {
        pieces: [`POST ${NOTIFY_PATH} HTTP/1.1\r\nHost: localhost\r\n${lines.join('\r\n')}\r\n\r\n`],
        method: 'POST',
      });
      assert.deepEqual(
        heard.answers.map(({ status }) => status),
        [401],
      );
    }
  });

  describe('the Signature header', () => {
    let message: Message;
    let text: string;
    before(async () => {
      message = await signed(A, { ...saysPaid(await place()), paymentResult: { resultCode: 'X', resultStatus: 'U' } });
      text = String(message.headers['Signature']);
    });
    const value = () => text.replace(/.*signature=/, '');
    const withSignature = (signature: string | readonly string[]): Message => ({
      ...message,
      headers: { ...message.headers, Signature: signature },
    });

    const taken: readonly (readonly [string, () => string])[] = [
      ['percent-encoded', () => `algorithm=RSA256, keyVersion=1, signature=${encodeURIComponent(value())}`],
      [
        'in the URL alphabet, without padding',
        () => `algorithm=RSA256, keyVersion=1, signature=${Buffer.from(value(), 'base64').toString('base64url')}`,
      ],
      ['in another order, without blanks', () => `signature=${value()},keyVersion=1,algorithm=RSA256`],
      ['with names and algorithm in another case', () => `ALGORITHM=rsa256, KeyVersion=1, Signature=${value()}`],
      ['with members nobody knows', () => `x=1, algorithm=RSA256, keyVersion=1, signature=${value()}, y`],
      ['with an unknown key version beside a single key', () => `algorithm=RSA256, keyVersion=99, signature=${value()}`],
      ['without a key version', () => `algorithm=RSA256, signature=${value()}`],
    ];
    for (const [how, make] of taken)
      it(`is understood ${how}`, async () => assert.equal((await send(withSignature(make()))).status, 200));

    const odd: readonly (readonly [string, () => string | readonly string[]])[] = [
      ['twice in the request', () => [text, text]],
      ['with a member twice', () => `${text}, signature=${value()}`],
      ['with a second, wrong member', () => `signature=AAAA, ${text}`],
      ['with two algorithms', () => `algorithm=RSA256, ${text}`],
      ...['none', 'HS256', 'RSA512', 'ECC256', 'RSA256x', 'RSA-256', 'SHA256withRSA', ''].map(
        (name) => [`with the algorithm "${name}"`, () => text.replace('RSA256', name)] as const,
      ),
      ['encoded twice', () => `algorithm=RSA256, keyVersion=1, signature=${encodeURIComponent(encodeURIComponent(value()))}`],
      ['with a broken escape', () => `algorithm=RSA256, keyVersion=1, signature=${value()}%`],
      ['one byte short', () => `algorithm=RSA256, signature=${Buffer.from(value(), 'base64').subarray(1).toString('base64')}`],
      [
        'one byte long',
        () =>
          `algorithm=RSA256, signature=${Buffer.concat([Buffer.from([0]), Buffer.from(value(), 'base64')]).toString('base64')}`,
      ],
      ['in hex', () => `algorithm=RSA256, signature=${Buffer.from(value(), 'base64').toString('hex')}`],
      ['in quotes', () => `algorithm="RSA256", keyVersion="1", signature="${value()}"`],
      ['split by semicolons', () => text.replaceAll(', ', '; ')],
      ['empty', () => ''],
      ['all zero', () => `algorithm=RSA256, signature=${Buffer.alloc(256).toString('base64')}`],
      ['all one', () => `algorithm=RSA256, signature=${Buffer.alloc(256, 255).toString('base64')}`],
    ];
    for (const [how, make] of odd) it(`is refused ${how}`, () => refused(withSignature(make())));
  });

  it('client id and time are there exactly once, or the message is refused; an old time is fine', async () => {
    const placed = await place();
    const right = await signed(
      A,
      { ...saysPaid(placed), paymentResult: { resultCode: 'X', resultStatus: 'U' } },
      '2020-01-01T00:00:00Z',
    );
    assert.equal((await send(right)).status, 200);
    for (const name of ['Client-Id', 'Request-Time']) {
      const said = String(right.headers[name]);
      await refused({ ...right, headers: { ...right.headers, [name]: [said, said] } });
      const { [name]: _left, ...without } = right.headers;
      await refused({ ...right, headers: without });
      await refused({ ...right, headers: { ...right.headers, [name]: `${said} x` } });
    }
    await refused({ ...right, headers: { ...right.headers, 'Client-Id': CLIENT_ID.toLowerCase() } });
  });
});
