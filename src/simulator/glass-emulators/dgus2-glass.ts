import iconv from 'iconv-lite';
import { createDgus2Memory, type Dgus2Memory } from './dgus2-memory.js';
import { createDgus2Reader, type Dgus2Command, dgus2Frame } from './dgus2-reader.js';
import { type BodyOptions, type BodyTools, createGlassBody, type GlassDevice, type GlassEmulator } from './glass-body.js';
import { DARK, type GlassView } from './glass-view.js';
import { createGlassWork } from './glass-work.js';
import { type Bitmap, createBitmap, drawSymbol, qrSymbol } from './qr-bitmap.js';

/** A text or QR control as the integrator placed it on a page of the panel project. */
export interface Dgus2Control {
  readonly name: string;
  readonly kind: 'qr' | 'text';
  readonly vp: number;
  readonly pages: readonly number[];
}

export interface Dgus2GlassOptions extends BodyOptions {
  /** Default 115200. */
  readonly baudRate?: number;
  /** Set to checksums in both directions. */
  readonly crc?: boolean;
  /** False: a kernel that confirms no writes. Default true. */
  readonly acks?: boolean;
  /** Controls of the project; default those the bridge's default options expect. */
  readonly controls?: readonly Dgus2Control[];
  /** How its text controls read their variables; default windows-1252. `utf-16be`: a word for each character. */
  readonly charset?: string | undefined;
  /** How many pages the project has; default 3. */
  readonly pages?: number;
  /** Pixels a module of the QR control; default 3, with which both symbol sizes fit. */
  readonly unitPixels?: number;
  /** How long the panel takes to turn a page; default 15 ms. */
  readonly pageMs?: number;
  /** Dark time after power-on; default 500 ms. */
  readonly bootMs?: number;
  /** A frame that pauses for longer than this is given up; default 200 ms. */
  readonly frameTimeoutMs?: number;
}

/** A DGUS II panel without the hardware. */
export interface Dgus2Glass extends GlassEmulator {
  page(): number;
  /** Percent, awake. */
  brightness(): number;
  /** Sends what a touch that sets variable `vp` to `value` sends. */
  touch(vp: number, value: number): void;
}

const WIDTH = 480;
const HEIGHT = 272;
const QR_AREA = { x: 8, y: 8, width: 256, height: 256 };
const BACKGROUND_GREY = 40;
const SMALL_BYTES = 154;
const SMALL_VERSION = 7;
const LARGE_VERSION = 14;

const PAY = [1];
const ALL = [0, 1, 2];

/** The project that the bridge's default options expect. */
const PROJECT: readonly Dgus2Control[] = [
  { name: 'qr', kind: 'qr', vp: 0x1000, pages: PAY },
  { name: 'amount', kind: 'text', vp: 0x2000, pages: ALL },
  { name: 'line1', kind: 'text', vp: 0x2100, pages: ALL },
  { name: 'line2', kind: 'text', vp: 0x2200, pages: ALL },
];

interface PanelDevice extends GlassDevice {
  page(): number;
  brightness(): number;
}

function createDevice(options: Dgus2GlassOptions, { clock, stop, send, changed }: BodyTools): PanelDevice {
  const crc = options.crc ?? false;
  const reader = createDgus2Reader(crc);
  const work = createGlassWork(clock, stop);
  const memory = createDgus2Memory({
    pages: options.pages ?? 3,
    turn: (show) =>
      work.add(options.pageMs ?? 15, () => {
        show();
        changed();
      }),
    reset: () => restart(),
  });
  const controls = options.controls ?? PROJECT;
  let booting = false;
  let heardAt = clock.elapsedMs();

  function obey(command: Dgus2Command): void {
    if (command.kind === 'dropped') {
      changed(`dropped: ${command.why}`);
    } else if (command.kind === 'read') {
      const head = Buffer.from([0x83, command.vp >> 8, command.vp & 0xff, command.words]);
      send(dgus2Frame(Buffer.concat([head, memory.read(command.vp, command.words)]), crc));
    } else {
      memory.write(command.vp, command.data);
      changed(`wrote ${command.data.length} bytes at ${command.vp.toString(16).padStart(4, '0')}`);
      if (options.acks !== false) send(dgus2Frame(Buffer.from([0x82, 0x4f, 0x4b]), crc));
    }
  }

  function restart(): void {
    reader.reset();
    work.clear();
    memory.clear();
    booting = true;
    changed();
    work.add(options.bootMs ?? 500, () => {
      booting = false;
      changed();
    });
  }

  const isLit = (powered: boolean) => powered && !booting && memory.brightness() > 0;
  return {
    baudRate: () => options.baudRate ?? 115_200,
    receive(bytes) {
      const now = clock.elapsedMs();
      if (now - heardAt > (options.frameTimeoutMs ?? 200)) reader.reset();
      heardAt = now;
      if (!booting) for (const command of reader.push(bytes)) obey(command);
    },
    restart,
    page: memory.page,
    brightness: memory.brightness,
    view: (powered) => (isLit(powered) ? viewOf(memory, controls, options.charset ?? 'windows-1252') : DARK),
    draw: (powered) => paint(isLit(powered), memory, controls, options.unitPixels ?? 3),
  };
}

const onPage = (memory: Dgus2Memory, controls: readonly Dgus2Control[], kind: Dgus2Control['kind']) =>
  controls.filter((control) => control.kind === kind && control.pages.includes(memory.page()));

function codeBytes(memory: Dgus2Memory, controls: readonly Dgus2Control[]): Buffer {
  const [control] = onPage(memory, controls, 'qr');
  return control === undefined ? Buffer.alloc(0) : memory.codeAt(control.vp);
}

function viewOf(memory: Dgus2Memory, controls: readonly Dgus2Control[], encoding: string): GlassView {
  const code = codeBytes(memory, controls).toString('latin1');
  const texts = onPage(memory, controls, 'text')
    .map(({ name, vp }) => [name, textOf(memory, vp, encoding)] as const)
    .filter(([, text]) => text !== '');
  return { lit: true, page: String(memory.page()), code: code === '' ? null : code, texts: Object.fromEntries(texts) };
}

function textOf(memory: Dgus2Memory, vp: number, encoding: string): string {
  return iconv.decode(encoding === 'utf-16be' ? memory.wordsAt(vp) : memory.textAt(vp), encoding);
}

/** The symbol comes in two sizes only; one that is larger than its place is not drawn here (on a panel it runs over the edge). */
function paint(lit: boolean, memory: Dgus2Memory, controls: readonly Dgus2Control[], unitPixels: number): Bitmap {
  const bitmap = createBitmap(WIDTH, HEIGHT, lit ? BACKGROUND_GREY : 0);
  const bytes = lit ? codeBytes(memory, controls) : Buffer.alloc(0);
  const symbol = qrSymbol(bytes, 'L', bytes.length <= SMALL_BYTES ? SMALL_VERSION : LARGE_VERSION);
  if (symbol !== undefined) drawSymbol(bitmap, QR_AREA, symbol, unitPixels);
  return bitmap;
}

/** Builds a DGUS II panel that is powered and has booted: page 0, empty variables (display reference 5). */
export function createDgus2Glass(options: Dgus2GlassOptions = {}): Dgus2Glass {
  const { glass, device } = createGlassBody(options, (tools) => createDevice(options, tools));
  return {
    ...glass,
    page: device.page,
    brightness: device.brightness,
    touch(vp, value) {
      glass.say(dgus2Frame(Buffer.from([0x83, vp >> 8, vp & 0xff, 1, value >> 8, value & 0xff]), options.crc ?? false));
    },
  };
}
