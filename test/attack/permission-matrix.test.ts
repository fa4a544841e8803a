import assert from 'node:assert/strict';
import { TERMINAL_ENDPOINTS } from '#src/terminal/terminal-api.js';
import { keySha256 } from '../process/counter-pc.js';
import { ocbridge } from '../process/program.js';
import { createTill } from '../process/till.js';
import { readEvents } from '../support/event-reader.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';
import { type AttackRig, openAttackRig } from './attack-rig.js';

/** Keys as tills hold them; `lane-1` and `lane-2` are ours, `lane-3` is somebody else's. */
const KEYS = {
  all: 'matrix-all-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  payOnly: 'matrix-pay-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB',
  reader: 'matrix-read-CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC',
  old: 'matrix-old-DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD',
  fresh: 'matrix-new-EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE',
  foreign: 'matrix-foreign-FFFFFFFFFFFFFFFFFFFFFFFFFFFF',
} as const;
type KeyName = keyof typeof KEYS;

const TERMINALS = [
  { id: 'M1', lanes: ['lane-1', 'lane-2'], keySha256: [keySha256(KEYS.all)], may: ['pay', 'cancel', 'refund'] },
  { id: 'M2', lanes: ['lane-1'], keySha256: [keySha256(KEYS.payOnly)], may: ['pay'] },
  { id: 'M3', lanes: ['lane-1'], keySha256: [keySha256(KEYS.reader)], may: [] },
  { id: 'M4', lanes: ['lane-1'], keySha256: [keySha256(KEYS.old), keySha256(KEYS.fresh)], may: ['pay', 'cancel', 'refund'] },
  { id: 'M9', lanes: ['lane-3'], keySha256: [keySha256(KEYS.foreign)], may: ['pay', 'cancel', 'refund'] },
];

/** What a key that is no key may look like. */
const NO_KEYS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['no key', {}],
  ['a made-up key', { Authorization: 'Bearer matrix-made-up' }],
  ['the hash of a key', { Authorization: `Bearer ${keySha256(KEYS.all)}` }],
  ['a key in other case', { Authorization: `Bearer ${KEYS.all.toLowerCase()}` }],
  ['a key with a tail', { Authorization: `Bearer ${KEYS.all}A` }],
  ['a key without its end', { Authorization: `Bearer ${KEYS.all.slice(0, -1)}` }],
  ['two keys', { Authorization: `Bearer ${KEYS.all}, Bearer ${KEYS.all}` }],
  ['another scheme', { Authorization: `Basic ${Buffer.from(`:${KEYS.all}`).toString('base64')}` }],
  ['a bare key', { Authorization: KEYS.all }],
  ['a key in a cookie', { Cookie: `key=${KEYS.all}; Authorization=Bearer ${KEYS.all}` }],
  ['a key in other headers', { 'X-Api-Key': KEYS.all, 'Proxy-Authorization': `Bearer ${KEYS.all}` }],
];

interface Call {
  readonly method: 'GET' | 'POST';
  /** `ID` is a payment, `LANE` a lane. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** `undo` takes either right, and none of these keys has one of the two only. */
  readonly right?: 'pay' | 'cancel' | 'refund';
  /** The payment of these tests has no such thing. */
  readonly isMissing?: boolean;
}

let references = 0;
const newSale = (laneId: string) => {
  references += 1;
  return { saleReference: `M-${references}`, amount: { currency: 'JPY', value: '100' }, description: 'Tea', laneId };
};

/** Every call of the API; a new one has to be put here, or the first test fails. */
const CALLS: Readonly<Record<string, Call>> = {
  startPayment: { method: 'POST', path: '/v1/payments', body: {}, right: 'pay' },
  listPayments: { method: 'GET', path: '/v1/payments?laneId=LANE' },
  readPayment: { method: 'GET', path: '/v1/payments/ID' },
  codeSvg: { method: 'GET', path: '/v1/payments/ID/code.svg' },
  codePng: { method: 'GET', path: '/v1/payments/ID/code.png' },
  cancelPayment: { method: 'POST', path: '/v1/payments/ID/cancel', right: 'cancel' },
  startRefund: {
    method: 'POST',
    path: '/v1/payments/ID/refunds',
    body: { refundReference: 'R1', amount: { currency: 'JPY', value: '1' } },
    right: 'refund',
  },
  listRefunds: { method: 'GET', path: '/v1/payments/ID/refunds' },
  readRefund: { method: 'GET', path: '/v1/payments/ID/refunds/R1', isMissing: true },
  undoPayment: { method: 'POST', path: '/v1/payments/ID/undo', right: 'refund' },
  readReceipt: { method: 'GET', path: '/v1/payments/ID/receipt' },
  readLane: { method: 'GET', path: '/v1/lanes/LANE' },
  laneEvents: { method: 'GET', path: '/v1/lanes/LANE/events' },
};

describe('the permissions of terminals and lanes', function () {
  this.timeout(60_000);
  let rig: AttackRig;
  let paymentId: string;
  before(async () => {
    rig = await openAttackRig({
      lanes: 3,
      change(settings) {
        settings.terminals = TERMINALS;
        Object.assign(settings.listen.terminal, { limits: { wrongKeysPerMinute: 10_000 } });
      },
    });
    paymentId = (await createTill(rig.service.terminal, KEYS.all).sell({ laneId: 'lane-1' }, 10)).json<{
      paymentRequestId: string;
    }>().paymentRequestId;
  });
  after(() => rig.close());

  const bearer = (name: KeyName) => ({ Authorization: `Bearer ${KEYS[name]}` });

  function send(
    { method, path, body }: Call,
    headers: Readonly<Record<string, string>>,
    { id = paymentId, lane = 'lane-1' } = {},
  ): Promise<HttpAnswer> {
    const url = `${rig.service.terminal}${path.replace('ID', id).replace('LANE', lane)}`;
    const json = body && (path === '/v1/payments' ? { ...newSale(lane), ...body } : body);
    return httpCall(url, { method, headers, ...(json && { json }) });
  }

  /** All but the two things that name this very call. */
  function sameButForItsTrace({ status, headers, text }: HttpAnswer): unknown {
    const { 'x-trace-id': _trace, date: _date, 'content-length': _length, ...rest } = headers;
    return { status, rest, text: text.replace(/"traceId":"[0-9a-f]{32}"/, '') };
  }

  it('are tried on every call there is', () => {
    assert.deepEqual(Object.keys(CALLS).sort(), TERMINAL_ENDPOINTS.map(({ name }) => name).sort());
    for (const { name, method, path } of TERMINAL_ENDPOINTS) {
      const tried = CALLS[name];
      assert.equal(tried?.method, method.toUpperCase());
      assert.equal(
        tried?.path.replace(/\?.*/, ''),
        path.replace('{paymentRequestId}', 'ID').replace('{laneId}', 'LANE').replace('{refundReference}', 'R1'),
      );
    }
  });

  for (const [name, call] of Object.entries(CALLS)) {
    describe(name, () => {
      it('answers 401 to whoever shows no key that is known, and says the same to all of them', async () => {
        for (const [what, headers] of NO_KEYS) {
          const answer = await send(call, headers);
          assert.equal(answer.status, 401, what);
          assert.equal(answer.json()['code'], 'unauthenticated');
          assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer /);
          assert.equal(answer.text.includes('matrix-'), false, 'no key is repeated');
        }
        const unknown = await send(call, { Authorization: 'Bearer one' });
        assert.deepEqual(sameButForItsTrace(await send(call, { Authorization: 'Bearer two' })), sameButForItsTrace(unknown));
      });

      it('tells a key of other lanes exactly what it tells about what does not exist', async () => {
        const foreign = await send(call, bearer('foreign'));
        const nothing = await send(call, bearer('foreign'), { id: 'TEST1-000000000000000000000000', lane: 'lane-404' });
        assert.equal(foreign.status, 404, foreign.text);
        assert.deepEqual(sameButForItsTrace(foreign), sameButForItsTrace(nothing));
      });

      it('asks for its right, whatever is asked about', async () => {
        for (const key of ['payOnly', 'reader'] as const) {
          const may = TERMINALS.find(({ keySha256: [hash] }) => hash === keySha256(KEYS[key]))?.may ?? [];
          const isRefused = call.right !== undefined && !may.includes(call.right);
          for (const about of [{}, { id: 'TEST1-000000000000000000000000', lane: 'lane-404' }]) {
            if (name === 'laneEvents' && !isRefused && about.lane === undefined) continue;
            const { status, text } = await send(call, bearer(key), about);
            assert.equal(status === 403, isRefused, `${key}: ${status} ${text}`);
          }
        }
      });

      it('takes both keys of a till whose key is being changed', async () => {
        const answers = await Promise.all(
          (['old', 'fresh'] as const).map(async (key) => {
            if (name !== 'laneEvents') return (await send(call, bearer(key))).status;
            const reader = await readEvents(`${rig.service.terminal}/v1/lanes/lane-1/events`, bearer(key));
            reader.close();
            return reader.status;
          }),
        );
        const refusals = call.isMissing === true ? [401, 403] : [401, 403, 404];
        for (const status of answers) assert.ok(!refusals.includes(status), `${status}`);
      });
    });
  }

  describe('of whole keys', () => {
    it('replacing the open payment of a lane needs the right to cancel', async () => {
      const call: Call = { method: 'POST', path: '/v1/payments', body: { replaceOpenPayment: true } };
      const till = createTill(rig.service.terminal, KEYS.all);
      const open = await till.sell({ laneId: 'lane-1', replaceOpenPayment: true }, 10);
      assert.equal(open.status, 201, open.text);
      const { status, text } = await send(call, bearer('payOnly'));
      assert.equal(status, 403, text);
      const { state } = await till.read(open.json<{ paymentRequestId: string }>().paymentRequestId);
      assert.equal(state, 'awaiting_payer', 'the open payment was not touched');
    });

    it('a list holds payments of the lanes of its key only, whatever it asks for', async () => {
      const { saleReference } = await createTill(rig.service.terminal, KEYS.all).read(paymentId);
      for (const query of ['', '?limit=100', `?saleReference=${saleReference}`, '?state=awaiting_payer']) {
        const list = await send({ method: 'GET', path: `/v1/payments${query}` }, bearer('foreign'));
        assert.deepEqual([list.status, list.json()['payments']], [200, []], query);
      }
    });

    it('a key in the address is no key, and is refused where no key is needed, too', async () => {
      for (const path of [`/v1/lanes/lane-1?key=${KEYS.all}`, `/v1/lanes/lane-1?access_token=${KEYS.all}`])
        assert.equal((await send({ method: 'GET', path }, {})).status, 401);
    });

    it('a key that a reload takes away ends its streams and its long polls, and a lane that is taken away is one that does not exist', async () => {
      const till = createTill(rig.service.terminal, KEYS.old);
      const { version } = await till.read(paymentId);
      const [stream, kept] = [await till.events('lane-1'), await createTill(rig.service.terminal, KEYS.all).events('lane-2')];
      const poll = till.call(`/v1/payments/${paymentId}?afterVersion=${version + 1_000}&waitSeconds=25`);
      rig.pc.rewrite((settings) => {
        settings.terminals = TERMINALS.map((terminal) => {
          if (terminal.id === 'M4') return { ...terminal, keySha256: [keySha256(KEYS.fresh)] };
          return terminal.id === 'M1' ? { ...terminal, lanes: ['lane-2'] } : terminal;
        });
      });
      assert.equal((await ocbridge(['reload', '--config', rig.pc.file])).code, 0);
      await stream.ended;
      assert.equal((await poll).status, 401);
      assert.equal((await createTill(rig.service.terminal, KEYS.fresh).call(`/v1/payments/${paymentId}`)).status, 200);
      const gone = await send(CALLS['readPayment'] as Call, bearer('all'));
      const never = await send(CALLS['readPayment'] as Call, bearer('all'), { id: 'TEST1-000000000000000000000000' });
      assert.equal(gone.status, 404);
      assert.deepEqual(sameButForItsTrace(gone), sameButForItsTrace(never));
      assert.equal((await send(CALLS['readLane'] as Call, bearer('all'), { lane: 'lane-2' })).status, 200);
      kept.close();
    });
  });
});
