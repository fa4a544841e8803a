import { scryptSync } from 'node:crypto';
import type { Harness } from './bridge-harness.js';
import { type HttpAnswer, type HttpWish, httpCall } from './http-call.js';

export const PASSWORD = 'a password for tests 抹茶';

/** Somebody at the back office: by session cookie or by key. */
export interface Visitor {
  readonly name: string;
  call(path: string, wish?: HttpWish): Promise<HttpAnswer>;
}

const CHEAP = { N: 16, r: 8, p: 1 };

/** `PASSWORD` as it is stored, at a cost that a shop would never take: the full one is a tenth of a second for each login of each test. */
function storedPassword(): string {
  const salt = Buffer.alloc(16, 7);
  const hash = scryptSync(PASSWORD.normalize('NFC'), salt, 32, CHEAP);
  return ['scrypt', CHEAP.N, CHEAP.r, CHEAP.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Adds a user who comes in by `PASSWORD`. */
export async function addUser(harness: Harness, name: string, role: string): Promise<void> {
  const added = await harness.bridge().people.users.add({ name, role, apiKey: true, account: 'tests' });
  if (added.kind !== 'done') throw new Error(added.message);
  await harness.changeBooks('update users set password = ?, key_sha256 = null where name = ?', [storedPassword(), name]);
}

export function logIn(
  harness: Harness,
  name: string,
  password = PASSWORD,
  headers: HttpWish['headers'] = {},
): Promise<HttpAnswer> {
  return httpCall(`${harness.bridge().urls.backOffice}/api/session`, { json: { name, password }, headers });
}

/** The cookie as a browser sends it back. */
export function cookieOf(answer: HttpAnswer): string {
  return (answer.headers['set-cookie']?.[0] ?? '').replace(/;.*/, '');
}

/** Adds a user and logs in. */
export async function visitor(harness: Harness, role: string, name: string = role): Promise<Visitor> {
  await addUser(harness, name, role);
  const answer = await logIn(harness, name);
  const headers = { Cookie: cookieOf(answer), 'X-CSRF-Token': String(answer.json()['csrfToken']) };
  return {
    name,
    call: (path, wish = {}) =>
      httpCall(`${harness.bridge().urls.backOffice}${path}`, { ...wish, headers: { ...headers, ...wish.headers } }),
  };
}

/** Adds a user with an API key. */
export async function program(harness: Harness, role: string, name = `${role}-program`): Promise<Visitor> {
  const added = await harness.bridge().people.users.add({ name, role, apiKey: true, account: 'tests' });
  if (added.kind !== 'done' || added.key === undefined) throw new Error('no key was made');
  const headers = { Authorization: `Bearer ${added.key}` };
  return {
    name,
    call: (path, wish = {}) =>
      httpCall(`${harness.bridge().urls.backOffice}${path}`, { ...wish, headers: { ...headers, ...wish.headers } }),
  };
}
