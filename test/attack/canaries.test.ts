import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import knex from 'knex';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, signatureHeader } from '#src/upstream/signature.js';
import { keySha256 } from '../process/counter-pc.js';
import { ocbridge, until } from '../process/program.js';
import { createTill } from '../process/till.js';
import { ACQUIRER_ID, CLIENT_ID, NOTIFY_PATH } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';
import { type AttackRig, openAttackRig } from './attack-rig.js';

/** Values that stand nowhere else in the world; what is looked for afterwards. */
const CANARY = {
  tillKey: 'canary-till-key-1111111111111111111111111111',
  wrongKey: 'canary-wrong-key-222222222222222222222222222',
  orderCode: 'https://canary.example/order-code-33333333',
  customerId: 'canary-customer-44444444',
  accessToken: 'canary-access-token-55555555',
  resultMessage: 'canary-result-message-66666666',
  cookie: 'canary-cookie-77777777',
  agentToken: 'canary-agent-token-88888888',
  ownKey: BRIDGE_PRIVATE_PEM.split('\n')[5] ?? '',
  wrongValue: 'canary-wrong-value-99999999',
} as const;
type CanaryName = keyof typeof CANARY;

/** Where in the books a canary has business: the message as it came, the payment itself, an event while its code may be shown again. */
const IN_THE_BOOKS: Readonly<Partial<Record<CanaryName, readonly string[]>>> = {
  orderCode: ['attempts', 'lane_events', 'payments'],
  customerId: ['attempts', 'notifications', 'payments'],
  accessToken: ['attempts', 'notifications'],
  resultMessage: ['attempts', 'notifications'],
};

const THEIRS = {
  privateKey: readPrivateKey(UPSTREAM_PRIVATE_PEM),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
} as const;
const result = (resultStatus: string, resultCode: string) => ({ resultCode, resultStatus, resultMessage: CANARY.resultMessage });
/** What a careless upstream says beside what it is asked. */
const CARELESS = {
  customerId: CANARY.customerId,
  userLoginId: CANARY.customerId,
  accessToken: CANARY.accessToken,
  refreshToken: CANARY.accessToken,
  extendInfo: JSON.stringify({ token: CANARY.accessToken }),
};

/** How the upstream treats the sale of a lane. */
const LANES = { paid: 'lane-1', cancelled: 'lane-2', refused: 'lane-3', unreadable: 'lane-4', unsigned: 'lane-5' } as const;

async function openCarelessUpstream(): Promise<Server> {
  const references = new Map<string, string>();
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => void answer(Buffer.concat(chunks)));
    async function answer(request: Buffer): Promise<void> {
      const asked = JSON.parse(request.toString()) as { paymentRequestId: string; order?: { referenceOrderId: string } };
      const { paymentRequestId } = asked;
      const reference = asked.order?.referenceOrderId ?? references.get(paymentRequestId) ?? '';
      references.set(paymentRequestId, reference);
      const body = Buffer.from(textFor(req.url ?? '', paymentRequestId, reference));
      const time = new Date().toISOString();
      const signature = await signatureHeader(THEIRS, { path: req.url ?? '', clientId: CLIENT_ID, time }, body);
      res.setHeader('Set-Cookie', CANARY.cookie);
      if (reference !== 'unsigned' || !req.url?.endsWith('/pay')) res.setHeader('Signature', signature);
      res.setHeader('Response-Time', time);
      res.end(body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function textFor(path: string, paymentRequestId: string, reference: string): string {
  const named = { paymentRequestId, acquirerId: ACQUIRER_ID, paymentId: `pid-${reference}`, ...CARELESS };
  if (path.endsWith('cancelPayment')) return JSON.stringify({ result: result('S', 'SUCCESS'), ...named });
  if (path.endsWith('inquiryPayment'))
    return JSON.stringify({ result: result('S', 'SUCCESS'), paymentResult: result('U', 'PAYMENT_IN_PROCESS'), ...named });
  if (reference === 'refused' || reference === 'unsigned')
    return JSON.stringify({ result: result('F', 'RISK_REJECT'), ...CARELESS });
  if (reference === 'unreadable')
    return `{"result":{"resultStatus":"U","resultCode":["${CANARY.orderCode}"]},"x":"${CANARY.orderCode}`;
  return JSON.stringify({
    result: result('U', 'PAYMENT_IN_PROCESS'),
    ...named,
    paymentAmount: { currency: 'JPY', value: '1980' },
    orderCodeForm: {
      expireTime: new Date(Date.now() + 120_000).toISOString(),
      codeDetails: [{ codeValue: CANARY.orderCode, displayType: 'TEXT' }],
    },
  });
}

describe('canaries', function () {
  this.timeout(90_000);
  let upstream: Server;
  let rig: AttackRig;
  const told = { answers: '', events: '', problems: '', health: '', commands: '', log: '' };
  let codeWasTold = false;

  before(async () => {
    upstream = await openCarelessUpstream();
    rig = await openAttackRig({
      lanes: 5,
      upstreamUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      timing: { payPausesMs: [50], inquiryFirstAfterMs: 200, inquiryEveryMs: [200, 200], cancelEveryMs: 200 },
      env: { AGENT_TOKEN: CANARY.agentToken },
      change(settings) {
        for (const one of settings.upstreams) Object.assign(one, { agentToken: '${' + 'AGENT_TOKEN}' });
        for (const one of settings.terminals) one.keySha256 = [keySha256(CANARY.tillKey)];
      },
    });
    await story();
    told.log = await rig.stop().then(async () => {
      const { out, err } = await rig.service.ended;
      return out + err;
    });
  });
  after(async () => {
    await rig.close();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });

  /** Sales to every end, wrong keys, wrong values, hostile notifications, the technician's commands. */
  async function story(): Promise<void> {
    const till = createTill(rig.service.terminal, CANARY.tillKey);
    const streams = await Promise.all(rig.lanes.map((lane) => till.events(lane)));
    const ids = new Map<string, string>();
    for (const [saleReference, laneId] of Object.entries(LANES)) {
      const sold = await till.sell({ saleReference, laneId }, 3);
      told.answers += sold.text;
      ids.set(saleReference, sold.json<{ paymentRequestId: string }>().paymentRequestId);
      codeWasTold ||= sold.text.includes(CANARY.orderCode);
    }
    const paid = ids.get('paid') ?? '';
    await notify(
      {
        paymentResult: result('S', 'SUCCESS'),
        paymentRequestId: paid,
        paymentId: 'pid-paid',
        paymentAmount: { currency: 'JPY', value: '1980' },
        acquirerId: ACQUIRER_ID,
        ...CARELESS,
      },
      200,
    );
    await notify({ paymentResult: result('S', 'SUCCESS'), paymentRequestId: 'TEST1-nobody', ...CARELESS }, 200);
    await notify({ paymentRequestId: paid, ...CARELESS }, 401, {
      Signature: `algorithm=RSA256, signature=${CANARY.accessToken}`,
      Authorization: `Bearer ${CANARY.wrongKey}`,
    });
    for (const reference of ['cancelled', 'unreadable', 'unsigned']) await till.cancel(ids.get(reference) ?? '');
    for (const id of ids.values()) {
      const ended = await until(
        async () => (/"state":"(paid|failed|cancelled)"/.test((await till.call(`/v1/payments/${id}`)).text) ? id : undefined),
        `${id} ends`,
        20_000,
        100,
      );
      told.answers += (await till.call(`/v1/payments/${ended}`)).text;
    }
    told.answers +=
      (await till.call('/v1/payments?limit=100')).text +
      (await Promise.all(rig.lanes.map((lane) => till.call(`/v1/lanes/${lane}`)))).map(({ text }) => text).join('');
    await wrongCalls(till);
    for (const path of ['/healthz', '/readyz']) told.health += (await httpCall(`${rig.service.backOffice}${path}`)).text;
    for (const command of ['show', 'timeline'])
      for (const id of [paid, 'TEST1-nobody']) {
        const { out, err } = await ocbridge(['payment', command, id, '--config', rig.pc.file], {
          env: { AGENT_TOKEN: CANARY.agentToken },
        });
        told.commands += command === 'show' ? out + err : '';
      }
    for (const stream of streams) {
      told.events += JSON.stringify(stream.events);
      stream.close();
    }
  }

  async function wrongCalls(till: ReturnType<typeof createTill>): Promise<void> {
    const { wrongValue } = CANARY;
    const sale = { saleReference: 'W', amount: { currency: 'JPY', value: '1' }, description: 'x', laneId: 'lane-1' };
    const answers = [
      await httpCall(`${rig.service.terminal}/v1/lanes/lane-1`, { headers: { Authorization: `Bearer ${CANARY.wrongKey}` } }),
      await httpCall(`${rig.service.terminal}/v1/lanes/lane-1`, { headers: { Authorization: `Basic ${CANARY.wrongKey}` } }),
      ...(await Promise.all(
        [
          { ...sale, description: `${wrongValue}\u0000` },
          { ...sale, amount: wrongValue },
          { ...sale, amount: { currency: wrongValue, value: wrongValue } },
          { ...sale, laneId: wrongValue },
          { ...sale, saleReference: `${wrongValue} ` },
        ].map((json) => till.call('/v1/payments', { json })),
      )),
      await till.call('/v1/payments', {
        body: `{"x":"${wrongValue}`,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
      }),
      await till.call(`/v1/payments/${wrongValue}`),
      await till.call(`/v1/payments?cursor=${wrongValue}`),
      await till.call(`/v1/payments?limit=${wrongValue}`),
      await httpCall(`${rig.service.terminal}/v1/payments`, { headers: { Host: `${wrongValue}.example` } }),
    ];
    for (const { status, text } of answers) {
      assert.ok(status >= 400, text);
      told.problems += text;
    }
  }

  async function notify(fields: object, status: number, headers: Record<string, string> = {}): Promise<void> {
    const body = Buffer.from(JSON.stringify(fields));
    const time = new Date().toISOString();
    const signature = await signatureHeader(THEIRS, { path: NOTIFY_PATH, clientId: CLIENT_ID, time }, body);
    const answer = await httpCall(`${rig.service.upstream}${NOTIFY_PATH}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Client-Id': CLIENT_ID,
        'Request-Time': time,
        Signature: signature,
        Cookie: CANARY.cookie,
        ...headers,
      },
      body,
    });
    assert.equal(answer.status, status, answer.text);
    told.problems += answer.text;
  }

  /** The canaries that sing in a text, but for those that may. */
  const singing = (text: string, ...may: readonly CanaryName[]) =>
    (Object.keys(CANARY) as CanaryName[]).filter((name) => !may.includes(name) && text.includes(CANARY[name]));

  it('did what they were let loose for: the code was shown, the payment was paid, the others ended', () => {
    assert.ok(codeWasTold);
    assert.match(told.answers, /"state":"paid"/);
    assert.match(told.answers, /"state":"failed"/);
    assert.match(told.answers, /"state":"cancelled"/);
    assert.equal(CANARY.ownKey.length, 64);
  });

  it('are silent in the log and on stderr, all of them', () => {
    assert.ok(told.log.length > 1_000);
    assert.deepEqual(singing(told.log), []);
  });

  it('are silent in answers and events for tills, but for the code while it may be shown', () => {
    assert.deepEqual(singing(told.answers, 'orderCode'), []);
    assert.deepEqual(singing(told.events, 'orderCode'), []);
  });

  it('are silent in problem documents, health and readiness', () => {
    assert.deepEqual(singing(told.problems), []);
    assert.deepEqual(singing(told.health), []);
  });

  it('are silent in payment show: a technician sees what a till sees', () => {
    assert.match(told.commands, /paid/);
    assert.deepEqual(singing(told.commands), []);
  });

  it('stand in the books only where they have business', async () => {
    const books = knex({ client: 'sqlite3', connection: { filename: rig.pc.books }, useNullAsDefault: true });
    const tables = ((await books.raw("select name from sqlite_master where type = 'table'")) as { name: string }[]).map(
      ({ name }) => name,
    );
    const found: Record<string, string[]> = {};
    for (const table of tables) {
      for (const row of (await books(table)) as Record<string, unknown>[]) {
        const text = Object.values(row)
          .map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : String(value)))
          .join('\n');
        for (const name of singing(text)) if (!found[name]?.includes(table)) found[name] = [...(found[name] ?? []), table].sort();
      }
    }
    await books.destroy();
    assert.deepEqual(found, IN_THE_BOOKS);
  });

  it('stand in no other file that the bridge has written', () => {
    const files = readdirSync(rig.pc.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map(({ parentPath, name }) => relative(rig.pc.folder, join(parentPath, name)));
    for (const name of names) {
      if (/^(keys[\\/]|data[\\/]bridge\.sqlite)/.test(name)) continue;
      assert.deepEqual(singing(readFileSync(join(rig.pc.folder, name), 'latin1')), [], name);
    }
    assert.deepEqual(
      names.filter(
        (name) => !/^(keys[\\/](own|theirs)\.pem|bridge\.yaml|data[\\/]bridge\.sqlite(-wal|-shm|\.lock)?)$/.test(name),
      ),
      [],
    );
  });
});
