import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import { DARK, type GlassView } from './glass-view.js';
import { createGlassWork } from './glass-work.js';
import { type Bitmap, createBitmap, drawSymbol, type QrLevel, qrSymbol } from './qr-bitmap.js';
import { bonrixFirmware, diyJsonFirmware, type LineScreen } from './qr-line-firmware.js';

export interface QrLineGlassOptions extends BodyOptions {
  /** `bonrix`: fields split by stars. `diy-json`: one JSON object a line, answered. Default `bonrix`. */
  readonly firmware?: 'bonrix' | 'diy-json';
  /** Default 115200. */
  readonly baudRate?: number;
  /** Input buffer for a whole line; what is longer is cut. Default 409, `diy-json` 1024. */
  readonly lineBytes?: number;
  /** What may pile up while it draws; more is lost. Default 256. */
  readonly pileBytes?: number;
  /** How long a screen takes to draw; default 40 ms. */
  readonly drawMs?: number;
  /** Splash and audio after power-on, during which nothing is read; default 5000 ms. */
  readonly bootMs?: number;
  /** Says `Received Serial: …` for every line, as some firmwares do; default true. Not with `diy-json`. */
  readonly echo?: boolean;
  /** Error correction that the firmware uses; default L. */
  readonly qrLevel?: QrLevel;
}

const WIDTH = 320;
const HEIGHT = 320;
const QR_AREA = { x: 0, y: 0, width: WIDTH, height: WIDTH };
const BACKGROUND_GREY = 40;
const LF = 0x0a;
const WELCOME: LineScreen = { page: 'welcome', code: null, texts: {} };

/** Collects bytes into lines of at most so many bytes; the rest of a longer line is lost. */
function createLineBuffer(longest: number) {
  let line: number[] = [];
  return {
    push(byte: number): Buffer | undefined {
      if (byte !== LF) {
        if (line.length < longest) line.push(byte);
        return undefined;
      }
      const whole = Buffer.from(line);
      line = [];
      return whole;
    },
    clear() {
      line = [];
    },
  };
}

function createDevice(options: QrLineGlassOptions, { clock, stop, send, changed }: BodyTools): GlassDevice {
  const isJson = options.firmware === 'diy-json';
  const firmware = isJson ? diyJsonFirmware() : bonrixFirmware(options.echo ?? true);
  const input = createLineBuffer(options.lineBytes ?? (isJson ? 1024 : 409));
  const work = createGlassWork(clock, stop);
  let screen = WELCOME;
  let drawing = false;
  let booting = false;
  let pile: Buffer[] = [];
  let left = 0;

  /** Counts down by itself what it was told once, as long as that screen stands, and takes the code away when the time is over. */
  async function countDown(mine: LineScreen): Promise<void> {
    left = mine.seconds ?? 0;
    while (left > 0) {
      await clock.sleep(1_000, stop);
      if (screen !== mine || stop.aborted) return;
      left -= 1;
      changed();
    }
    if (mine.seconds === undefined) return;
    show(WELCOME);
    changed();
  }

  function show(next: LineScreen): void {
    screen = next;
    void countDown(next);
  }

  function obey(line: Buffer): void {
    const done = firmware.obey(line.toString('utf8'));
    drawing = done.screen !== undefined && (options.drawMs ?? 40) > 0;
    work.add(done.screen === undefined ? 0 : (options.drawMs ?? 40), () => {
      if (done.screen !== undefined) show(done.screen);
      drawing = false;
      changed(done.did);
      if (done.answer !== undefined) send(Buffer.from(done.answer));
      const waiting = Buffer.concat(pile);
      pile = [];
      take(waiting);
    });
  }

  function take(bytes: Buffer): void {
    for (let i = 0; i < bytes.length; i += 1) {
      if (drawing) {
        const room = (options.pileBytes ?? 256) - pile.reduce((sum, one) => sum + one.length, 0);
        pile.push(bytes.subarray(i, i + Math.max(room, 0)));
        return;
      }
      const line = input.push(bytes[i] ?? 0);
      if (line !== undefined) obey(line);
    }
  }

  return {
    baudRate: () => options.baudRate ?? 115_200,
    receive(bytes) {
      if (!booting) take(bytes);
    },
    restart() {
      work.clear();
      input.clear();
      pile = [];
      drawing = false;
      booting = true;
      show({ page: 'splash', code: null, texts: {} });
      changed();
      work.add(options.bootMs ?? 5000, () => {
        booting = false;
        show(WELCOME);
        changed();
        if (firmware.greeting !== undefined) send(Buffer.from(firmware.greeting));
      });
    },
    view: (powered): GlassView => (powered ? viewOf(screen, left) : DARK),
    draw: (powered) => paint(powered ? screen.code : null, powered, options.qrLevel ?? 'L'),
  };
}

function viewOf({ page, code, texts }: LineScreen, left: number): GlassView {
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  return { lit: true, page, code, texts: left > 0 ? { ...texts, left: time } : texts };
}

function paint(code: string | null, powered: boolean, level: QrLevel): Bitmap {
  const bitmap = createBitmap(WIDTH, HEIGHT, powered ? BACKGROUND_GREY : 0);
  const symbol = code === null ? undefined : qrSymbol(Buffer.from(code), level);
  if (symbol !== undefined) drawSymbol(bitmap, QR_AREA, symbol);
  return bitmap;
}

/** A display that takes lines of text, without the hardware: powered, booted, its welcome screen shown (display reference 3). */
export function createQrLineGlass(options: QrLineGlassOptions = {}): GlassEmulator {
  return createGlassBody(options, (tools) => createDevice(options, tools)).glass;
}
