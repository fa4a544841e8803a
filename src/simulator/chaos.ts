import { CALL_FAULTS } from './call-faults.js';
import type { FaultLevel, FaultWords } from './fault-row.js';
import { NOTIFICATION_FAULTS } from './notification-faults.js';
import type { SeededNames } from './seeded-names.js';
import type { CallName } from './simulator-words.js';

/** Faults drawn from the tables by the seed: every row up to `level`, in this share of the calls and notifications (0 to 1). */
export interface ChaosWish {
  readonly level: FaultLevel;
  readonly share: number;
}

/** How often a fault is drawn when nobody says otherwise. */
export const USUAL_SHARE = 0.3;

const FINENESS = 1_000_000;

function examplesFor(kind: CallName | 'notification', level: FaultLevel): readonly (readonly string[])[] {
  const rows: readonly FaultWords[] =
    kind === 'notification' ? NOTIFICATION_FAULTS : CALL_FAULTS.filter(({ calls }) => calls.includes(kind));
  return rows.filter((row) => row.level <= level).map(({ name, examples }) => examples ?? [name]);
}

/**
 * Draws the fault of the `nth` call of a kind in a story, or `undefined` for none. It depends on the seed and on nothing else but these
 * three, so that neither the time nor other sales change what happens to this one. Each row is as likely as any other.
 */
export function drawFault(
  names: SeededNames,
  { level, share }: ChaosWish,
  kind: CallName | 'notification',
  story: string,
  nth: number,
): string | undefined {
  const about = `${kind} ${nth} of ${story}`;
  if (names.pick(`chaos ${about}`, FINENESS) >= share * FINENESS) return undefined;
  const rows = examplesFor(kind, level);
  const examples = rows[names.pick(`row ${about}`, rows.length)] ?? [];
  return examples[names.pick(`example ${about}`, examples.length)];
}

/** Reads a wish from JSON: `{ "level", "share"? }`, null for none; a sentence when it is something else. */
export function readChaos(value: unknown): ChaosWish | undefined | string {
  if (value === null || value === undefined) return undefined;
  const wrong = 'chaos is null or { "level": 1, 2 or 3, "share"?: from 0 to 1 }';
  if (typeof value !== 'object') return wrong;
  const { level, share = USUAL_SHARE, ...rest } = value as Record<string, unknown>;
  if (level !== 1 && level !== 2 && level !== 3) return wrong;
  if (typeof share !== 'number' || !(share >= 0 && share <= 1) || Object.keys(rest).length > 0) return wrong;
  return { level, share };
}
