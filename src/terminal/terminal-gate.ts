import type { Context } from 'koa';
import type { Clock } from '../base/clock.js';
import { createPlaces, type Places } from '../http/places.js';
import { Problem } from '../http/problem.js';
import { createTokenBuckets } from '../http/token-buckets.js';
import { admitTerminal } from './terminal-access.js';
import type { TerminalKeyHolder, TerminalRight, Terminals } from './terminal-ports.js';

/** What one terminal, or all of them together, may have. */
export interface TerminalShare {
  readonly callsPerSecond: number;
  /** Calls under way, long polls and waiting sales included, streams not. */
  readonly callsAtOnce: number;
  /** Event streams open at once. */
  readonly streams: number;
}

/** Configuration key `listen.terminal.limits`, without the connections. */
export interface TerminalLimits {
  readonly perTerminal: TerminalShare;
  readonly inAll: TerminalShare;
  /** Calls without a known key that one address may make; its good keys are not counted and not held up. */
  readonly wrongKeysPerMinute: number;
}

/** After a rest so many seconds' worth of calls may come at once. */
const BURST_S = 4;

export interface TerminalGateParts {
  readonly terminals: Terminals;
  readonly limits: TerminalLimits;
  readonly clock: Clock;
}

/** Who may come in, and how many. What it refuses has not been begun. */
export interface TerminalGate {
  /** Who is calling. Throws a `Problem`: 401 or 429 for an unknown key, 403 without the right, 429 for too many calls. */
  admit(ctx: Context, right: TerminalRight | null): TerminalKeyHolder;
  /** A place for one call or stream; call what it returns to leave. Throws 429. */
  enter(holder: TerminalKeyHolder, what: 'call' | 'stream'): () => void;
}

/** Builds the gate of the terminal API. */
export function createTerminalGate({ terminals, limits, clock }: TerminalGateParts): TerminalGate {
  const { perTerminal, inAll, wrongKeysPerMinute } = limits;
  const rateOf = (perSecond: number) => ({ perSecond, burst: BURST_S * perSecond });
  const ofTerminal = createTokenBuckets(rateOf(perTerminal.callsPerSecond), clock);
  const ofAll = createTokenBuckets(rateOf(inAll.callsPerSecond), clock);
  const ofStrangers = createTokenBuckets({ perSecond: wrongKeysPerMinute / 60, burst: wrongKeysPerMinute }, clock);
  const calls = createPlaces({ perHolder: perTerminal.callsAtOnce, inAll: inAll.callsAtOnce });
  const streams = createPlaces({ perHolder: perTerminal.streams, inAll: inAll.streams });

  return {
    admit(ctx, right) {
      let holder: TerminalKeyHolder;
      try {
        holder = admitTerminal(terminals, ctx, right);
      } catch (error) {
        if (error instanceof Problem && error.code === 'unauthenticated')
          refuseAfter(ofStrangers.take(ctx.req.socket.remoteAddress ?? ''), 'Too many calls without a known key.');
        throw error;
      }
      refuseAfter(ofTerminal.take(holder.terminalId), 'This terminal makes too many calls.');
      refuseAfter(ofAll.take(''), 'All terminals together make too many calls.');
      return holder;
    },
    enter(holder, what) {
      if (what === 'stream') return placeIn(streams, holder, 'Too many event streams are open. Close one, or come back later.');
      return placeIn(calls, holder, 'Too many calls are under way. Wait for an answer before asking again.');
    },
  };
}

function refuseAfter(waitMs: number, detail: string): void {
  if (waitMs > 0) throw new Problem('too_many_requests', detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}

function placeIn(places: Places, { terminalId }: TerminalKeyHolder, detail: string): () => void {
  const leave = places.take(terminalId);
  if (leave === undefined) throw new Problem('too_many_requests', detail, { retryAfterSeconds: 1 });
  return leave;
}
