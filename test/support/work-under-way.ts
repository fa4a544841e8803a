import crypto from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';
import sqlite3 from 'sqlite3';

/** Knows whether work goes on that needs no turned time, for a hand-turned clock that must not overtake it. */
export interface WorkWatch {
  /** Did work on the thread pool or in a database go on since this was asked last, or does it still? */
  busy(): boolean;
  /** HTTP calls of the bridge that have begun and not ended. */
  callsUnderWay(): number;
  /** How many statements that change books have begun so far: where it is as before, nothing that a till sees has changed. */
  written(): number;
  stop(): void;
}

const calls = new Set<object>();
const requestOf = (message: unknown) => (message as { readonly request: object }).request;
subscribe('undici:request:create', (message) => calls.add(requestOf(message)));
subscribe('undici:request:trailers', (message) => calls.delete(requestOf(message)));
subscribe('undici:request:error', (message) => calls.delete(requestOf(message)));

/*
 * The event loop does not show thread-pool work, and nobody tells of a statement at a server: each is counted on its way out and back.
 * Hooks of `node:async_hooks` would see the same and slow every promise of the process down.
 */
let begun = 0;
let underWay = 0;
let written = 0;
const WRITES = /^\s*(insert|update|delete|with)/i;

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** The statement, where there is one. */
function textOf(asked: unknown): string {
  return typeof asked === 'string' ? asked : String((asked as { readonly text?: string } | undefined)?.text);
}

/** `answers`: how the method tells that it is done. `maybe`: without a callback it is done when it returns. */
function count(owner: object, methods: readonly string[], answers: 'callback' | 'maybe' | 'either'): void {
  const all = owner as Record<string, Call>;
  for (const method of methods) {
    const real = all[method];
    if (real === undefined) throw new Error(`there is no ${method} to count`);
    all[method] = function (...args) {
      const last = args.at(-1);
      const hasCallback = typeof last === 'function';
      if (answers === 'maybe' && !hasCallback) return real.apply(this, args);
      begun += 1;
      underWay += 1;
      if (WRITES.test(textOf(args[0]))) written += 1;
      const back = function (this: unknown, ...answer: unknown[]) {
        underWay -= 1;
        if (hasCallback) last.apply(this, answer);
      };
      if (hasCallback || answers === 'callback') return real.apply(this, [...(hasCallback ? args.slice(0, -1) : args), back]);
      const answer = real.apply(this, args) as Promise<unknown> | undefined;
      answer?.then(back, back);
      return answer;
    };
  }
}

count(sqlite3.Database.prototype, ['run', 'all', 'get', 'exec', 'close'], 'callback');
count(pg.Client.prototype, ['query'], 'either');
count(crypto, ['sign', 'verify'], 'maybe');
syncBuiltinESMExports();

let watches = 0;

export function createWorkWatch(): WorkWatch {
  watches += 1;
  let seen = begun;
  return {
    busy() {
      const wasBusy = underWay > 0 || begun !== seen;
      seen = begun;
      return wasBusy;
    },
    callsUnderWay: () => calls.size,
    written: () => written,
    stop() {
      watches -= 1;
      if (watches === 0) calls.clear();
    },
  };
}
