import { addMs, type Clock } from '../base/clock.js';
import { openConversation } from '../display/conversation.js';
import type { Frame } from '../display/display-driver.js';
import { type DisplaySettings, type Surface, surfaceFor } from '../display/display-settings.js';
import type { OpenLink } from '../display/link.js';
import { codeMatrix, codePng } from '../display/order-code-image.js';
import { type SymbolFacts, symbolFacts } from '../display/symbol-facts.js';
import type { Money } from '../payment/money.js';
import { createEmulatedGlass } from '../simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '../simulator/glass-emulators/glass-body.js';
import { glassFace } from '../simulator/glass-emulators/glass-face.js';

/** What would be shown, or why nothing would. */
export type Preview =
  | {
      readonly kind: 'picture';
      readonly png: Buffer;
      /** What a phone reads off the picture; null on a display that shows no codes. */
      readonly reads: string | null;
      readonly symbol: SymbolFacts | null;
    }
  | { readonly kind: 'refused'; readonly why: string };

/** Longest time a device draws after the last byte, ms. */
const DRAWN_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 20;
const CODE_STANDS_MS = 180_000;

const refused = (why: string): Preview => ({ kind: 'refused', why });

/** A line without length between the driver and the emulated display. */
function linkTo(glass: GlassEmulator): OpenLink {
  return async (listener) => {
    const quiet = glass.onBytes((bytes) => listener.heard(bytes));
    return {
      port: 'emulated',
      msPerByte: 0,
      write: async (bytes) => glass.receive(bytes),
      close: async () => quiet(),
    };
  };
}

/** Lets the driver speak to the display; gives what went wrong. */
async function paint({ driver }: Surface, glass: GlassEmulator, frame: Frame, clock: Clock): Promise<string | undefined> {
  const talk = await openConversation(driver, linkTo(glass), clock, () => {});
  try {
    for (const steps of [driver.wake(), driver.blank(), driver.paint(frame)]) {
      const outcome = await talk.run(steps);
      if (outcome.kind === 'refused') return `the display refuses "${outcome.step}": ${outcome.why}`;
      if (outcome.kind !== 'done') return `the emulated display does not take the bytes (${outcome.kind})`;
    }
    return undefined;
  } finally {
    await talk.close();
  }
}

/** Mute displays draw after the last byte was sent, without a word. */
async function untilDrawn(glass: GlassEmulator, codeText: string, clock: Clock): Promise<void> {
  const until = clock.elapsedMs() + DRAWN_WITHIN_MS;
  while (glass.view().code !== codeText && clock.elapsedMs() < until) await clock.sleep(LOOK_EVERY_MS);
}

async function fromEmulator(
  settings: DisplaySettings,
  surface: Surface,
  frame: Frame & { kind: 'scan' },
  clock: Clock,
): Promise<Preview> {
  const { driver, options } = settings;
  const glass = createEmulatedGlass(driver, { clock, paced: false, options });
  if (glass === undefined) return refused(`there is no emulated display for the driver ${driver} in this version`);
  try {
    const trouble = await paint(surface, glass, frame, clock);
    if (trouble !== undefined) return refused(trouble);
    if (surface.driver.can.qr !== 'none') await untilDrawn(glass, frame.codeText, clock);
    const symbol = symbolFacts(surface.driver, settings, frame.codeText) ?? null;
    return { kind: 'picture', png: glassFace(glass), reads: glass.readCode(), symbol };
  } finally {
    await glass.stop();
  }
}

/**
 * A picture of exactly what a display would show of a code: the driver's bytes, drawn by the emulated display. Nothing is opened. A
 * virtual display draws the code itself.
 */
export async function previewCode(settings: DisplaySettings, codeText: string, amount: Money, clock: Clock): Promise<Preview> {
  const surface = surfaceFor(settings, clock);
  if ('refused' in surface) return refused(surface.refused);
  const { driver } = surface;
  const refusal = driver.can.qr === 'none' ? undefined : driver.refuses(codeText);
  if (refusal !== undefined) return refused(refusal);
  const frame = { kind: 'scan', codeText, amount, expiresAt: addMs(clock.now(), CODE_STANDS_MS) } as const;
  if (surface.virtual === null) return fromEmulator(settings, surface, frame, clock);
  const matrix = codeMatrix(codeText, settings.options?.ecc);
  if (matrix === undefined) return refused('no QR symbol holds this code');
  return { kind: 'picture', png: codePng(matrix), reads: codeText, symbol: symbolFacts(driver, settings, codeText) ?? null };
}
