import assert from 'node:assert/strict';
import { join } from 'node:path';
import knex from 'knex';
import { Agent } from 'undici';
import { BRIDGE_PRIVATE_PEM, STRANGER_PRIVATE_PEM, UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, type SigningKey, signatureHeader } from '#src/upstream/signature.js';
import { ACQUIRER_ID, CLIENT_ID, type Harness, NOTIFY_PATH, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { createSeeded } from '../support/seeded.js';

const LANES = 24;
/** These payments hear nothing genuine and must never be paid. */
const NEVER_PAID = 8;

const key = (pem: string, algorithmText = 'RSA256'): SigningKey => ({
  privateKey: readPrivateKey(pem),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText,
});
const THEIRS = key(UPSTREAM_PRIVATE_PEM);
const STRANGER = key(STRANGER_PRIVATE_PEM);
const OURS = key(BRIDGE_PRIVATE_PEM);

interface Message {
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

interface Placed {
  readonly id: string;
  readonly paymentId: string;
  readonly genuine: Message;
}

const TIME = '2026-03-05T10:16:08+08:00';

async function signed(
  fields: object,
  by: SigningKey = THEIRS,
  path = NOTIFY_PATH,
  { clientId, time }: { readonly clientId: string; readonly time: string } = { clientId: CLIENT_ID, time: TIME },
): Promise<Message> {
  const body = Buffer.from(JSON.stringify(fields));
  const signature = await signatureHeader(by, { path, clientId, time }, body);
  return { headers: { 'client-id': clientId, 'request-time': time, signature }, body };
}

function fieldsOf(id: string, paymentId: string): Record<string, unknown> {
  return {
    paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S', resultMessage: 'success' },
    paymentRequestId: id,
    paymentId,
    paymentAmount: { currency: 'JPY', value: '1980' },
    paymentTime: '2026-03-05T10:16:07+08:00',
    acquirerId: ACQUIRER_ID,
    pspId: '1022000000000000009',
    customerId: '1000000000000000007',
  };
}

type Pick = (below: number) => number;
type Mutation = (placed: Placed, pick: Pick, shop: Harness) => Message | Promise<Message>;

function otherCharacter(text: string, at: number, pick: Pick): string {
  const old = text.charCodeAt(at);
  let fresh = old;
  while (fresh === old) fresh = 0x21 + pick(0x5e);
  return text.slice(0, at) + String.fromCharCode(fresh) + text.slice(at + 1);
}

const withHeader = (message: Message, name: string, value: string | string[]): Message => ({
  ...message,
  headers: { ...message.headers, [name]: value },
});
const textOf = (message: Message, name: string) => String(message.headers[name]);

let answersHeard: readonly Message[] | undefined;

/** The simulator's own signed answers to the pay requests, headers and all; collected once. */
function playedBack(shop: Harness): readonly Message[] {
  answersHeard ??= shop.simulator.calls().flatMap(({ answer }) => {
    if (answer?.kind !== 'answered' || answer.body === null) return [];
    const header = (name: string) => Object.entries(answer.headers).find(([n]) => n.toLowerCase() === name)?.[1] ?? '';
    const headers = { 'client-id': header('client-id'), 'request-time': header('response-time'), signature: header('signature') };
    return [{ headers, body: Buffer.from(answer.body) }];
  });
  assert.ok(answersHeard.length >= LANES);
  return answersHeard;
}

const NOT_GENUINE: Readonly<Record<string, Mutation>> = {
  'a byte of the body': ({ genuine }, pick) => {
    const body = Buffer.from(genuine.body);
    const at = pick(body.length);
    body[at] = ((body[at] ?? 0) + 1 + pick(255)) & 0xff;
    return { ...genuine, body };
  },
  'a byte of the signed path': ({ id, paymentId }, pick) =>
    signed(fieldsOf(id, paymentId), THEIRS, otherCharacter(NOTIFY_PATH, pick(NOTIFY_PATH.length), pick)),
  'a byte of the time': ({ genuine }, pick) => withHeader(genuine, 'request-time', otherCharacter(TIME, pick(TIME.length), pick)),
  'a byte of the client id': ({ genuine }, pick) =>
    withHeader(genuine, 'client-id', otherCharacter(CLIENT_ID, pick(CLIENT_ID.length), pick)),
  'a body serialised anew': ({ genuine }, pick) => {
    const value = JSON.parse(genuine.body.toString()) as Record<string, unknown>;
    const shuffled = Object.fromEntries(Object.entries(value).sort(() => (pick(2) === 0 ? -1 : 1)));
    const text = pick(2) === 0 ? JSON.stringify(value, null, 1 + pick(4)) : `${JSON.stringify(shuffled)} `;
    return { ...genuine, body: Buffer.from(text) };
  },
  "a stranger's key": ({ id, paymentId }) => signed(fieldsOf(id, paymentId), STRANGER),
  'our own key': ({ id, paymentId }) => signed(fieldsOf(id, paymentId), OURS),
  'a signed answer played back': (_placed, pick, shop) => {
    const answers = playedBack(shop);
    return answers[pick(answers.length)] as Message;
  },
  'our acknowledgement played back': async () => {
    const body = Buffer.from('{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}');
    const signature = await signatureHeader(OURS, { path: NOTIFY_PATH, clientId: CLIENT_ID, time: TIME }, body);
    return { headers: { 'client-id': CLIENT_ID, 'request-time': TIME, signature }, body };
  },
  'another algorithm name': ({ genuine }, pick) => {
    const names = ['none', 'HS256', 'RSA512', 'ECC256', 'RSA-256', 'SHA256withRSA', 'RSA256x', ''];
    return withHeader(genuine, 'signature', textOf(genuine, 'signature').replace('RSA256', names[pick(names.length)] ?? 'none'));
  },
  'two signature headers': ({ genuine }, pick) => {
    const right = textOf(genuine, 'signature');
    const wrong = right.replace(/signature=.{6}/, `signature=${'ABCDEF'.charAt(pick(6)).repeat(6)}`);
    return withHeader(
      genuine,
      'signature',
      [
        [right, wrong],
        [wrong, right],
        [right, right],
      ][pick(3)] ?? [],
    );
  },
};

const DOES_NOT_FIT: Readonly<Record<string, (fields: Record<string, unknown>, pick: Pick) => object>> = {
  'another amount': (fields, pick) => ({ ...fields, paymentAmount: { currency: 'JPY', value: String(1 + pick(1979)) } }),
  'another currency': (fields, pick) => ({
    ...fields,
    paymentAmount: { currency: ['USD', 'KRW', 'jpy'][pick(3)], value: '1980' },
  }),
  'another acquirer': (fields, pick) => ({ ...fields, acquirerId: `10200000000000${String(pick(90_000) + 10_000)}` }),
  'another payment id': (fields, pick) => ({ ...fields, paymentId: `${String(fields['paymentId'])}${pick(10)}` }),
};

/** What came of an attack; it rejects with the first message that was not judged as it must be. */
export interface NotificationAttack {
  readonly delivered: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** Not genuine and acknowledged, or about a payment that then was paid: 0, or the attack has rejected. */
  readonly accepted: 0;
  readonly genuine: number;
  readonly stored: number;
}

interface Job {
  readonly kind: string;
  readonly fits: 'no' | 'odd' | 'yes';
  readonly about: Placed;
  readonly make: () => Message | Promise<Message>;
}

/** Delivers at least so many mutated notifications to a whole bridge, genuine ones at random places between them, and judges each. */
export async function attackNotifications(plan: {
  readonly seed: number;
  readonly notifications: number;
  readonly told?: (done: number) => void;
}): Promise<NotificationAttack> {
  const random = createSeeded(plan.seed);
  const pick: Pick = (below) => Math.floor(random.fraction() * below);
  // Eleven kinds that are not genuine and one, of four sorts, that is and does not fit.
  const sorts = Object.keys(DOES_NOT_FIT).length;
  const ofEachKind = sorts * Math.ceil(plan.notifications / (Object.keys(NOT_GENUINE).length + 1) / sorts);
  const shop = await startHarness({ lanes: Array.from({ length: LANES }, (_, i) => `lane-${i + 1}`), displays: [] });
  const agent = new Agent({ connections: 8 });
  answersHeard = undefined;
  try {
    const placed = await Promise.all(Array.from({ length: LANES }, (_, lane) => place(shop, lane)));
    const paying = placed.slice(NEVER_PAID);
    const jobs = jobsOf(placed, paying, ofEachKind, pick, shop);
    const byStatus = await deliverAll(jobs, { shop, agent, pick, innocent: placed.slice(0, NEVER_PAID), told: plan.told });
    for (const { id } of placed.slice(0, NEVER_PAID)) assert.equal((await shop.read(id)).state, 'awaiting_payer');
    for (const { id } of paying) {
      const { state, endedBy } = await shop.read(id);
      assert.deepEqual([id, state, endedBy], [id, 'paid', 'notification']);
    }
    const books = await booksOf(shop);
    assert.deepEqual(books, { stored: ofEachKind + paying.length, quarantined: ofEachKind, waiting: 0 });
    return { delivered: jobs.length, byStatus, accepted: 0, genuine: paying.length, stored: books.stored };
  } finally {
    await agent.destroy();
    await shop.stop();
  }
}

async function place(shop: Harness, lane: number): Promise<Placed> {
  const seen = (await shop.sell({ laneId: `lane-${lane + 1}` })).json<SeenPayment & Record<string, unknown>>();
  assert.equal(seen.state, 'awaiting_payer');
  const paymentId = seen.paymentId ?? '';
  return { id: seen.paymentRequestId, paymentId, genuine: await signed(fieldsOf(seen.paymentRequestId, paymentId)) };
}

/** Shuffled by the seed, the genuine ones at random places. */
function jobsOf(placed: readonly Placed[], paying: readonly Placed[], ofEachKind: number, pick: Pick, shop: Harness): Job[] {
  const jobs: Job[] = [];
  const someone = () => placed[pick(placed.length)] as Placed;
  for (const [kind, mutate] of Object.entries(NOT_GENUINE)) {
    for (let n = 0; n < ofEachKind; n += 1) {
      const about = someone();
      jobs.push({ kind, fits: 'no', about, make: () => mutate(about, pick, shop) });
    }
  }
  for (const [kind, change] of Object.entries(DOES_NOT_FIT)) {
    for (let n = 0; n < ofEachKind / Object.keys(DOES_NOT_FIT).length; n += 1) {
      const about = someone();
      // A time of its own, as an upstream that repeats itself has: the very same bytes are not stored for ever.
      const said = { clientId: CLIENT_ID, time: new Date(Date.parse(TIME) + jobs.length).toISOString() };
      jobs.push({
        kind,
        fits: 'odd',
        about,
        make: () => signed(change(fieldsOf(about.id, about.paymentId), pick), THEIRS, NOTIFY_PATH, said),
      });
    }
  }
  for (const about of paying) jobs.push({ kind: 'genuine', fits: 'yes', about, make: () => about.genuine });
  for (let i = jobs.length - 1; i > 0; i -= 1) {
    const j = pick(i + 1);
    const held = jobs[i] as Job;
    jobs[i] = jobs[j] as Job;
    jobs[j] = held;
  }
  return jobs;
}

interface Delivery {
  readonly shop: Harness;
  readonly agent: Agent;
  readonly pick: Pick;
  readonly innocent: readonly Placed[];
  readonly told: ((done: number) => void) | undefined;
}

async function deliverAll(jobs: readonly Job[], parts: Delivery): Promise<Record<number, number>> {
  const { shop, agent, pick, innocent } = parts;
  // Not as a till: thousands of looks at one standing instant are more than a till may have.
  const stateOf = async (id: string) => ((await shop.bridge().showPayment(id)) as SeenPayment | undefined)?.state;
  const byStatus: Record<number, number> = {};
  const heardGenuine = new Set<string>();
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      const { kind, fits, about, make } = jobs[index] as Job;
      if (fits === 'yes') heardGenuine.add(about.id);
      const { headers, body } = await make();
      const answer = await agent.request({
        origin: shop.bridge().urls.upstream ?? '',
        path: NOTIFY_PATH,
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
        body,
      });
      const text = await answer.body.text();
      const status = answer.statusCode;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      assert.equal(status, fits === 'no' ? 401 : 200, `${kind}: ${status} ${text}`);
      assert.equal(text.includes('"resultStatus":"S"'), fits !== 'no', `${kind}: ${text}`);
      if (index % 1_000 === 0) parts.told?.(index);
      if (index % 50 !== 0) continue;
      const one = innocent[pick(innocent.length)] as Placed;
      assert.equal(await stateOf(one.id), 'awaiting_payer', `after ${kind}`);
      if (!heardGenuine.has(about.id)) assert.notEqual(await stateOf(about.id), 'paid', `${kind} paid it`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return byStatus;
}

async function booksOf(shop: Harness) {
  const books = knex({
    client: 'sqlite3',
    connection: { filename: join(shop.folder, 'data', 'bridge.sqlite') },
    useNullAsDefault: true,
  });
  const count = async (sql: string) => Number((await books.raw(sql))[0]?.n);
  const found = {
    stored: await count('select count(*) as n from notifications'),
    quarantined: await count('select count(*) as n from notifications where quarantine is not null'),
    waiting: await count('select count(*) as n from notifications where applied = 0'),
  };
  await books.destroy();
  return found;
}
