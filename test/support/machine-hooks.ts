import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { readFileSync } from 'node:fs';

/*
 * Loaded before the program (node --import) to make its machine odd: names that are found here or are not, and a wall clock that jumps.
 * What holds is read from the file that MACHINE names, again and again.
 */

/** What the file holds. */
export interface MachineState {
  /** Addresses by name; null: nobody knows that name. Other names are looked up as usual. */
  readonly names: Readonly<Record<string, string | null>>;
  /** Added to the wall clock, ms. The clock that never goes back does not notice. */
  readonly wallOffsetMs: number;
}

const LOOK_EVERY_MS = 10;

function stateNow(): MachineState {
  return JSON.parse(readFileSync(process.env['MACHINE'] ?? '', 'utf8')) as MachineState;
}

let state = stateNow();
setInterval(() => {
  try {
    state = stateNow();
  } catch {
    // Just being written.
  }
}, LOOK_EVERY_MS).unref();

const wall = Date.now.bind(Date);
Date.now = () => wall() + state.wallOffsetMs;

type Callback = (error: NodeJS.ErrnoException | null, address?: string | LookupAddress[], family?: number) => void;

const { lookup } = dns;
dns.lookup = ((hostname: string, options: LookupOptions | Callback, callback?: Callback) => {
  const done = typeof options === 'function' ? options : callback;
  const wishes = typeof options === 'function' ? {} : options;
  if (done === undefined || !Object.hasOwn(state.names, hostname))
    return lookup(hostname, options as LookupOptions, callback as never);
  const address = state.names[hostname];
  setImmediate(() => {
    if (address === null || address === undefined) {
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
        code: 'ENOTFOUND',
        syscall: 'getaddrinfo',
        hostname,
      });
      done(error);
    } else if (wishes.all === true) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  });
}) as typeof dns.lookup;
