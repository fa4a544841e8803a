import { addMs, type Clock } from '../base/clock.js';
import { openConversation } from '../display/conversation.js';
import type { DisplayDriver, ScanFrame } from '../display/display-driver.js';
import { type DisplaySettings, type Surface, surfaceFor } from '../display/display-settings.js';
import type { VirtualGlass } from '../display/drivers/virtual-glass.js';
import type { Language } from '../display/languages.js';
import type { OpenLink } from '../display/link.js';
import { type SymbolFacts, symbolFacts } from '../display/symbol-facts.js';
import type { Money } from '../payment/money.js';
import { createEmulatedGlass } from '../simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '../simulator/glass-emulators/glass-body.js';
import { glassFace } from '../simulator/glass-emulators/glass-face.js';
import { readPng } from '../simulator/glass-emulators/qr-bitmap.js';

/** What would be shown, or why nothing would. */
export type Preview =
  | {
      readonly kind: 'picture';
      readonly png: Buffer;
      /** What a phone reads off the picture; null on a display that shows no codes. */
      readonly reads: string | null;
      readonly symbol: SymbolFacts | null;
      /** The words that stand there, by the names of their places. */
      readonly texts: Readonly<Record<string, string>>;
      /** Their language; null where there are none. */
      readonly language: Language | null;
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
async function paint(driver: DisplayDriver, open: OpenLink, frame: ScanFrame, clock: Clock): Promise<string | undefined> {
  const talk = await openConversation(driver, open, clock, () => {});
  try {
    for (const steps of [driver.wake(), driver.blank(), driver.paint(frame, CODE_STANDS_MS / 1_000)]) {
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

async function fromEmulator(settings: DisplaySettings, surface: Surface, frame: ScanFrame, clock: Clock): Promise<Preview> {
  const { driver, options } = settings;
  const glass = createEmulatedGlass(driver, { clock, paced: false, options });
  if (glass === undefined) return refused(`there is no emulated display for the driver ${driver} in this version`);
  try {
    const trouble = await paint(surface.driver, linkTo(glass), frame, clock);
    if (trouble !== undefined) return refused(trouble);
    if (surface.driver.can.qr !== 'none') await untilDrawn(glass, frame.codeText, clock);
    return {
      kind: 'picture',
      png: glassFace(glass),
      reads: glass.readCode(),
      ...wordsOn(surface, settings, frame, glass.view().texts),
    };
  } finally {
    await glass.stop();
  }
}

function wordsOn(
  { driver }: Surface,
  settings: DisplaySettings,
  { codeText }: ScanFrame,
  texts: Readonly<Record<string, string>>,
) {
  return { symbol: symbolFacts(driver, settings, codeText) ?? null, texts, language: driver.language };
}

/** The virtual display draws its own picture of the frame that came over its line. */
async function fromVirtual(
  settings: DisplaySettings,
  surface: Surface,
  virtual: VirtualGlass,
  frame: ScanFrame,
  clock: Clock,
): Promise<Preview> {
  const trouble = await paint(surface.driver, surface.open, frame, clock);
  const code = virtual.picture();
  if (trouble !== undefined || code === null) return refused(trouble ?? 'no QR symbol holds this code');
  const texts = virtual.texts();
  const png = glassFace({ view: () => ({ lit: true, page: null, code: frame.codeText, texts }), picture: () => code });
  return { kind: 'picture', png, reads: readPng(code), ...wordsOn(surface, settings, frame, texts) };
}

/**
 * A picture of exactly what a display would show of a code: the driver's bytes, drawn by the emulated display. Nothing is opened.
 */
export async function previewCode(settings: DisplaySettings, codeText: string, amount: Money, clock: Clock): Promise<Preview> {
  const surface = surfaceFor(settings, clock);
  if ('refused' in surface) return refused(surface.refused);
  const { driver } = surface;
  const refusal = driver.can.qr === 'none' ? undefined : driver.refuses(codeText);
  if (refusal !== undefined) return refused(refusal);
  const frame = { kind: 'scan', codeText, amount, expiresAt: addMs(clock.now(), CODE_STANDS_MS) } as const;
  return surface.virtual === null
    ? fromEmulator(settings, surface, frame, clock)
    : fromVirtual(settings, surface, surface.virtual, frame, clock);
}
