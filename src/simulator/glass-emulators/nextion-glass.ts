import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import { createNextionEngine, type EngineState, type NextionEngine } from './nextion-engine.js';
import { defaultNextionProject, type NextionPage } from './nextion-project.js';
import { createNextionScreen, type DrawTimes } from './nextion-screen.js';
import { type Bitmap, createBitmap, drawSymbol, type QrLevel, qrSymbol } from './qr-bitmap.js';

export interface NextionGlassOptions extends BodyOptions {
  /** The rate stored in the device; default 9600. */
  readonly baudRate?: number;
  /** Pages and components; default those the bridge's default options expect. */
  readonly project?: readonly NextionPage[];
  /** `txt_maxl` of every component of the default project, in bytes; default 255. */
  readonly textMax?: number;
  /** How long the device draws; default 10 ms a page, 20 ms a QR code, 2 ms a text. */
  readonly drawMs?: Partial<DrawTimes>;
  /** Dark time after power-on; default 400 ms. */
  readonly bootMs?: number;
  /** Error correction that the firmware uses and nobody can change; default L. */
  readonly qrLevel?: QrLevel;
  readonly model?: string;
  /** The charset that the fonts of the project were made for; default utf-8. */
  readonly charset?: string | undefined;
  /** Knows no escape but `\r`. */
  readonly oldFirmware?: boolean;
}

/** A Nextion display without the hardware: bytes in, bytes out, and a glass to look at. */
export interface NextionGlass extends GlassEmulator {
  state(): EngineState & { readonly powered: boolean };
  /** Is busy for `ms`: what arrives piles up in the buffer. */
  stall(ms: number): void;
  /** Falls asleep (`86`) or wakes (`87`) by itself. */
  autoSleep(asleep: boolean): void;
  /** Sends what a touch on component `id` of page `page` sends. */
  touch(page: number, id: number): void;
}

const WIDTH = 400;
const HEIGHT = 240;
const QR_AREA = { x: 10, y: 10, width: 220, height: 220 };
const BACKGROUND_GREY = 40;
const DRAW_MS: DrawTimes = { page: 10, qr: 20, text: 2 };

function paint(lit: boolean, code: Buffer, level: QrLevel): Bitmap {
  const bitmap = createBitmap(WIDTH, HEIGHT, lit ? BACKGROUND_GREY : 0);
  const symbol = lit && code.length > 0 ? qrSymbol(code, level) : undefined;
  if (symbol !== undefined) drawSymbol(bitmap, QR_AREA, symbol);
  return bitmap;
}

/** Processor and screen as the body drives them. */
function createDevice(options: NextionGlassOptions, tools: BodyTools): GlassDevice & { readonly engine: NextionEngine } {
  const screen = createNextionScreen(
    options.project ?? defaultNextionProject(options.textMax),
    { ...DRAW_MS, ...options.drawMs },
    options.charset,
  );
  const engine = createNextionEngine({
    ...tools,
    screen,
    baudRate: options.baudRate ?? 9600,
    bootMs: options.bootMs ?? 400,
    model: options.model ?? 'NX4024T032_011R',
    oldFirmware: options.oldFirmware ?? false,
  });
  function isLit(powered: boolean): boolean {
    const { booting, asleep, dim } = engine.state();
    return powered && !booting && !asleep && dim > 0;
  }
  screen.reset();
  return {
    engine,
    baudRate: () => engine.state().baudRate,
    receive: engine.receive,
    restart: engine.reboot,
    view: (powered) => screen.view(isLit(powered)),
    draw: (powered) => paint(isLit(powered), screen.codeBytes(), options.qrLevel ?? 'L'),
  };
}

/** Builds a display that is powered and has booted: page 0, nothing on it. */
export function createNextionGlass(options: NextionGlassOptions = {}): NextionGlass {
  const { glass, device } = createGlassBody(options, (tools) => createDevice(options, tools));
  const { engine } = device;
  return {
    ...glass,
    state: () => ({ ...engine.state(), powered: glass.powered() }),
    stall: engine.stall,
    autoSleep: engine.autoSleep,
    touch: (page, id) => glass.say(Uint8Array.of(0x65, page, id, 0x01, 0xff, 0xff, 0xff)),
  };
}
