import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import type { Clock } from '#src/base/clock.js';
import { type DeathPlan, type StepKind, stepCounts } from './life-plan.js';

/*
 * A bridge in this process that can end as hard as a process does: at a step of its choosing nothing of it has any further effect. Its
 * statements are not run and not answered, its sockets are closed and make no new ones, its listeners are gone, its timers never fire.
 * What it computes meanwhile hangs in promises that nobody settles. The gates below stand between every bridge in this process and
 * the outside; code that runs outside of a life passes them untouched.
 */

export type PortKind = 'upstream' | 'books' | 'other';

export interface LifeOptions {
  readonly clock: Clock;
  readonly plan: DeathPlan | undefined;
  /** Who is behind a TCP port. */
  readonly kindOfPort: (port: number) => PortKind;
  /** Called at the very instant of death, before anything else can happen: the time to look at the files. */
  readonly atDeath: () => void;
}

export interface Life {
  /** The clock for the bridge in this life: after death it wakes nobody. */
  readonly clock: Clock;
  isDead(): boolean;
  /** How often each kind of step was made. */
  steps(): Readonly<Record<StepKind, number>>;
  /** Runs `work` as part of this life. */
  run<T>(work: () => T): T;
  /** Ends it now. */
  die(): void;
  /** Resolves at death. */
  readonly death: Promise<void>;
  /** Resolves when its database connections are closed for good; only after death. */
  buried(): Promise<void>;
}

interface Inner extends Life {
  step(kind: StepKind, side: 'before' | 'after'): void;
  own(socket: net.Socket): void;
  readonly kindOfPort: (port: number) => PortKind;
  readonly servers: Set<net.Server>;
  readonly databases: Map<sqlite3.Database, { inTransaction: boolean }>;
  readonly timers: Set<NodeJS.Timeout>;
}

const lives = new AsyncLocalStorage<Inner>();
const ownerOf = new WeakMap<net.Socket, Inner>();
const ownerOfBooks = new WeakMap<sqlite3.Database, Inner>();

let activity = 0;
let underWay = 0;

let wakeUp: () => void = () => {};

function stirred(): void {
  activity += 1;
  wakeUp();
}

/** Resolves when something crosses a gate, at the latest after `ms`. */
export function nextActivity(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wakeUp = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Rises with everything that crosses a gate, in a life or outside. */
export function activitySoFar(): number {
  return activity;
}

/** Statements and signatures that the thread pool is at. */
export function workUnderWay(): number {
  return underWay;
}

/** A new life; everything that `run` starts belongs to it. */
export function createLife({ clock, plan, kindOfPort, atDeath }: LifeOptions): Life {
  let dead = false;
  const counts = stepCounts();
  const sockets = new Set<net.Socket>();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  let told: () => void = () => {};
  const death = new Promise<void>((resolve) => {
    told = resolve;
  });
  const life: Inner = {
    clock: {
      now: () => clock.now(),
      wallSteps: () => clock.wallSteps(),
      elapsedMs: () => clock.elapsedMs(),
      sleep: (ms, stop) => mortalSleep(clock, ms, stop, ended.signal),
    },
    kindOfPort,
    servers: new Set(),
    databases: new Map(),
    timers: new Set(),
    death,
    isDead: () => dead,
    steps: () => counts,
    run: (work) => lives.run(life, work),
    own(socket) {
      ownerOf.set(socket, life);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    step(kind, side) {
      if (dead) return;
      if (side === 'before') counts[kind] += 1;
      if (plan?.kind === kind && plan.side === side && counts[kind] >= plan.nth) life.die();
    },
    die() {
      if (dead) return;
      dead = true;
      atDeath();
      for (const server of life.servers) server.close();
      for (const socket of sockets) socket.destroy();
      for (const timer of life.timers) clearTimeout(timer);
      ended.abort();
      told();
    },
    async buried() {
      await Promise.all([...life.databases.keys()].map((db) => new Promise((resolve) => realClose.call(db, resolve))));
    },
  };
  return life;
}

function mortalSleep(clock: Clock, ms: number, stop: AbortSignal | undefined, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return;
    const over = new AbortController();
    const end = () => over.abort();
    stop?.addEventListener('abort', end);
    ended.addEventListener('abort', end);
    if (stop?.aborted) end();
    void clock.sleep(ms, over.signal).then(() => {
      stop?.removeEventListener('abort', end);
      ended.removeEventListener('abort', end);
      if (!ended.aborted) resolve();
    });
  });
}

// ---- the books ------------------------------------------------------------------------------------------------------------------

const realClose = sqlite3.Database.prototype.close;

/** The library answers with the statement as `this`. */
type Answered = (this: unknown, ...result: unknown[]) => void;
type Statement = (this: sqlite3.Database, sql: string, ...rest: unknown[]) => sqlite3.Database;

/** Durable is what ends a transaction, and a change outside of one. */
function kindOf(sql: string, books: { inTransaction: boolean }): 'commit' | 'statement' {
  if (/^begin/i.test(sql)) books.inTransaction = true;
  if (/^(commit|rollback)/i.test(sql)) {
    books.inTransaction = false;
    return 'commit';
  }
  return !books.inTransaction && /^(insert|update|delete)/i.test(sql) ? 'commit' : 'statement';
}

function ownerOfDatabase(db: sqlite3.Database): Inner | undefined {
  const known = ownerOfBooks.get(db);
  if (known !== undefined) return known;
  const life = lives.getStore();
  if (life === undefined) return undefined;
  ownerOfBooks.set(db, life);
  life.databases.set(db, { inTransaction: false });
  return life;
}

function gated(real: Statement): Statement {
  return function (sql, ...rest) {
    const life = ownerOfDatabase(this);
    const books = life?.databases.get(this);
    if (life?.isDead()) return this;
    const kind = books === undefined ? 'statement' : kindOf(sql, books);
    life?.step(kind, 'before');
    if (life?.isDead()) return this;
    const done = typeof rest.at(-1) === 'function' ? (rest.pop() as Answered) : () => {};
    underWay += 1;
    stirred();
    return real.call(this, sql, ...rest, function (this: unknown, ...result: unknown[]) {
      underWay -= 1;
      stirred();
      life?.step(kind, 'after');
      if (!life?.isDead()) done.apply(this, result);
    });
  };
}

for (const method of ['run', 'all', 'exec'] as const) {
  const prototype = sqlite3.Database.prototype as unknown as Record<string, Statement>;
  const real = prototype[method];
  if (real !== undefined) prototype[method] = gated(real);
}

sqlite3.Database = new Proxy(sqlite3.Database, {
  construct(Real, args: unknown[]) {
    const done = typeof args.at(-1) === 'function' ? (args.pop() as Answered) : () => {};
    underWay += 1;
    const opened: Answered = function (...result) {
      underWay -= 1;
      stirred();
      done.apply(this, result);
    };
    return Reflect.construct(Real, [...args, opened]) as sqlite3.Database;
  },
});

sqlite3.Database.prototype.close = function (this: sqlite3.Database, done?: (error: Error | null) => void) {
  // A life that ended in order has closed its books by itself.
  ownerOfBooks.get(this)?.databases.delete(this);
  underWay += 1;
  realClose.call(this, (error) => {
    underWay -= 1;
    stirred();
    done?.(error);
  });
};

/**
 * A server answers in its own time: what it was asked is under way until then. A connection that a dead life was making never comes about
 * and never fails, so nobody waits for it.
 */
for (const method of ['connect', 'query'] as const) {
  const inside = pg.Client.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = inside[method];
  if (real === undefined) continue;
  inside[method] = function (this: unknown, ...args: unknown[]) {
    underWay += 1;
    stirred();
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      underWay -= 1;
      stirred();
    };
    if (method === 'connect') void lives.getStore()?.death.then(over);
    const done = args.at(-1);
    if (typeof done !== 'function') {
      const promise = real.apply(this, args) as Promise<unknown>;
      promise.then(over, over);
      return promise;
    }
    return real.apply(this, [
      ...args.slice(0, -1),
      (...result: unknown[]) => {
        over();
        done(...result);
      },
    ]);
  };
}

// ---- signatures -----------------------------------------------------------------------------------------------------------------

const realSign = crypto.sign as (...args: unknown[]) => unknown;
crypto.sign = ((...args: unknown[]) => {
  const done = args.at(-1);
  if (typeof done !== 'function') return realSign(...args);
  underWay += 1;
  return realSign(...args.slice(0, -1), (...result: unknown[]) => {
    underWay -= 1;
    stirred();
    done(...result);
  });
}) as typeof crypto.sign;
syncBuiltinESMExports();

// ---- sockets and listeners ------------------------------------------------------------------------------------------------------

interface SocketInside {
  connect(this: net.Socket, ...how: unknown[]): net.Socket;
  _writeGeneric(this: net.Socket, many: boolean, data: unknown, encoding: string, done: (error?: Error | null) => void): void;
  push(this: net.Socket, chunk: unknown, encoding?: BufferEncoding): boolean;
}

const insideSocket = net.Socket.prototype as unknown as SocketInside;
const { connect, _writeGeneric: writeGeneric, push } = insideSocket;

insideSocket.connect = function (...how) {
  stirred();
  const life = lives.getStore();
  // Never connected and never refused, as far as a dead bridge can see.
  if (life?.isDead()) return this;
  life?.own(this);
  return connect.apply(this, how);
};

function kindOfWrite(life: Inner, socket: net.Socket, data: unknown): StepKind {
  const behind = life.kindOfPort(socket.remotePort ?? 0);
  if (behind === 'upstream') return 'call';
  if (behind === 'other') return 'write';
  return textIn(data).includes('COMMIT') ? 'commit' : 'statement';
}

/** What is written at once may be one piece or a list of pieces. */
function textIn(data: unknown): string {
  if (Array.isArray(data)) return data.map((piece) => textIn((piece as { chunk?: unknown }).chunk ?? piece)).join('');
  return Buffer.isBuffer(data) ? data.toString('latin1') : String(data);
}

insideSocket._writeGeneric = function (many, data, encoding, done) {
  stirred();
  const life = ownerOf.get(this);
  const kind = life && kindOfWrite(life, this, data);
  if (kind !== undefined) life?.step(kind, 'before');
  if (life?.isDead()) return;
  writeGeneric.call(this, many, data, encoding, done);
  if (kind !== undefined) life?.step(kind, 'after');
};

insideSocket.push = function (chunk, encoding) {
  stirred();
  const life = ownerOf.get(this);
  life?.step('read', 'before');
  if (life?.isDead()) return true;
  const more = push.call(this, chunk, encoding);
  life?.step('read', 'after');
  return more;
};

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (this: net.Server, ...where: unknown[]) {
  const life = lives.getStore();
  if (life?.isDead()) return this;
  life?.servers.add(this);
  if (life !== undefined) this.prependListener('connection', (socket: net.Socket) => life.own(socket));
  return (listen as (...where: unknown[]) => net.Server).apply(this, where);
} as typeof listen;

// ---- timers ---------------------------------------------------------------------------------------------------------------------

/** The database library's own; the bridge itself waits on its clock only. */
for (const name of ['setTimeout', 'setInterval'] as const) {
  const real = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
  const gate = (...args: unknown[]) => {
    const timer = real(...args);
    lives.getStore()?.timers.add(timer);
    return timer;
  };
  globalThis[name] = Object.assign(gate, real) as unknown as typeof setTimeout & typeof setInterval;
}
