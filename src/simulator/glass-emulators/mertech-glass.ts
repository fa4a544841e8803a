import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import { DARK, type GlassView } from './glass-view.js';
import { createGlassWork } from './glass-work.js';
import { createMertechReader, type MertechCommand } from './mertech-reader.js';
import { type Bitmap, createBitmap, drawSymbol, type QrLevel, qrSymbol } from './qr-bitmap.js';

export interface MertechGlassOptions extends BodyOptions {
  /** Default 115200. */
  readonly baudRate?: number;
  /** How long it takes to draw a picture; default 60 ms. */
  readonly drawMs?: number;
  /** Dark time after power-on; default 1000 ms. */
  readonly bootMs?: number;
  /** Error correction that the firmware uses; nobody outside knows which. Default M. */
  readonly qrLevel?: QrLevel;
  /** A frame that pauses for longer than this is given up; default 500 ms. */
  readonly frameTimeoutMs?: number;
}

type Picture = { readonly page: 'idle' | 'correct' | 'mistake' } | { readonly page: 'code'; readonly code: Buffer };

const SIDE = 320;
const BACKGROUND_GREY = 40;
const IDLE: Picture = { page: 'idle' };

function createDevice(options: MertechGlassOptions, tools: BodyTools): GlassDevice {
  const { clock, stop, changed } = tools;
  const reader = createMertechReader();
  const work = createGlassWork(clock, stop);
  let picture = IDLE;
  let lit = true;
  let heardAt = clock.elapsedMs();

  function show(next: Picture, what: string): void {
    work.add(options.drawMs ?? 60, () => {
      picture = next;
      changed(what);
    });
  }

  function obey(command: MertechCommand): void {
    if (command.kind === 'code') show({ page: 'code', code: command.payload }, `code of ${command.payload.length} bytes`);
    else if (command.kind === 'ignored') changed(`ignored: ${command.why}`);
    else if (command.text === 'CLS') show(IDLE, 'CLS');
    else if (command.text === 'correct' || command.text === 'mistake') show({ page: command.text }, command.text);
    else if (command.text === 'BTOFF') switchOff();
    else changed(`no effect: ${command.text}`);
  }

  /** Users report that the display drops off its line after this word (display reference 2). */
  function switchOff(): void {
    work.clear();
    lit = false;
    changed('BTOFF');
  }

  function restart(): void {
    reader.reset();
    work.clear();
    picture = IDLE;
    lit = false;
    changed();
    work.add(options.bootMs ?? 1000, () => {
      lit = true;
      changed();
    });
  }

  return {
    baudRate: () => options.baudRate ?? 115_200,
    receive(bytes) {
      if (!lit) return;
      const now = clock.elapsedMs();
      if (now - heardAt > (options.frameTimeoutMs ?? 500)) reader.reset();
      heardAt = now;
      for (const command of reader.push(bytes)) obey(command);
    },
    restart,
    view: (powered) => (powered && lit ? viewOf(picture) : DARK),
    draw: (powered) => paint(powered && lit, picture, options.qrLevel ?? 'M'),
  };
}

function viewOf(picture: Picture): GlassView {
  const code = picture.page === 'code' ? picture.code.toString('utf8') : null;
  return { lit: true, page: picture.page, code, texts: {} };
}

function paint(lit: boolean, picture: Picture, level: QrLevel): Bitmap {
  const bitmap = createBitmap(SIDE, SIDE, lit ? BACKGROUND_GREY : 0);
  const symbol = lit && picture.page === 'code' ? qrSymbol(picture.code, level) : undefined;
  if (symbol !== undefined) drawSymbol(bitmap, { x: 0, y: 0, width: SIDE, height: SIDE }, symbol);
  return bitmap;
}

/** A MERTECH QR-PAY display without the hardware, powered and idle: it says nothing, as the real one (display reference 2). */
export function createMertechGlass(options: MertechGlassOptions = {}): GlassEmulator {
  return createGlassBody(options, (tools) => createDevice(options, tools)).glass;
}
