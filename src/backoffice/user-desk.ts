import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { hashPassword, LONGEST_PASSWORD, SHORTEST_PASSWORD } from './password.js';
import { PERSON_NAME, RESERVED_NAMES, ROLES, type Role } from './people.js';
import type { PeopleStore } from './people-ports.js';

/** What a technician wants of a user, not yet believed. */
export interface UserWish {
  readonly name: unknown;
  readonly role?: unknown;
  /** Left out when an API key is wanted. */
  readonly password?: unknown;
  readonly apiKey?: unknown;
  /** The account that runs the command. */
  readonly account: unknown;
}

/** `key` is told this once and stored nowhere. */
export type UserAnswer =
  | { readonly kind: 'done'; readonly name: string; readonly role?: Role; readonly key?: string }
  | { readonly kind: 'refused'; readonly message: string };

/** Somebody as a technician sees him: never a password, a key or the hash of one. */
export interface ListedUser {
  readonly name: string;
  readonly role: Role;
  /** null for who is shut out. */
  readonly comesInBy: 'password' | 'key' | null;
  readonly disabled: boolean;
}

/** Adds, shuts out and lists people; used by the running bridge and by the command on the books of a stopped one. */
export interface UserDesk {
  add(wish: UserWish): Promise<UserAnswer>;
  disable(wish: UserWish): Promise<UserAnswer>;
  /** By name. */
  list(): Promise<readonly ListedUser[]>;
}

export function createUserDesk(store: Pick<PeopleStore, 'addUser' | 'disableUser' | 'users'>, clock: Clock): UserDesk {
  return {
    async add(wish) {
      const { name, role } = wish;
      if (typeof name !== 'string' || !PERSON_NAME.test(name)) return refused(badName(name));
      if (RESERVED_NAMES.includes(name.toLowerCase()))
        return refused(`"${name}" is what the trail of acts calls the bridge itself. Repair: choose another name.`);
      if (!isRole(role)) return refused(`there is no role "${String(role)}". Repair: use ${ROLES.join(', ')}.`);
      const wantsKey = wish.apiKey === true;
      const password = wantsKey ? null : wish.password;
      if (password !== null) {
        const why = whyNoPassword(password);
        if (why !== undefined) return refused(why);
      }
      const key = wantsKey ? randomBytes(32).toString('base64url') : undefined;
      const user = {
        name,
        role,
        password: password === null ? null : await hashPassword(String(password)),
        keySha256: key === undefined ? null : sha256(key),
      };
      const detail = { role, comesInBy: wantsKey ? 'key' : 'password' };
      const act = { who: consoleName(wish.account), what: 'user.add', about: name, detail };
      if (!(await store.addUser(user, act, clock.now())))
        return refused(`there is a user "${name}" already. Repair: choose another name, or disable this one first.`);
      return { kind: 'done', name, role, ...(key !== undefined && { key }) };
    },
    async list() {
      return (await store.users()).map(({ name, role, keySha256, disabled }) => {
        const comesInBy = keySha256 === null ? ('password' as const) : ('key' as const);
        return { name, role, comesInBy: disabled ? null : comesInBy, disabled };
      });
    },
    async disable({ name, account }) {
      if (typeof name !== 'string' || !PERSON_NAME.test(name)) return refused(badName(name));
      const act = { who: consoleName(account), what: 'user.disable', about: name };
      const isDone = await store.disableUser(name, act, clock.now());
      return isDone ? { kind: 'done', name } : refused(`there is no user "${name}" who could come in.`);
    },
  };
}

/** SHA-256 of a key or a cookie's value, lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function refused(message: string): UserAnswer {
  return { kind: 'refused', message };
}

function badName(name: unknown): string {
  return `a user cannot be named "${String(name).slice(0, 80)}". Repair: use letters, digits, _ . @ and -, at most 64.`;
}

function isRole(role: unknown): role is Role {
  return ROLES.some((known) => known === role);
}

function whyNoPassword(password: unknown): string | undefined {
  if (typeof password !== 'string' || [...password].length < SHORTEST_PASSWORD)
    return `a password has at least ${SHORTEST_PASSWORD} characters. Repair: choose a longer one.`;
  return Buffer.byteLength(password) > LONGEST_PASSWORD
    ? `a password has at most ${LONGEST_PASSWORD} bytes. Repair: choose a shorter one.`
    : undefined;
}

/** How the trail of acts names whoever works at the console under this account. */
export function consoleName(account: unknown): string {
  return `console:${String(account).slice(0, 64)}`;
}
