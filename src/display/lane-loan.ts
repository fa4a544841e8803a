import { addMs, type Clock } from '../base/clock.js';
import type { Frame } from './display-driver.js';
import type { GlassView } from './glass.js';
import type { GlassSession } from './glass-session.js';
import type { LaneSurface } from './lane-display.js';
import type { Wanted } from './what-to-show.js';

/** What the glasses are lent for: a frame that stands there, at most so long (ms). */
export interface LoanOrder {
  readonly frame: Frame;
  readonly forMs: number;
}

/** How a loan ended: a sale has begun on the lane, the time was up, whoever borrowed them gave them back, or the bridge stops. */
export type LoanEnd = 'sale' | 'time' | 'returned' | 'stopping';

/** One borrowed glass. */
export interface LentGlass {
  readonly surface: LaneSurface;
  view(): GlassView;
}

/** Glasses in the hands of a technician; the lane takes them back by itself when a sale begins. */
export interface Loan {
  readonly glasses: readonly LentGlass[];
  /** Aborted when the loan is over, with the `LoanEnd` as reason. */
  readonly over: AbortSignal;
  /** Waits until a glass changes, the loan ends, or `ms` have passed. */
  stirred(ms: number): Promise<void>;
  /** Begins to count anew: the loan ends after so many ms from now. */
  standFor(ms: number): void;
  /** Closes the ports and keeps them closed until the loan is over. */
  releasePorts(): Promise<void>;
  /** Ends the loan and waits, at most 1 s, until the lent frame has left the glasses. */
  giveBack(): Promise<void>;
}

/** A loan as the lane sees it. */
export interface OpenLoan {
  /** On the clock that never goes back, ms. */
  until(): number;
  isOver(): boolean;
  /** What it wants on the glasses now; a sale ends it, and so does its time. */
  wanted(isSale: boolean): Wanted | undefined;
  end(why: LoanEnd): void;
  /** To be called after each change of a glass. */
  stir(): void;
  readonly loan: Loan;
}

const GIVEN_BACK_WITHIN_MS = 1_000;

interface LoanParts {
  readonly order: LoanOrder;
  readonly glasses: readonly { readonly surface: LaneSurface; readonly session: GlassSession }[];
  readonly clock: Clock;
  /** Lets the lane look again at what is wanted. */
  wake(): void;
}

/** Begins a loan; the lane must show its frame from now on until it is over. */
export function createLoan({ order, glasses, clock, wake }: LoanParts): OpenLoan {
  const over = new AbortController();
  let until = clock.elapsedMs() + order.forMs;
  let bell = new AbortController();
  const stir = () => bell.abort();
  const end = (why: LoanEnd) => {
    if (over.signal.aborted) return;
    over.abort(why);
    for (const { session } of glasses) session.resume();
    stir();
    wake();
  };
  const stirred = async (ms: number) => {
    bell = new AbortController();
    await clock.sleep(ms, bell.signal);
  };
  return {
    until: () => until,
    isOver: () => over.signal.aborted,
    wanted(isSale) {
      const left = until - clock.elapsedMs();
      if (isSale) end('sale');
      else if (left <= 0) end('time');
      return over.signal.aborted ? undefined : { frame: order.frame, until: addMs(clock.now(), left) };
    },
    end,
    stir,
    loan: {
      glasses: glasses.map(({ surface, session }) => ({ surface, view: session.view })),
      over: over.signal,
      stirred: async (ms) => {
        if (!over.signal.aborted) await stirred(ms);
      },
      standFor(ms) {
        until = clock.elapsedMs() + ms;
        wake();
      },
      async releasePorts() {
        if (!over.signal.aborted) await Promise.all(glasses.map(({ session }) => session.release()));
      },
      async giveBack() {
        end('returned');
        const patience = clock.elapsedMs() + GIVEN_BACK_WITHIN_MS;
        const stands = () => glasses.some(({ session }) => session.view().painted === order.frame);
        while (stands() && clock.elapsedMs() < patience) await stirred(patience - clock.elapsedMs());
      },
    },
  };
}
