import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../base/clock.js';
import { createGlassHistory, type GlassHistory, type GlassSegment, type TraceEntry } from './glass-history.js';
import { plugIntoTcp, plugIntoTerminal, type TcpPlug } from './glass-plugs.js';
import { createNextionEngine, type EngineState, type NextionEngine } from './nextion-engine.js';
import { defaultNextionProject, type NextionPage } from './nextion-project.js';
import { createNextionScreen, type DrawTimes, type GlassView, type NextionScreen } from './nextion-screen.js';
import { createPacedLine, type LineDamage, type PacedLine } from './paced-line.js';
import { type Bitmap, createBitmap, drawSymbol, pngOf, type QrLevel, qrSymbol, readBitmap } from './qr-bitmap.js';

export interface NextionGlassOptions {
  readonly clock?: Clock;
  /** The rate stored in the device; default 9600. */
  readonly baudRate?: number;
  /** False lets bytes pass at once instead of at the baud rate; default true. */
  readonly paced?: boolean;
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
  /** Knows no escape but `\r`. */
  readonly oldFirmware?: boolean;
}

/** A Nextion display without the hardware: bytes in, bytes out, and a glass to look at. */
export interface NextionGlass {
  /** Bytes from the host. `hostBaudRate`, where the line can tell it: another rate than the device's turns them into noise. */
  receive(bytes: Uint8Array, hostBaudRate?: number): void;
  /** Calls `send` with bytes for the host; returns how to stop. */
  onBytes(send: (bytes: Buffer) => void): () => void;
  /** What can be seen now. */
  view(): GlassView;
  /** Calls `seen` whenever the glass looks different; returns how to stop. */
  onChange(seen: (view: GlassView) => void): () => void;
  /** Everything that was ever to be seen, oldest first, with its times. */
  history(): GlassSegment[];
  trace(): TraceEntry[];
  state(): EngineState & { readonly powered: boolean };
  /** The glass as a PNG of 400 x 240: the QR code where it is drawn; texts are in `view()`. */
  picture(): Buffer;
  /** What a phone reads off that picture, or null. */
  readCode(): string | null;
  /** Damages one byte to come, to the device (`in`) or to the host (`out`). */
  damage(direction: 'in' | 'out', damage: LineDamage): void;
  /** Goes on working but says nothing more, until `false`. */
  mute(on: boolean): void;
  /** Hears nothing more, until `false`. */
  deafen(on: boolean): void;
  /** Reboots now, or after so many more bytes from the host (in the middle of a frame, say). */
  reboot(options?: { afterBytes?: number }): void;
  /** Is busy for `ms`: what arrives piles up in the buffer. */
  stall(ms: number): void;
  /** Falls asleep (`86`) or wakes (`87`) by itself. */
  autoSleep(asleep: boolean): void;
  /** Sends what a touch on component `id` of page `page` sends. */
  touch(page: number, id: number): void;
  /** Without power the glass is dark and forgets everything; with it, it boots. */
  power(on: boolean): void;
  /** Offers the display as `tcp://127.0.0.1:port`; 0 picks a port. */
  listenTcp(port?: number): Promise<TcpPlug>;
  /** Ties the display to a terminal device; returns how to let go. */
  attachTerminal(path: string): () => void;
  stop(): Promise<void>;
}

const WIDTH = 400;
const HEIGHT = 240;
const QR_AREA = { x: 10, y: 10, width: 220, height: 220 };
const BACKGROUND_GREY = 40;

function paint(view: GlassView, code: Buffer, level: QrLevel): Bitmap {
  const bitmap = createBitmap(WIDTH, HEIGHT, view.lit ? BACKGROUND_GREY : 0);
  const symbol = view.lit && code.length > 0 ? qrSymbol(code, level) : undefined;
  if (symbol !== undefined) drawSymbol(bitmap, QR_AREA, symbol);
  return bitmap;
}

/** What a receiver makes of bytes that were sent at another rate: wrong ones. */
function noise(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => (byte * 7 + 0x5b) & 0x7f));
}

/** Listeners that come and go. */
interface Listeners<T> {
  add(one: (value: T) => void): () => void;
  tell(value: T): void;
}

function createListeners<T>(): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(one) {
      all.add(one);
      return () => all.delete(one);
    },
    tell(value) {
      for (const one of [...all]) one(value);
    },
  };
}

/** The parts of a display, joined: line in, processor, screen, line out. */
interface Board {
  readonly history: GlassHistory;
  readonly toHost: Listeners<Buffer>;
  readonly watchers: Listeners<GlassView>;
  readonly screen: NextionScreen;
  readonly engine: NextionEngine;
  readonly inLine: PacedLine;
  readonly outLine: PacedLine;
  powered: boolean;
  mute: boolean;
  deaf: boolean;
  rebootAfter: number | undefined;
}

function createBoard(options: NextionGlassOptions, stop: AbortSignal): Board {
  const clock = options.clock ?? systemClock;
  const drawMs = { page: 10, qr: 20, text: 2, ...options.drawMs };
  const screen = createNextionScreen(options.project ?? defaultNextionProject(options.textMax), drawMs);
  const baudRate = () => (options.paced === false ? 0 : engine.state().baudRate);
  const engine = createNextionEngine({
    clock,
    screen,
    baudRate: options.baudRate ?? 9600,
    bootMs: options.bootMs ?? 400,
    model: options.model ?? 'NX4024T032_011R',
    oldFirmware: options.oldFirmware ?? false,
    send: (bytes) => {
      if (!board.mute && board.powered) board.outLine.push(bytes);
    },
    changed: (instruction) => changed(board, instruction),
    stop,
  });
  const board: Board = {
    history: createGlassHistory(clock),
    toHost: createListeners(),
    watchers: createListeners(),
    screen,
    engine,
    inLine: createPacedLine(clock, baudRate, (bytes) => takeIn(board, bytes), stop),
    outLine: createPacedLine(clock, baudRate, (bytes) => sendToHost(board, bytes), stop),
    powered: true,
    mute: false,
    deaf: false,
    rebootAfter: undefined,
  };
  screen.reset();
  changed(board);
  return board;
}

function viewOf({ engine, screen, powered }: Board): GlassView {
  const { booting, asleep, dim } = engine.state();
  return screen.view(powered && !booting && !asleep && dim > 0);
}

function changed(board: Board, instruction?: string): void {
  if (instruction !== undefined) board.history.note('did', instruction);
  const now = viewOf(board);
  if (board.history.look(now)) board.watchers.tell(now);
}

function sendToHost({ history, toHost }: Board, bytes: Buffer): void {
  history.note('out', bytes.toString('hex'));
  toHost.tell(bytes);
}

function takeIn(board: Board, bytes: Buffer): void {
  if (!board.powered || board.deaf) return;
  board.history.note('in', bytes.toString('hex'));
  const { rebootAfter } = board;
  if (rebootAfter === undefined || bytes.length < rebootAfter) {
    if (rebootAfter !== undefined) board.rebootAfter = rebootAfter - bytes.length;
    board.engine.receive(bytes);
    return;
  }
  board.engine.receive(bytes.subarray(0, rebootAfter));
  board.rebootAfter = undefined;
  restart(board);
}

function restart({ history, inLine, outLine, engine }: Board): void {
  history.note('trouble', 'reboot');
  inLine.clear();
  outLine.clear();
  engine.reboot();
}

function power(board: Board, on: boolean): void {
  if (on === board.powered) return;
  board.powered = on;
  board.history.note('trouble', on ? 'power on' : 'power off');
  if (on) restart(board);
  else {
    board.inLine.clear();
    board.outLine.clear();
    changed(board);
  }
}

/** Builds a display that is powered and has booted: page 0, nothing on it. */
export function createNextionGlass(options: NextionGlassOptions = {}): NextionGlass {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const plugs = new Set<() => unknown>();
  const board = createBoard(options, stopping.signal);
  const { engine, history, screen, inLine, outLine } = board;
  const painted = () => paint(viewOf(board), screen.codeBytes(), options.qrLevel ?? 'L');

  const glass: NextionGlass = {
    receive(bytes, hostBaudRate) {
      const matches = hostBaudRate === undefined || hostBaudRate === engine.state().baudRate;
      inLine.push(matches ? bytes : noise(bytes));
    },
    onBytes: board.toHost.add,
    view: () => viewOf(board),
    onChange: board.watchers.add,
    history: history.segments,
    trace: history.trace,
    state: () => ({ ...engine.state(), powered: board.powered }),
    picture: () => pngOf(painted()),
    readCode: () => readBitmap(painted()),
    damage: (direction, damage) => (direction === 'in' ? inLine : outLine).damage(damage),
    mute(on) {
      board.mute = on;
    },
    deafen(on) {
      board.deaf = on;
    },
    reboot({ afterBytes } = {}) {
      if (afterBytes === undefined) restart(board);
      else board.rebootAfter = afterBytes;
    },
    stall: engine.stall,
    autoSleep: engine.autoSleep,
    touch: (page, id) => outLine.push(Buffer.from([0x65, page, id, 0x01, 0xff, 0xff, 0xff])),
    power: (on) => power(board, on),
    async listenTcp(port = 0) {
      const plug = await plugIntoTcp(glass, port);
      plugs.add(() => plug.unplug());
      return plug;
    },
    attachTerminal(path) {
      const letGo = plugIntoTerminal(glass, path);
      plugs.add(letGo);
      return letGo;
    },
    async stop() {
      stopping.abort();
      for (const unplug of plugs) await unplug();
      plugs.clear();
    },
  };
  return glass;
}
