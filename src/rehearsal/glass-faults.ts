import * as z from 'zod';
import type { Clock } from '../base/clock.js';
import type { DamageKind } from '../simulator/glass-emulators/paced-line.js';
import { createSeededNames } from '../simulator/seeded-names.js';
import { type GlassDesk, TROUBLES } from './glass-desk.js';

const seconds = z.number().min(0).max(86_400);

const faultSchema = z.strictObject({
  name: z.enum(TROUBLES.map(({ name }) => name)),
  /** At the n-th byte, counted from when it is its turn. */
  atByte: z.int().min(1).max(1_000_000).optional(),
  /** Of all bytes, drawn from the seed; for bytes that are lost, doubled or corrupted. */
  share: z.number().gt(0).max(1).optional(),
  afterSeconds: seconds.default(0),
  /** A switch is switched off again then. */
  forSeconds: seconds.optional(),
  /** Again and again, counted from the end of the time before. */
  everySeconds: z.number().min(1).max(86_400).optional(),
});

/** One trouble that comes by itself. */
export type GlassFault = z.output<typeof faultSchema>;

function misfit({ name, atByte, share, forSeconds }: GlassFault): string | undefined {
  const kind = TROUBLES.find((one) => one.name === name)?.kind;
  const isDamage = /-(in|out)$/.test(name);
  if (share !== undefined && !isDamage) return 'share: only bytes are lost, doubled or corrupted by chance';
  if (share !== undefined && atByte !== undefined) return 'share, atByte: either by chance or at one byte';
  if (atByte !== undefined && kind !== 'count') return 'atByte: this trouble is not about a byte';
  if (forSeconds !== undefined && kind !== 'switch') return 'forSeconds: only a switch lasts';
  return undefined;
}

/** Reads a plan, a JSON list of faults; a sentence where it cannot be played. */
export function readGlassFaults(text: string): readonly GlassFault[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const read = z.array(faultSchema).max(100).safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const [index, ...path] = issue?.path ?? [];
    return `fault ${Number(index ?? 0) + 1}${path.length > 0 ? `, ${path.join('.')}` : ''}: ${issue?.message}`;
  }
  for (const [index, fault] of read.data.entries()) {
    const why = misfit(fault);
    if (why !== undefined) return `fault ${index + 1} (${fault.name}), ${why}`;
  }
  return read.data;
}

/** A bad cable, the same one for the same seed. */
function disturb(faults: readonly GlassFault[], { glass }: GlassDesk, seed: string): void {
  for (const direction of ['in', 'out'] as const) {
    const shares = faults.flatMap(({ name, share }) => {
      const [how = '', where] = name.split('-');
      return where === direction && share !== undefined ? [{ how: how as DamageKind, share }] : [];
    });
    if (shares.length === 0) continue;
    const names = createSeededNames(seed);
    let byte = 0;
    glass.disturb(direction, () => {
      byte += 1;
      return shares.find(({ how, share }) => names.pick(`${direction} ${how} ${byte}`, 1_000_000) < share * 1_000_000)?.how;
    });
  }
}

async function play(fault: GlassFault, desk: GlassDesk, clock: Clock, stop: AbortSignal): Promise<void> {
  const wait = (s: number) => clock.sleep(s * 1000, stop);
  await wait(fault.afterSeconds);
  while (!stop.aborted) {
    await desk.make(fault.name, { on: true, count: fault.atByte });
    if (fault.forSeconds !== undefined) {
      await wait(fault.forSeconds);
      await desk.make(fault.name, { on: false });
    }
    if (fault.everySeconds === undefined) return;
    await wait(fault.everySeconds);
  }
}

/** Plays a plan on a display until `stop`. Same seed and bytes, same trouble. */
export function playGlassFaults(
  faults: readonly GlassFault[],
  desk: GlassDesk,
  { clock, seed, stop }: { readonly clock: Clock; readonly seed: string; readonly stop: AbortSignal },
): void {
  disturb(faults, desk, seed);
  for (const fault of faults) if (fault.share === undefined) void play(fault, desk, clock, stop);
}
