import type { PrinterFonts } from './escpos-font.js';
import { codeOn, type Slip } from './escpos-paper.js';
import { createPrinter, type Printer } from './escpos-printer.js';
import type { Trouble } from './escpos-trouble.js';
import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import type { GlassView } from './glass-view.js';
import { createBitmap } from './qr-bitmap.js';

export interface EscposGlassOptions extends BodyOptions {
  /** Default 9600. */
  readonly baudRate?: number;
  /** Receive buffer: 4096 bytes, or 45 by a switch. Default 4096. */
  readonly bufferBytes?: number;
  /** Sends XOFF and XON as its buffer fills; default false: what does not fit is lost. */
  readonly xonXoff?: boolean;
  /** Characters a line, 12 dots each; default 42. */
  readonly columns?: number;
  /** Time for one row of dots; default 0.8 ms, which is 150 mm a second. */
  readonly msPerDot?: number;
  /** Has a QR generator of its own; default true. */
  readonly native?: boolean;
  /** Its generator says how large a symbol would be; default true. */
  readonly tellsSize?: boolean;
  /** Largest module it accepts; default 16. */
  readonly largestModule?: number;
  /** What it reads beside ASCII and page 0; default nothing. */
  readonly fonts?: PrinterFonts;
  /** Automatic status is on after power-on; default false. */
  readonly autoStatus?: boolean;
  /** Deaf after power-on; default 0 ms. */
  readonly bootMs?: number;
}

/** A receipt printer without the hardware. Its view is its newest piece of paper, which nothing but another one replaces. */
export interface EscposGlass extends GlassEmulator {
  /** Every piece of paper, oldest first; the last one may not be cut yet. */
  slips(): readonly Slip[];
  /** No paper, an open cover or an error: it prints nothing, and says so to who asks. */
  setTrouble(trouble: Partial<Trouble>): void;
  lostBytes(): number;
}

const DOTS_PER_COLUMN = 12;

function viewOf(slip: Slip | undefined): GlassView {
  const texts = (slip?.lines ?? []).map((line, i) => [`line${i + 1}`, line] as const).filter(([, line]) => line !== '');
  return { lit: true, page: null, code: codeOn(slip), texts: Object.fromEntries(texts) };
}

function createDevice(options: EscposGlassOptions, tools: BodyTools): GlassDevice & { readonly printer: Printer } {
  const paperDots = (options.columns ?? 42) * DOTS_PER_COLUMN;
  const printer = createPrinter({
    ...tools,
    bufferBytes: options.bufferBytes ?? 4096,
    xonXoff: options.xonXoff ?? false,
    paperDots,
    msPerDot: options.msPerDot ?? 0.8,
    native: options.native ?? true,
    tellsSize: options.tellsSize ?? true,
    largestModule: options.largestModule ?? 16,
    fonts: options.fonts ?? {},
    autoStatus: options.autoStatus ?? false,
    bootMs: options.bootMs ?? 0,
  });
  const newest = () => printer.paper.slips().at(-1);
  return {
    printer,
    baudRate: () => options.baudRate ?? 9600,
    receive: printer.receive,
    restart: printer.restart,
    view: () => viewOf(newest()),
    draw: () => newest()?.bitmap() ?? createBitmap(paperDots, 1, 255),
  };
}

/** Builds a printer that is switched on and has paper (display reference 6). */
export function createEscposGlass(options: EscposGlassOptions = {}): EscposGlass {
  const { glass, device } = createGlassBody(options, (tools) => createDevice(options, tools));
  const { printer } = device;
  return { ...glass, slips: printer.paper.slips, setTrouble: printer.setTrouble, lostBytes: printer.lostBytes };
}
