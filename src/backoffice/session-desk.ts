import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { addMs, type Clock, type Instant } from '../base/clock.js';
import { createTurns } from '../payment/turns.js';
import { createLoginAttempts } from './login-attempts.js';
import { isPassword, LONGEST_PASSWORD } from './password.js';
import { PERSON_NAME, type Person } from './people.js';
import type { PeopleStore, User } from './people-ports.js';
import { sha256 } from './user-desk.js';

/** A session ends after this long without a call … */
const IDLE_MS = 15 * 60_000;
/** … and after this long in any case (till API contract 5). */
const LONGEST_MS = 12 * 3_600_000;
/** That somebody is still there is written down this often and no more: looking at a page is no write. In between this process knows it. */
const NOTED_EVERY_MS = 30_000;
/** One password after the other: each takes 32 MiB and a thread of those that the books need, too. */
const PASSWORDS_AT_ONCE = 1;
const LONGEST_WAIT_MS = 3000;

/** What came of a name and a password. */
export type Login<T> =
  | T
  | { readonly kind: 'wrong' }
  | { readonly kind: 'locked'; readonly leftMs: number }
  | { readonly kind: 'busy' };

/** A session that begins now; `token` is the cookie's value and is stored nowhere. */
export interface NewSession {
  readonly kind: 'open';
  readonly token: string;
  readonly csrfToken: string;
  readonly person: Person;
  readonly endsAt: Instant;
}

/** A session that is still good. */
export interface LiveSession {
  readonly person: Person;
  readonly csrfToken: string;
  /** Unless somebody calls before. */
  readonly endsAt: Instant;
}

/** Who is who, by password, by cookie and by key. */
export interface SessionDesk {
  /** Whether this is the person's password and role now; for acts that ask for it anew. Counts wrong ones as a login does. */
  checkPassword(name: string, password: string): Promise<Login<{ readonly kind: 'right'; readonly person: Person }>>;
  /** Begins a session under a new value, and ends the one that was shown with the call. */
  open(name: string, password: string, shownToken: string | undefined): Promise<Login<NewSession>>;
  /** `isGlance`: a page asks by itself, and nobody may be there; the session grows no longer by it. */
  find(token: string, isGlance?: boolean): Promise<LiveSession | undefined>;
  findByKey(key: string): Promise<Person | undefined>;
  end(token: string): Promise<void>;
  /** Throws sessions away that have ended by themselves. */
  prune(): Promise<void>;
}

export function createSessionDesk(store: PeopleStore, clock: Clock): SessionDesk {
  const attempts = createLoginAttempts(clock);
  /** By the hash of the cookie's value; entries of sessions that have ended go with `prune`. */
  const seenHere = new Map<string, Instant>();
  const turns = createTurns({ atOnce: PASSWORDS_AT_ONCE, waitMs: LONGEST_WAIT_MS, clock });

  async function tryPassword(name: string, password: string): ReturnType<SessionDesk['checkPassword']> {
    const user = PERSON_NAME.test(name) ? await store.user(name) : undefined;
    const leftMs = attempts.lockedMs(name);
    if (leftMs > 0) return { kind: 'locked', leftMs };
    attempts.begin(name, user !== undefined);
    const fits = Buffer.byteLength(password) <= LONGEST_PASSWORD;
    const isRight = await isPassword(fits ? password : '', user === undefined || user.disabled ? null : user.password);
    if (user === undefined || !isRight || !fits) return { kind: 'wrong' };
    attempts.succeeded(name);
    return { kind: 'right', person: { name: user.name, role: user.role, by: 'session' } };
  }

  const checkPassword: SessionDesk['checkPassword'] = async (name, password) => {
    const leftMs = attempts.lockedMs(name);
    if (leftMs > 0) return { kind: 'locked', leftMs };
    const checked = await turns.run(() => tryPassword(name, password));
    return checked === 'tooLong' ? { kind: 'busy' } : checked;
  };

  const stillGood = (beganAt: Instant, seenAt: Instant) => {
    const endsAt = earlier(addMs(seenAt, IDLE_MS), addMs(beganAt, LONGEST_MS));
    const now = clock.now();
    // A session from the future is one from before a clock was set back: nobody knows how old it is.
    return now < endsAt && seenAt <= addMs(now, IDLE_MS) ? endsAt : undefined;
  };

  return {
    checkPassword,
    async open(name, password, shownToken) {
      const checked = await checkPassword(name, password);
      if (checked.kind !== 'right') return checked;
      const now = clock.now();
      const token = randomBytes(32).toString('base64url');
      await store.openSession(
        { tokenSha256: sha256(token), name, beganAt: now, seenAt: now },
        { who: name, what: 'session.begin', about: name },
      );
      if (shownToken !== undefined) await store.endSession(sha256(shownToken));
      return { kind: 'open', token, csrfToken: csrfTokenOf(token), person: checked.person, endsAt: addMs(now, IDLE_MS) };
    },
    async find(token, isGlance = false) {
      const tokenSha256 = sha256(token);
      const found = await store.session(tokenSha256);
      if (found === undefined || found.user.disabled || !sameText(found.session.tokenSha256, tokenSha256)) return undefined;
      const { beganAt, name } = found.session;
      const noted = found.session.seenAt;
      const seenAt = later(noted, seenHere.get(tokenSha256) ?? noted);
      const endsSoon = stillGood(beganAt, seenAt);
      if (endsSoon === undefined) return undefined;
      const session = { person: { name, role: found.user.role, by: 'session' as const }, csrfToken: csrfTokenOf(token) };
      if (isGlance) return { ...session, endsAt: endsSoon };
      const now = clock.now();
      seenHere.set(tokenSha256, now);
      if (now - noted > NOTED_EVERY_MS) await store.sessionSeen(tokenSha256, now).catch(() => undefined);
      return { ...session, endsAt: earlier(addMs(now, IDLE_MS), addMs(beganAt, LONGEST_MS)) };
    },
    async findByKey(key) {
      const keySha256 = sha256(key);
      const user: User | undefined = await store.userByKey(keySha256);
      if (user === undefined || user.disabled || !sameText(user.keySha256 ?? '', keySha256)) return undefined;
      return { name: user.name, role: user.role, by: 'key' };
    },
    end: (token) => store.endSession(sha256(token)),
    async prune() {
      const now = clock.now();
      for (const [tokenSha256, at] of seenHere) if (addMs(at, IDLE_MS) <= now) seenHere.delete(tokenSha256);
      // Another process may have seen somebody since it wrote that down.
      await store.pruneSessions(addMs(now, -IDLE_MS - NOTED_EVERY_MS), addMs(now, -LONGEST_MS));
    },
  };
}

/** Worked out from the cookie's value, which a foreign page can not read: nothing more to store or to lose. */
function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf\0${token}`, 'utf8').digest('base64url');
}

/** In constant time for texts of one length. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
