import type { Harness } from './bridge-harness.js';
import { type HttpAnswer, type HttpWish, httpCall } from './http-call.js';

export const PASSWORD = 'a password for tests 抹茶';

/** Somebody at the back office: by session cookie or by key. */
export interface Visitor {
  readonly name: string;
  call(path: string, wish?: HttpWish): Promise<HttpAnswer>;
}

/** Adds a user with `PASSWORD` as the command would. */
export async function addUser(harness: Harness, name: string, role: string): Promise<void> {
  const added = await harness.bridge().people.users.add({ name, role, password: PASSWORD, account: 'tests' });
  if (added.kind !== 'done') throw new Error(added.message);
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
