import { isBooksTrouble } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { type Doorbell, nextRing } from '../base/doorbell.js';
import { errorText, type Log } from '../base/log.js';
import { type AdvanceParts, advancePayment } from './advance-payment.js';
import type { DueQueue } from './books-port.js';
import type { Payment, PaymentRequestId } from './payment.js';
import { createRestingPayments } from './resting-payments.js';

/** Payments of one upstream advanced at the same time in one process; an upstream that is deaf does not hold up those of the others. */
const MOST_AT_ONCE = 64;
/** The loop looks at the books at least this often, should every ring be lost … */
const LONGEST_SLEEP_MS = 5000;
/** … and no more often than this for a payment that is due and just being written by another process. */
const SHORTEST_SLEEP_MS = 50;
/** After the books could not be read or written. */
const BOOKS_PAUSE_MS = 1000;

export interface DuePaymentsParts extends AdvanceParts {
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: DueQueue;
  /** Whose payments the loop advances. */
  readonly upstreamIds: readonly string[];
}

/** Advances whatever is due, of each upstream the oldest first, each payment by one worker at a time, over all processes on these books. */
export interface DuePayments {
  /**
   * Does what is due for this payment now and resolves when there is nothing to do at the moment. Where as many of its upstream as may be
   * are worked on already, it is left to the loop, which takes the oldest first. Never rejects.
   */
  advance(payment: Pick<Payment, 'paymentRequestId' | 'upstreamId'>): Promise<void>;
  /** Makes every unfinished payment due, then runs until stopped. */
  start(): Promise<void>;
  /** Starts no further call; resolves when those under way are recorded. */
  stop(): Promise<void>;
}

export function createDuePayments(parts: DuePaymentsParts): DuePayments {
  const { claims, clock, doorbell, log, queue, upstreamIds } = parts;
  const held = new Map<PaymentRequestId, { readonly upstreamId: string; readonly run: Promise<void> }>();
  const again = new Set<PaymentRequestId>();
  const resting = createRestingPayments(clock, log);
  const stopped = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  async function work(id: PaymentRequestId): Promise<void> {
    do {
      again.delete(id);
      try {
        if (!(await claims.take(id))) return;
        await advancePayment(parts, id, () => !stopped.signal.aborted);
        resting.worked(id);
      } catch (error) {
        // This payment stays due and is tried again; the other lanes go on.
        if (isBooksTrouble(error)) await clock.sleep(BOOKS_PAUSE_MS, stopped.signal);
        else resting.failed(id, error);
      } finally {
        // What cannot be given back now runs out by itself.
        await claims.release(id).catch(() => undefined);
      }
    } while (again.has(id) && resting.leftMs(id) <= 0 && !stopped.signal.aborted);
  }

  const roomFor = (upstreamId: string) => MOST_AT_ONCE - [...held.values()].filter((one) => one.upstreamId === upstreamId).length;

  function hold(id: PaymentRequestId, upstreamId: string): Promise<void> {
    const running = held.get(id);
    if (running !== undefined) {
      again.add(id);
      return running.run;
    }
    // What is due stands in the books; nothing is lost by not holding it here.
    if (roomFor(upstreamId) <= 0) return Promise.resolve();
    const run = work(id).finally(() => {
      held.delete(id);
      doorbell.ring('due');
    });
    held.set(id, { upstreamId, run });
    return run;
  }

  /** Starts what is due and free of one upstream; returns how long nothing new of it falls due. */
  async function sweepOne(upstreamId: string, asleep: readonly PaymentRequestId[]): Promise<number> {
    // Whoever ends rings, and then there is room again.
    const room = roomFor(upstreamId);
    if (room <= 0) return LONGEST_SLEEP_MS;
    const { taken, nextAt } = await queue.takeDue(upstreamId, room, [...held.keys(), ...asleep]);
    for (const id of taken) void hold(id, upstreamId);
    return taken.length === room || nextAt === null ? LONGEST_SLEEP_MS : nextAt - clock.now();
  }

  /** Starts what is due and free; returns how long nothing new falls due. */
  async function sweep(): Promise<number> {
    const rests = resting.left();
    const waits = [LONGEST_SLEEP_MS, ...rests.values()];
    for (const upstreamId of upstreamIds) waits.push(await sweepOne(upstreamId, [...rests.keys()]));
    return Math.max(SHORTEST_SLEEP_MS, Math.min(...waits));
  }

  return {
    // Nothing can be due for a payment whose upstream left the configuration: it had ended by then.
    advance: async ({ paymentRequestId, upstreamId }) => {
      if (upstreamIds.includes(upstreamId)) await hold(paymentRequestId, upstreamId);
    },
    async start() {
      await queue.makeUnfinishedDue();
      loop = sweepUntil(stopped.signal, sweep, parts);
    },
    async stop() {
      stopped.abort();
      await loop;
      await Promise.all([...held.values()].map(({ run }) => run));
    },
  };
}

/** Sweeps at every ring, and when the time comes that the last sweep named. */
async function sweepUntil(
  stop: AbortSignal,
  sweep: () => Promise<number>,
  { clock, doorbell, log }: DuePaymentsParts,
): Promise<void> {
  while (!stop.aborted) {
    const wake = new AbortController();
    const forward = () => wake.abort();
    stop.addEventListener('abort', forward);
    // Listening starts before the look, so that no ring falls between them.
    const rung = nextRing(doorbell, () => true, wake.signal);
    let pause = BOOKS_PAUSE_MS;
    try {
      pause = await sweep();
    } catch (error) {
      if (!isBooksTrouble(error)) log.error('due payments cannot be read', { error: errorText(error) });
    }
    await Promise.race([rung, clock.sleep(pause, wake.signal)]);
    wake.abort();
    stop.removeEventListener('abort', forward);
  }
}
