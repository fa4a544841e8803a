import { type Instant, instant } from '../base/clock.js';
import { type Act, recordAct } from './act-books.js';
import { type Database, inTransaction } from './database-kind.js';

/** Somebody who may use the back office, as stored. */
export interface StoredUser {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'approver';
  /** Salted scrypt as text; null for who has a key only. */
  readonly password: string | null;
  /** SHA-256 of the API key's text, lower-case hex. */
  readonly keySha256: string | null;
  readonly disabled: boolean;
}

/** A session as stored: the hash of its cookie's value only. */
export interface StoredSession {
  readonly tokenSha256: string;
  readonly name: string;
  readonly beganAt: Instant;
  readonly seenAt: Instant;
}

/** A session and whose it is. */
export interface SessionAndUser {
  readonly session: StoredSession;
  readonly user: StoredUser;
}

export interface PeopleBooks {
  user(name: string): Promise<StoredUser | undefined>;
  userByKey(keySha256: string): Promise<StoredUser | undefined>;
  /** All of them, by name, those who are shut out too. */
  users(): Promise<readonly StoredUser[]>;
  /** Adds a user, or gives one who is disabled a new role, password or key; false while a user of this name may still come in. */
  addUser(user: Omit<StoredUser, 'disabled'>, act: Act, at: Instant): Promise<boolean>;
  /** Shuts a user out and ends every session; false when there is none of this name who may come in. */
  disableUser(name: string, act: Act, at: Instant): Promise<boolean>;
  openSession(session: StoredSession, act: Act): Promise<void>;
  session(tokenSha256: string): Promise<SessionAndUser | undefined>;
  sessionSeen(tokenSha256: string, at: Instant): Promise<void>;
  endSession(tokenSha256: string): Promise<void>;
  /** Throws away sessions that were last seen, or began, before these times. */
  pruneSessions(seenBefore: Instant, begunBefore: Instant): Promise<void>;
}

interface UserRow {
  readonly name: string;
  readonly role: StoredUser['role'];
  readonly password: string | null;
  readonly key_sha256: string | null;
  readonly disabled: 0 | 1;
  readonly created_at: number;
  readonly updated_at: number;
}

/** Sessions of one person; of more, whoever was quiet longest has to log in again. */
const MOST_SESSIONS = 20;

interface SessionRow {
  readonly token_sha256: string;
  readonly name: string;
  readonly began_at: number;
  readonly seen_at: number;
}

function userFromRow({ name, role, password, key_sha256, disabled }: UserRow): StoredUser {
  return { name, role, password, keySha256: key_sha256, disabled: disabled === 1 };
}

export function createPeopleBooks({ db, kind }: Database): PeopleBooks {
  const users = () => db<UserRow>('users');
  const sessions = () => db<SessionRow>('sessions');

  return {
    async user(name) {
      const row = await users().where('name', name).first();
      return row && userFromRow(row);
    },
    async userByKey(keySha256) {
      const row = await users().where('key_sha256', keySha256).first();
      return row && userFromRow(row);
    },
    async users() {
      return (await users().orderBy('name')).map(userFromRow);
    },
    addUser: ({ name, role, password, keySha256 }, act, at) =>
      inTransaction(db, async (trx) => {
        const known = await trx<UserRow>('users').where('name', name).first();
        if (known?.disabled === 0) return false;
        const row = { role, password, key_sha256: keySha256, disabled: 0 as const, updated_at: at };
        if (known === undefined) await trx<UserRow>('users').insert({ name, ...row, created_at: at });
        else await trx<UserRow>('users').where('name', name).update(row);
        await recordAct(kind, trx, act, at);
        return true;
      }),
    disableUser: (name, act, at) =>
      inTransaction(db, async (trx) => {
        const changed = await trx<UserRow>('users')
          .where({ name, disabled: 0 })
          .update({ disabled: 1, password: null, key_sha256: null, updated_at: at });
        if (changed === 0) return false;
        await trx<SessionRow>('sessions').where('name', name).delete();
        await recordAct(kind, trx, act, at);
        return true;
      }),
    openSession: (session, act) =>
      inTransaction(db, async (trx) => {
        const own = () => trx<SessionRow>('sessions').where('name', session.name);
        const kept = own()
          .orderBy('seen_at', 'desc')
          .orderBy('token_sha256')
          .limit(MOST_SESSIONS - 1);
        await own().whereNotIn('token_sha256', kept.select('token_sha256')).delete();
        await trx<SessionRow>('sessions').insert({
          token_sha256: session.tokenSha256,
          name: session.name,
          began_at: session.beganAt,
          seen_at: session.seenAt,
        });
        await recordAct(kind, trx, act, session.beganAt);
      }),
    async session(tokenSha256) {
      const row = await sessions().where('token_sha256', tokenSha256).first();
      const user = row && (await users().where('name', row.name).first());
      if (row === undefined || user === undefined) return undefined;
      const session = { tokenSha256, name: row.name, beganAt: instant(row.began_at), seenAt: instant(row.seen_at) };
      return { session, user: userFromRow(user) };
    },
    async sessionSeen(tokenSha256, at) {
      await sessions().where('token_sha256', tokenSha256).update({ seen_at: at });
    },
    async endSession(tokenSha256) {
      await sessions().where('token_sha256', tokenSha256).delete();
    },
    async pruneSessions(seenBefore, begunBefore) {
      await sessions().where('seen_at', '<', seenBefore).orWhere('began_at', '<', begunBefore).delete();
    },
  };
}
