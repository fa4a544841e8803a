import { closeSync, openSync, writeSync } from 'node:fs';
import { armKillPoints, type KillPoint } from '#src/base/kill-point.js';
import { type WirePoint, watchTheWire } from './wire-points.js';

/*
 * The program as it ships, except that it kills itself at a point: `OCBRIDGE_KILL` holds an order as JSON, or whoever started it sends
 * one as a message. The last words go to the file `OCBRIDGE_LAST_WORDS`, written through to the disk before the kill.
 */

/** Die when `point` is reached for the `nth` time with an `about` that ends so. */
export interface KillOrder {
  readonly point: KillPoint | WirePoint;
  readonly about: string;
  readonly nth: number;
}

/** What a process wrote just before it killed itself. */
export interface LastWords extends KillOrder {
  /** Epoch ms. */
  readonly at: number;
}

let order: KillOrder | undefined;
let seen = 0;

function take(next: KillOrder | undefined): void {
  order = next;
  seen = 0;
}

function reached(point: KillPoint | WirePoint, about: string, halfWay: () => void): void {
  if (order === undefined || order.point !== point || !about.endsWith(order.about)) return;
  seen += 1;
  if (seen < order.nth) return;
  halfWay();
  const words: LastWords = { ...order, about, at: Date.now() };
  const file = openSync(process.env['OCBRIDGE_LAST_WORDS'] ?? '', 'as');
  writeSync(file, `${JSON.stringify(words)}\n`);
  closeSync(file);
  process.kill(process.pid, 'SIGKILL');
}

armKillPoints(reached);
watchTheWire(reached);
const { OCBRIDGE_KILL } = process.env;
if (OCBRIDGE_KILL !== undefined) take(JSON.parse(OCBRIDGE_KILL) as KillOrder);
process.on('message', (next) => {
  take((next as KillOrder | null) ?? undefined);
  process.send?.('armed');
});
process.channel?.unref();

await import('#src/main.js');
