import { signatureHeader } from '../upstream/signature.js';
import type { SentAnswer } from './call-desk.js';
import type { SeededNames } from './seeded-names.js';
import type { SimulatorKeys } from './simulator-signing.js';
import type { WireObject } from './simulator-words.js';
import { WRONG_FIELDS } from './wrong-fields.js';

/** A notification ready to leave: headers as name and value pairs, because a tampered one may carry a name twice. */
export interface OutgoingNotice {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface TamperParts {
  readonly keys: SimulatorKeys;
  readonly names: SeededNames;
  /** The newest signed answer of ours, and the newest acknowledgement that came back, to be replayed as notifications. */
  readonly lastAnswer: () => SentAnswer | undefined;
  readonly lastAcknowledgement: () => SentAnswer | undefined;
}

/** The genuine message that is tampered with. `count` differs for every delivery, so that no two mutations need be alike. */
export interface GenuineNotice {
  readonly path: string;
  readonly clientId: string;
  readonly time: string;
  readonly body: WireObject;
  readonly count: string;
}

type Tamper = (parts: TamperParts, genuine: GenuineNotice) => Promise<OutgoingNotice>;

const JSON_TYPE = ['content-type', 'application/json; charset=UTF-8'] as const;
const OTHER_PATHS = [
  '/aps/api/v1/payments/notifyPayment',
  '/',
  '/aps/api/v1/payments/pay',
  '/hooks/other/notifyPayment',
] as const;
const OTHER_ALGORITHMS = ['ECC256', 'RSA512', 'RSA', 'none', 'HS256', 'RSA256 '.repeat(2).trim()] as const;

function written(genuine: GenuineNotice): Buffer {
  return Buffer.from(JSON.stringify(genuine.body), 'utf8');
}

function notice(
  { clientId, time }: { clientId: string; time: string },
  signature: string | undefined,
  body: Buffer,
): OutgoingNotice {
  const signed = signature === undefined ? [] : [['signature', signature] as const];
  return { headers: [JSON_TYPE, ['client-id', clientId], ['request-time', time], ...signed], body };
}

/** The genuine message, signed rightly. */
export async function genuineNotice({ keys }: Pick<TamperParts, 'keys'>, genuine: GenuineNotice): Promise<OutgoingNotice> {
  const body = written(genuine);
  return notice(genuine, await signatureHeader(keys.own, genuine, body), body);
}

/** One character of a text replaced by another one, both chosen by the seed. */
function changedText(names: SeededNames, text: string, count: string, letters: string): string {
  const at = names.pick(`place ${count}`, text.length);
  const others = [...letters].filter((letter) => letter !== text[at]);
  return text.slice(0, at) + others[names.pick(`letter ${count}`, others.length)] + text.slice(at + 1);
}

function oneByteChanged(names: SeededNames, body: Buffer, count: string): Buffer {
  const out = Buffer.from(body);
  const at = names.pick(`byte ${count}`, out.length);
  out[at] = (out[at] ?? 0) ^ (1 + names.pick(`mask ${count}`, 255));
  return out;
}

const mangle = (change: (parts: TamperParts, genuine: GenuineNotice, right: OutgoingNotice) => OutgoingNotice): Tamper => {
  return async (parts, genuine) => change(parts, genuine, await genuineNotice(parts, genuine));
};

function withHeader(right: OutgoingNotice, name: string, change: (value: string) => string | undefined): OutgoingNotice {
  const headers = right.headers.flatMap(([key, value]) => {
    const changed = key === name ? change(value) : value;
    return changed === undefined ? [] : [[key, changed] as const];
  });
  return { ...right, headers };
}

const otherField = (change: (body: WireObject) => WireObject): Tamper => {
  return (parts, genuine) => genuineNotice(parts, { ...genuine, body: change(genuine.body) });
};

async function replay(answer: SentAnswer | undefined, parts: TamperParts, genuine: GenuineNotice): Promise<OutgoingNotice> {
  if (answer === undefined) return withHeader(await genuineNotice(parts, genuine), 'signature', () => undefined);
  return notice(answer, answer.signature, answer.body);
}

/** Every way to tamper with a notification that is sent again. Add a row to add one. */
const TAMPERS: Readonly<Record<string, Tamper>> = {
  body_byte: mangle(({ names }, { count }, right) => ({ ...right, body: oneByteChanged(names, right.body, count) })),
  path: async ({ keys, names }, genuine) => {
    const known = OTHER_PATHS.filter((path) => path !== genuine.path);
    const invented = changedText(names, genuine.path, genuine.count, 'abcdefghijklmnopqrstuvwxyz/-');
    const path = names.pick(`path ${genuine.count}`, 2) === 0 ? invented : known[names.pick(genuine.count, known.length)];
    const body = written(genuine);
    return notice(genuine, await signatureHeader(keys.own, { ...genuine, path: path ?? invented }, body), body);
  },
  time: mangle(({ names }, { count }, right) =>
    withHeader(right, 'request-time', (time) => changedText(names, time, count, '0123456789')),
  ),
  no_time: mangle((_parts, _genuine, right) => withHeader(right, 'request-time', () => undefined)),
  client_id: mangle(({ names }, { count }, right) =>
    withHeader(right, 'client-id', (id) => changedText(names, id, count, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')),
  ),
  foreign_client_id: ({ keys, names }, genuine) =>
    genuineNotice(
      { keys },
      { ...genuine, clientId: changedText(names, genuine.clientId, genuine.count, 'ABCDEFGHIJ0123456789') },
    ),
  no_client_id: mangle((_parts, _genuine, right) => withHeader(right, 'client-id', () => undefined)),
  reserialised: mangle(({ names }, { count }, right) => {
    const indent = 1 + names.pick(`indent ${count}`, 8);
    return { ...right, body: Buffer.from(JSON.stringify(JSON.parse(right.body.toString('utf8')), null, indent), 'utf8') };
  }),
  unsigned: mangle((_parts, _genuine, right) => withHeader(right, 'signature', () => undefined)),
  stranger_key: async ({ keys }, genuine) => {
    const body = written(genuine);
    return notice(genuine, await signatureHeader(keys.stranger, genuine, body), body);
  },
  client_key: async ({ keys }, genuine) => {
    const body = written(genuine);
    return notice(genuine, await signatureHeader(keys.client, genuine, body), body);
  },
  algorithm: mangle(({ names }, { count }, right) =>
    withHeader(right, 'signature', (header) =>
      header.replace(
        'algorithm=RSA256',
        `algorithm=${OTHER_ALGORITHMS[names.pick(`algorithm ${count}`, OTHER_ALGORITHMS.length)]}`,
      ),
    ),
  ),
  two_signatures: async (parts, genuine) => {
    const right = await genuineNotice(parts, genuine);
    const second = await signatureHeader(parts.keys.stranger, genuine, right.body);
    return { ...right, headers: [...right.headers, ['signature', second] as const] };
  },
  replayed_answer: (parts, genuine) => replay(parts.lastAnswer(), parts, genuine),
  replayed_ack: (parts, genuine) => replay(parts.lastAcknowledgement(), parts, genuine),
  ...Object.fromEntries(Object.entries(WRONG_FIELDS).map(([name, { change }]) => [name, otherField(change)])),
};

/** `own_key` reads as "our own key" from the receiver's side; it is the same as `client_key`. */
const ALIASES: Readonly<Record<string, string>> = { own_key: 'client_key' };

/** The names that `tamper` may have. */
export function knownTampers(): string[] {
  return [...Object.keys(TAMPERS), ...Object.keys(ALIASES)];
}

/** Builds the tampered message; `undefined` when `name` is not known. */
export function tamperedNotice(name: string, parts: TamperParts, genuine: GenuineNotice): Promise<OutgoingNotice> | undefined {
  const known = ALIASES[name] ?? name;
  return Object.hasOwn(TAMPERS, known) ? TAMPERS[known]?.(parts, genuine) : undefined;
}
