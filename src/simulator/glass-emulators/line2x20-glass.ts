import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import { DARK } from './glass-view.js';
import { createGlassWork } from './glass-work.js';
import { type LineCommandSet, type LineState, lineReader } from './line2x20-readers.js';
import { createCharacterScreen } from './line2x20-screen.js';
import { type Bitmap, createBitmap } from './qr-bitmap.js';

export interface Line2x20GlassOptions extends BodyOptions {
  /** Default `epson`. */
  readonly dialect?: LineCommandSet;
  /** Default 9600. */
  readonly baudRate?: number;
  /** What stands there after power-on until somebody clears it; default a self-test message. */
  readonly greeting?: string;
  /** Dark and deaf after power-on; default 0 ms. */
  readonly bootMs?: number;
}

/** A text display without the hardware. Its rows are the texts `top` and `bottom` of its view; it can show no code. */
export interface Line2x20Glass extends GlassEmulator {
  /** Both rows, 20 characters each, lit or not. */
  rows(): readonly [string, string];
  state(): Readonly<Pick<LineState, 'brightness' | 'cursorShown' | 'selected' | 'stringMode' | 'attention'>>;
}

const WIDTH = 240;
const HEIGHT = 48;
const BACKGROUND_GREY = 20;

interface TextDevice extends GlassDevice {
  readonly state: () => LineState;
}

function powerOn(greeting: string): LineState {
  const screen = createCharacterScreen();
  screen.setMode('scroll');
  for (const byte of Buffer.from(greeting, 'latin1')) screen.write(byte);
  return { screen, brightness: 100, cursorShown: true, selected: true, stringMode: false, attention: '!#' };
}

function createDevice(options: Line2x20GlassOptions, { clock, stop, changed }: BodyTools): TextDevice {
  const read = lineReader(options.dialect ?? 'epson');
  const greeting = options.greeting ?? 'SELF TEST OK   V1.23';
  let state = powerOn(greeting);
  const work = createGlassWork(clock, stop);
  let buffer = Buffer.alloc(0);
  let booting = false;
  return {
    state: () => state,
    baudRate: () => options.baudRate ?? 9600,
    receive(bytes) {
      if (booting) return;
      buffer = Buffer.concat([buffer, bytes]);
      while (buffer.length > 0) {
        const taken = read(buffer, state);
        if (taken === 'more') break;
        buffer = buffer.subarray(taken.length);
        changed(taken.what);
      }
    },
    restart() {
      buffer = Buffer.alloc(0);
      state = powerOn(greeting);
      booting = true;
      work.clear();
      changed();
      work.add(options.bootMs ?? 0, () => {
        booting = false;
        changed();
      });
    },
    view(powered) {
      if (!powered || booting) return DARK;
      const [top, bottom] = state.screen.rows();
      const texts = Object.entries({ top, bottom }).filter(([, text]) => text.trim() !== '');
      return { lit: true, page: null, code: null, texts: Object.fromEntries(texts) };
    },
    draw: (powered): Bitmap => createBitmap(WIDTH, HEIGHT, powered && !booting ? BACKGROUND_GREY : 0),
  };
}

/** Builds a text display that is powered and shows its greeting (display reference 7). */
export function createLine2x20Glass(options: Line2x20GlassOptions = {}): Line2x20Glass {
  const { glass, device } = createGlassBody(options, (tools) => createDevice(options, tools));
  return { ...glass, rows: () => device.state().screen.rows(), state: device.state };
}
