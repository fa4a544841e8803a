import { type AsyncHook, createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';

/** Thread-pool work that the event loop does not show: SQLite statements and signatures. */
const WORK = /^sqlite3\.|^SIGNREQUEST$/;

/** Knows whether work goes on that needs no turned time, for a hand-turned clock that must not overtake it. */
export interface WorkWatch {
  /** Did work on the thread pool or in a database go on since this was asked last, or does it still? */
  busy(): boolean;
  /** HTTP calls of the bridge that have begun and not ended. */
  callsUnderWay(): number;
  stop(): void;
}

const calls = new Set<object>();
const requestOf = (message: unknown) => (message as { readonly request: object }).request;
subscribe('undici:request:create', (message) => calls.add(requestOf(message)));
subscribe('undici:request:trailers', (message) => calls.delete(requestOf(message)));
subscribe('undici:request:error', (message) => calls.delete(requestOf(message)));

let begun = 0;
/** Statements at a server: nobody tells of them, so each is counted on its way out and back. */
let statements = 0;
const { query: ask } = pg.Client.prototype;
pg.Client.prototype.query = function counted(this: pg.Client, ...args: unknown[]) {
  statements += 1;
  begun += 1;
  const done = () => {
    statements -= 1;
  };
  const last = args.at(-1);
  if (typeof last === 'function') {
    args[args.length - 1] = (...answer: unknown[]) => {
      done();
      last(...answer);
    };
  }
  const answer = Reflect.apply(ask, this, args) as Promise<unknown> | undefined;
  if (typeof last !== 'function') answer?.then(done, done);
  return answer;
} as typeof pg.Client.prototype.query;

const open = new Map<number, object>();
let watches = 0;
let hook: AsyncHook | undefined;

function listen(): AsyncHook {
  return createHook({
    init(id, type, _trigger, resource) {
      if (!WORK.test(type)) return;
      open.set(id, resource);
      begun += 1;
    },
    after: (id) => void open.delete(id),
    destroy: (id) => void open.delete(id),
  }).enable();
}

/** A signature made or verified at once has the same type as one on the thread pool, but nobody to call back. */
function isDone(resource: object): boolean {
  return resource.constructor.name === 'SignJob' && !('ondone' in resource);
}

export function createWorkWatch(): WorkWatch {
  watches += 1;
  hook ??= listen();
  let seen = begun;
  return {
    busy() {
      for (const [id, resource] of open) if (isDone(resource)) open.delete(id);
      const wasBusy = open.size > 0 || statements > 0 || begun !== seen;
      seen = begun;
      return wasBusy;
    },
    callsUnderWay: () => calls.size,
    stop() {
      watches -= 1;
      if (watches > 0) return;
      hook?.disable();
      hook = undefined;
      open.clear();
      calls.clear();
    },
  };
}
