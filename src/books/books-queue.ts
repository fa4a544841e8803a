import type { Knex } from 'knex';
import type { Clock } from '../base/clock.js';

/** The part of knex's connection pool (tarn) that tells who waits; knex itself has no type for it. */
interface Pool {
  on(event: 'acquireRequest' | 'acquireSuccess' | 'acquireFail', heard: (id: number) => void): void;
}

/** With fewer in the queue a long wait is a slow moment of the disk and no overload. */
const MANY = 64;

/**
 * Makes the question how long the foremost has been waiting for a connection, ms; 0 while only a few wait. Waiting happens in order, so
 * this is also about what whoever comes now will wait, whether the disk is fast or slow.
 */
export function watchQueue(db: Knex, clock: Clock): () => number {
  const { pool } = db.client as { readonly pool: Pool };
  const waiting = new Map<number, number>();
  pool.on('acquireRequest', (id) => waiting.set(id, clock.elapsedMs()));
  pool.on('acquireSuccess', (id) => waiting.delete(id));
  pool.on('acquireFail', (id) => waiting.delete(id));
  return () => {
    const [foremost] = waiting.values();
    return foremost === undefined || waiting.size < MANY ? 0 : clock.elapsedMs() - foremost;
  };
}
