import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../base/clock.js';
import { createGlassHistory, type GlassHistory, type GlassSegment, type TraceEntry } from './glass-history.js';
import { type DeviceEnd, plugIntoPty, plugIntoTcp, type TcpPlug } from './glass-plugs.js';
import type { GlassView } from './glass-view.js';
import { heardAtSpeed } from './line-speed.js';
import { createPacedLine, type DamageKind, type LineDamage, type PacedLine } from './paced-line.js';
import type { PseudoTerminal } from './pseudo-terminal.js';
import { type Bitmap, pngOf, type QrSymbol, readBitmap, symbolOn } from './qr-bitmap.js';

/** The electronics of one kind of display: what it makes of bytes, and what it shows. */
export interface GlassDevice {
  /** Bits per second at which its line runs now. */
  baudRate(): number;
  /** Bytes as they arrive on the device's end of the line. */
  receive(bytes: Buffer): void;
  /** Power-on: everything is forgotten. */
  restart(): void;
  /** What can be seen with power or without. */
  view(powered: boolean): GlassView;
  /** The same as pixels. */
  draw(powered: boolean): Bitmap;
}

/** What the electronics get from the body around them. */
export interface BodyTools {
  readonly clock: Clock;
  /** Bytes for the host; dropped while the device is mute or without power. */
  readonly send: (bytes: Buffer) => void;
  /** To be called whenever the glass may look different, with what was just carried out. */
  readonly changed: (did?: string) => void;
  readonly stop: AbortSignal;
}

export interface BodyOptions {
  readonly clock?: Clock;
  /** False lets bytes pass at once instead of at the baud rate; default true. */
  readonly paced?: boolean;
}

/** A display without the hardware: bytes in, bytes out, a glass to look at, and trouble on demand. */
export interface GlassEmulator extends DeviceEnd {
  /** What can be seen now. */
  view(): GlassView;
  /** Calls `seen` whenever the glass looks different; returns how to stop. */
  onChange(seen: (view: GlassView) => void): () => void;
  /** Everything that was ever to be seen, oldest first, with its times. */
  history(): GlassSegment[];
  trace(): TraceEntry[];
  powered(): boolean;
  /** The glass as a PNG: the QR code where it is drawn; texts are in `view()`. */
  picture(): Buffer;
  /** What a phone reads off that picture, or null. */
  readCode(): string | null;
  /** The symbol on that picture, module by module; null where a phone finds none. */
  symbol(): QrSymbol | null;
  /** The device says this by itself. */
  say(bytes: Uint8Array): void;
  /** Damages one byte to come, to the device (`in`) or to the host (`out`). */
  damage(direction: 'in' | 'out', damage: LineDamage): void;
  /** Asks for every byte to come what becomes of it, as on a bad cable; undefined ends that. */
  disturb(direction: 'in' | 'out', pick: (() => DamageKind | undefined) | undefined): void;
  /** Goes on working but says nothing more, until `false`. */
  mute(on: boolean): void;
  /** Hears nothing more, until `false`. */
  deafen(on: boolean): void;
  /** Reboots now, or after so many more bytes from the host (in the middle of a frame, say). */
  reboot(options?: { afterBytes?: number }): void;
  /** Without power the glass is dark and forgets everything; with it, it boots. */
  power(on: boolean): void;
  /** Offers the display as `tcp://127.0.0.1:port`; 0 picks a port. */
  listenTcp(port?: number): Promise<TcpPlug>;
  /** Puts the display on a new pseudo-terminal, under a stable `link` if one is named. Rejects where there are none, as on Windows. */
  attachPty(link?: string): Promise<PseudoTerminal>;
  stop(): Promise<void>;
}

interface Listeners<T> {
  add(one: (value: T) => void): () => void;
  tell(value: T): void;
}

interface Body<Device extends GlassDevice = GlassDevice> {
  readonly history: GlassHistory;
  readonly toHost: Listeners<Buffer>;
  readonly watchers: Listeners<GlassView>;
  readonly device: Device;
  readonly inLine: PacedLine;
  readonly outLine: PacedLine;
  readonly stopping: AbortController;
  powered: boolean;
  mute: boolean;
  deaf: boolean;
  rebootAfter: number | undefined;
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

function changed(body: Body, did?: string): void {
  if (did !== undefined) body.history.note('did', did);
  const now = body.device.view(body.powered);
  if (body.history.look(now)) body.watchers.tell(now);
}

function loseTheLine(body: Body): void {
  body.inLine.clear();
  body.outLine.clear();
}

function restart(body: Body): void {
  body.history.note('trouble', 'reboot');
  loseTheLine(body);
  body.device.restart();
}

function takeIn(body: Body, bytes: Buffer): void {
  if (!body.powered || body.deaf) return;
  body.history.note('in', bytes.toString('hex'));
  const { rebootAfter } = body;
  if (rebootAfter === undefined || bytes.length < rebootAfter) {
    if (rebootAfter !== undefined) body.rebootAfter = rebootAfter - bytes.length;
    body.device.receive(bytes);
    return;
  }
  body.device.receive(bytes.subarray(0, rebootAfter));
  body.rebootAfter = undefined;
  restart(body);
}

function power(body: Body, on: boolean): void {
  if (on === body.powered) return;
  body.powered = on;
  body.history.note('trouble', on ? 'power on' : 'power off');
  if (on) restart(body);
  else {
    loseTheLine(body);
    changed(body);
  }
}

function createBody<Device extends GlassDevice>(options: BodyOptions, build: (tools: BodyTools) => Device): Body<Device> {
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const history = createGlassHistory(clock);
  const toHost = createListeners<Buffer>();
  const device = build({
    clock,
    send(bytes) {
      if (!body.mute && body.powered) body.outLine.push(bytes);
    },
    changed: (did) => changed(body, did),
    stop: stopping.signal,
  });
  const baudRate = () => (options.paced === false ? 0 : device.baudRate());
  const sendToHost = (bytes: Buffer) => {
    history.note('out', bytes.toString('hex'));
    toHost.tell(bytes);
  };
  const body: Body<Device> = {
    history,
    toHost,
    watchers: createListeners<GlassView>(),
    device,
    inLine: createPacedLine(clock, baudRate, (bytes) => takeIn(body, bytes), stopping.signal),
    outLine: createPacedLine(clock, baudRate, sendToHost, stopping.signal),
    stopping,
    powered: true,
    mute: false,
    deaf: false,
    rebootAfter: undefined,
  };
  return body;
}

/** The body of every emulated display: its two paced lines, its plugs, its power switch and its record, around the electronics that `build` makes. */
export function createGlassBody<Device extends GlassDevice>(
  options: BodyOptions,
  build: (tools: BodyTools) => Device,
): { readonly glass: GlassEmulator; readonly device: Device } {
  const body = createBody(options, build);
  const { history, device, inLine, outLine } = body;
  const plugs = new Set<() => unknown>();
  const glass: GlassEmulator = {
    receive: (bytes, hostBaudRate) =>
      inLine.push(hostBaudRate === undefined ? bytes : heardAtSpeed(bytes, hostBaudRate, device.baudRate())),
    baudRate: device.baudRate,
    onBytes: body.toHost.add,
    view: () => device.view(body.powered),
    onChange: body.watchers.add,
    history: history.segments,
    trace: history.trace,
    powered: () => body.powered,
    picture: () => pngOf(device.draw(body.powered)),
    readCode: () => readBitmap(device.draw(body.powered)),
    symbol: () => symbolOn(device.draw(body.powered)),
    say: (bytes) => outLine.push(bytes),
    damage: (direction, damage) => (direction === 'in' ? inLine : outLine).damage(damage),
    disturb: (direction, pick) => (direction === 'in' ? inLine : outLine).disturb(pick),
    mute(on) {
      body.mute = on;
    },
    deafen(on) {
      body.deaf = on;
    },
    reboot({ afterBytes } = {}) {
      if (afterBytes === undefined) restart(body);
      else body.rebootAfter = afterBytes;
    },
    power: (on) => power(body, on),
    async listenTcp(port = 0) {
      const plug = await plugIntoTcp(glass, port);
      plugs.add(() => plug.unplug());
      return plug;
    },
    async attachPty(link) {
      const terminal = await plugIntoPty(glass, link);
      plugs.add(() => terminal.close());
      return terminal;
    },
    async stop() {
      body.stopping.abort();
      for (const unplug of plugs) await unplug();
      plugs.clear();
    },
  };
  changed(body);
  return { glass, device };
}
