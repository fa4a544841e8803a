import { type AsyncHook, createHook } from 'node:async_hooks';

/** Thread-pool work that the event loop does not show: SQLite statements and signatures. */
const WORK = /^sqlite3\.|^SIGNREQUEST$/;

/** Knows whether thread-pool work goes on, for a hand-turned clock that must not overtake it. */
export interface WorkWatch {
  /** Did such work go on since this was asked last, or does it still? */
  busy(): boolean;
  stop(): void;
}

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
    stop() {
      watches -= 1;
      if (watches > 0) return;
      hook?.disable();
      hook = undefined;
      open.clear();
    },
  };
}
