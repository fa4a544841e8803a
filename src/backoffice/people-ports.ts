import type { Instant } from '../base/clock.js';
import type { Role } from './people.js';

/** Somebody who may use the back office, as stored. */
export interface User {
  readonly name: string;
  readonly role: Role;
  /** From `hashPassword`; null for who has a key only. */
  readonly password: string | null;
  /** SHA-256 of the API key's text, lower-case hex. */
  readonly keySha256: string | null;
  readonly disabled: boolean;
}

/** A session; only the hash of its cookie's value is kept. */
export interface Session {
  readonly tokenSha256: string;
  readonly name: string;
  readonly beganAt: Instant;
  readonly seenAt: Instant;
}

/** What a person did, for the trail: never a password, a key, a code or a customer's id. */
export interface Act {
  /** The name of the user, or `console:<account>` for a command. */
  readonly who: string;
  /** A word like `user.add`, `ruling.confirm`. */
  readonly what: string;
  /** The id of what it is about. */
  readonly about: string;
  /** In the person's own words. */
  readonly why?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Port: users and sessions, each change together with its act. Implemented by `books/people-books.ts`. */
export interface PeopleStore {
  user(name: string): Promise<User | undefined>;
  userByKey(keySha256: string): Promise<User | undefined>;
  /** All of them, by name, those who are shut out too. */
  users(): Promise<readonly User[]>;
  /** False while a user of this name may still come in. */
  addUser(user: Omit<User, 'disabled'>, act: Act, at: Instant): Promise<boolean>;
  /** False when there is none of this name who may come in. */
  disableUser(name: string, act: Act, at: Instant): Promise<boolean>;
  openSession(session: Session, act: Act): Promise<void>;
  session(tokenSha256: string): Promise<{ readonly session: Session; readonly user: User } | undefined>;
  sessionSeen(tokenSha256: string, at: Instant): Promise<void>;
  endSession(tokenSha256: string): Promise<void>;
  pruneSessions(seenBefore: Instant, begunBefore: Instant): Promise<void>;
}
