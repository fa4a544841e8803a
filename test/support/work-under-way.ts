import { type AsyncHook, createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/** Thread-pool work that the event loop does not show: SQLite statements and signatures. */
const WORK = /^sqlite3\.|^SIGNREQUEST$/;

/** Knows whether work goes on that needs no turned time, for a hand-turned clock that must not overtake it. */
export interface WorkWatch {
  /** Did thread-pool work go on since this was asked last, or does it still? */
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

const open = new Map<number, object>();
let begun = 0;
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
      const wasBusy = open.size > 0 || begun !== seen;
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
