import type { Clock } from '../../base/clock.js';

/** What happens to one byte on its way, counted from the moment the damage is ordered (1 is the next byte). */
export interface LineDamage {
  readonly at: number;
  readonly how: DamageKind;
}

/** Lost, doubled, or other than it was sent. */
export type DamageKind = 'drop' | 'duplicate' | 'corrupt';

/** One direction of a serial line. */
export interface PacedLine {
  push(bytes: Uint8Array): void;
  /** Forgets what has not come out yet, as a pulled cable does. */
  clear(): void;
  damage(damage: LineDamage): void;
  /** Asked for each byte from now on what becomes of it, as on a bad cable; undefined ends that. */
  disturb(pick: (() => DamageKind | undefined) | undefined): void;
}

/** Bytes come out in blocks worth this many milliseconds, because no timer is fine enough for single bytes at high rates. */
const BLOCK_MS = 4;
const BITS_PER_BYTE = 10;
/** A host that never stops sending finds that the rest is lost. */
const MOST_WAITING_BYTES = 1_000_000;

function damaged(bytes: Uint8Array, howAt: (index: number) => DamageKind | undefined): Buffer {
  const out: number[] = [];
  bytes.forEach((byte, index) => {
    const how = howAt(index);
    if (how === undefined) out.push(byte);
    else if (how === 'corrupt') out.push(byte ^ 0x15);
    else if (how === 'duplicate') out.push(byte, byte);
  });
  return Buffer.from(out);
}

/**
 * Delivers bytes at the speed of a serial line: 10 bits a byte (display reference 11). `baudRate` is asked for every block; 0 means at once.
 * Delivery stops for good when `stop` is aborted.
 */
export function createPacedLine(
  clock: Clock,
  baudRate: () => number,
  deliver: (bytes: Buffer) => void,
  stop: AbortSignal,
): PacedLine {
  let queue = Buffer.alloc(0);
  let running = false;
  let generation = 0;
  let passed = 0;
  let damages: LineDamage[] = [];
  let disturbance: (() => DamageKind | undefined) | undefined;

  async function run(): Promise<void> {
    running = true;
    const mine = generation;
    let freeAt = clock.elapsedMs();
    while (queue.length > 0 && !stop.aborted && mine === generation) {
      const baud = baudRate();
      const size = Math.max(1, Math.floor((baud * BLOCK_MS) / (BITS_PER_BYTE * 1000)));
      const block = queue.subarray(0, size);
      freeAt += (block.length * BITS_PER_BYTE * 1000) / baud;
      const wait = freeAt - clock.elapsedMs();
      if (wait > 0) await clock.sleep(wait, stop);
      if (stop.aborted || mine !== generation) break;
      queue = queue.subarray(block.length);
      deliver(block);
    }
    if (mine === generation) running = false;
  }

  return {
    push(bytes) {
      if (stop.aborted) return;
      const first = passed + 1;
      const howAt = (index: number) => damages.find(({ at }) => at === first + index)?.how ?? disturbance?.();
      const through = damages.length === 0 && disturbance === undefined ? Buffer.from(bytes) : damaged(bytes, howAt);
      passed += bytes.length;
      damages = damages.filter(({ at }) => at > passed);
      if (baudRate() === 0 && !running) {
        deliver(through);
        return;
      }
      queue = Buffer.concat([queue, through.subarray(0, MOST_WAITING_BYTES - queue.length)]);
      if (!running) void run();
    },
    clear() {
      queue = Buffer.alloc(0);
      generation += 1;
      running = false;
    },
    damage({ at, how }) {
      damages.push({ at: passed + at, how });
    },
    disturb(pick) {
      disturbance = pick;
    },
  };
}
