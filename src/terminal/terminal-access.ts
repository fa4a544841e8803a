import type { Context } from 'koa';
import { bearerKey } from '../http/access.js';
import { Problem } from '../http/problem.js';
import type { LaneId } from '../payment/payment.js';
import type { TerminalKeyHolder, TerminalRight, Terminals } from './terminal-ports.js';

/** Who is calling. Throws 401 for a missing or unknown key, 403 when the key lacks `right`. */
export function admitTerminal(terminals: Terminals, ctx: Context, right: TerminalRight | null): TerminalKeyHolder {
  const key = bearerKey(ctx.get('Authorization'));
  const holder = key === undefined ? undefined : terminals.find(key);
  if (holder === undefined) {
    const detail =
      key === undefined ? 'Send the terminal key as "Authorization: Bearer <key>".' : 'This terminal key is not known.';
    throw new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="terminal"' } });
  }
  if (right !== null) requireRight(holder, right);
  return holder;
}

/** Throws 403 when the key lacks `right`. */
export function requireRight(holder: TerminalKeyHolder, right: TerminalRight): void {
  if (!holder.may.includes(right)) throw new Problem('forbidden', `This terminal key does not have the right "${right}".`);
}

/** The lane, if the key has it. Throws 404: the same for a lane of others and for one that does not exist. */
export function laneOf(holder: TerminalKeyHolder, laneId: string): LaneId {
  if (!holder.lanes.includes(laneId)) throw new Problem('not_found', 'This key has no such lane.');
  return laneId as LaneId;
}

/** The 404 for a payment that does not exist or belongs to lanes of others. */
export function noSuchPayment(): Problem {
  return new Problem('not_found', 'No payment of this key has this id.');
}

/** The 503 of a bridge that is going down. */
export function stoppingProblem(): Problem {
  return new Problem('stopping', 'The bridge is stopping and takes no new work. Ask again after its restart.', {
    retryAfterSeconds: 10,
  });
}

/** A 503 and not a 429: whoever repeats a sale that stayed without an answer must not read that it was not created. */
export function booksBusyProblem(): Problem {
  return new Problem('books_unavailable', 'The books have more to do than they can at the moment. Ask again, unchanged.', {
    retryAfterSeconds: 1,
  });
}
