import type { Clock } from '../../base/clock.js';
import { type NextionInstruction, RETURN, readInstruction } from './nextion-instruction.js';
import type { NextionScreen, Outcome } from './nextion-screen.js';

/** The device's own state beside what its pages hold. */
export interface EngineState {
  readonly booting: boolean;
  readonly asleep: boolean;
  /** 0 to 100. */
  readonly dim: number;
  /** Reply level: 0 none, 1 success, 2 failures, 3 both (display reference 4.1). */
  readonly bkcmd: number;
  readonly baudRate: number;
}

export interface NextionEngine {
  /** Bytes as they arrive on the device's end of the line. */
  receive(bytes: Uint8Array): void;
  state(): EngineState;
  /** Starts anew: dark for the boot time, then page 0 and the start-up codes. What was under way is lost. */
  reboot(): void;
  /** Busy for `ms`, as with a large picture: bytes pile up in the buffer meanwhile. */
  stall(ms: number): void;
  /** Goes to sleep by itself (`86`) or wakes by itself (`87`). */
  autoSleep(asleep: boolean): void;
}

export interface NextionEngineParts {
  readonly clock: Clock;
  readonly screen: NextionScreen;
  readonly baudRate: number;
  readonly bootMs: number;
  readonly model: string;
  readonly oldFirmware: boolean;
  /** Bytes for the host. */
  readonly send: (bytes: Buffer) => void;
  /** Called after every instruction, and whenever the glass may look different. */
  readonly changed: (instruction?: string) => void;
  readonly stop: AbortSignal;
}

const BUFFER_BYTES = 1024;
const END = Buffer.from([0xff, 0xff, 0xff]);
const START_UP = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0x88, 0xff, 0xff, 0xff]);
const FULL_LIGHT = 100;
const AUTO_SLEEP = 0x86;
const AUTO_WAKE = 0x87;
const STRING_DATA = 0x70;
const NUMBER_DATA = 0x71;
const PAGE_DATA = 0x66;
const BAUD_RATES = new Set([2400, 4800, 9600, 19200, 31250, 38400, 57600, 115200, 230400, 250000, 256000, 512000, 921600]);
/** System variables that are taken without having an effect here. */
const OTHER_VARIABLES = new Set(['thsp', 'thup', 'wup', 'usup', 'ussp', 'spax', 'spay', 'sys0', 'sys1', 'sys2', 'recmod']);

const reply = (...bytes: number[]) => Buffer.concat([Buffer.from(bytes), END]);

function numberReply(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return reply(NUMBER_DATA, ...bytes);
}

interface Device {
  readonly parts: NextionEngineParts;
  buffer: Buffer;
  busy: boolean;
  /** Counts power-ons: what belongs to an earlier one is dropped. */
  life: number;
  storedBaud: number;
  storedDim: number;
  state: EngineState;
}

/** The processor of the display: buffer, instructions one after another, replies (display reference 4.2, 4.4). */
export function createNextionEngine(parts: NextionEngineParts): NextionEngine {
  const state: EngineState = { booting: false, asleep: false, dim: FULL_LIGHT, bkcmd: 2, baudRate: parts.baudRate };
  const device: Device = {
    parts,
    buffer: Buffer.alloc(0),
    busy: false,
    life: 0,
    storedBaud: parts.baudRate,
    storedDim: FULL_LIGHT,
    state,
  };
  return {
    receive: (bytes) => receive(device, bytes),
    state: () => device.state,
    reboot: () => reboot(device),
    stall: (ms) => beBusy(device, ms, () => {}),
    autoSleep(asleep) {
      set(device, { asleep });
      parts.send(reply(asleep ? AUTO_SLEEP : AUTO_WAKE));
      parts.changed();
    },
  };
}

function receive(device: Device, bytes: Uint8Array): void {
  for (const byte of bytes) {
    if (device.state.booting) return;
    if (device.buffer.length >= BUFFER_BYTES) {
      // Everything that waits is dropped, not only what did not fit.
      device.buffer = Buffer.alloc(0);
      device.parts.send(reply(RETURN.overflow));
    }
    device.buffer = Buffer.concat([device.buffer, Buffer.from([byte])]);
    if (byte === 0xff) work(device);
  }
}

function set(device: Device, part: Partial<EngineState>): Outcome {
  device.state = { ...device.state, ...part };
  return { code: RETURN.success, busyMs: 0 };
}

const failed = (code: number): Outcome => ({ code, busyMs: 0 });

function setVariable(device: Device, name: string, value: number): Outcome {
  const outOf = (least: number, most: number) => value < least || value > most;
  switch (name) {
    case 'bkcmd':
      return outOf(0, 3) ? failed(RETURN.badOperation) : set(device, { bkcmd: value });
    case 'sleep':
      return outOf(0, 1) ? failed(RETURN.badOperation) : set(device, { asleep: value === 1 });
    case 'dim':
    case 'dims': {
      const dim = Math.min(Math.max(value, 0), FULL_LIGHT);
      if (name === 'dims') device.storedDim = dim;
      return set(device, { dim });
    }
    case 'baud':
    case 'bauds':
      if (!BAUD_RATES.has(value)) return failed(RETURN.badBaud);
      if (name === 'bauds') device.storedBaud = value;
      return set(device, { baudRate: value });
    default:
      return OTHER_VARIABLES.has(name) ? set(device, {}) : failed(RETURN.badVariable);
  }
}

function readVariable({ state, storedDim, storedBaud, parts }: Device, name: string): Buffer | number | undefined {
  switch (name) {
    case 'bkcmd':
      return state.bkcmd;
    case 'sleep':
      return state.asleep ? 1 : 0;
    case 'dim':
      return state.dim;
    case 'dims':
      return storedDim;
    case 'baud':
      return state.baudRate;
    case 'bauds':
      return storedBaud;
    case 'dp':
      return parts.screen.pageNumber();
    default:
      return OTHER_VARIABLES.has(name) ? 0 : parts.screen.read(name);
  }
}

/** Carries an instruction out; data goes out at once, the outcome (if any) is reported by the reply level. */
function execute(device: Device, instruction: NextionInstruction): Outcome | undefined {
  const { screen, send, model } = device.parts;
  switch (instruction.kind) {
    case 'nothing':
    case 'wakeWord':
      return undefined;
    case 'connect':
      send(Buffer.concat([Buffer.from(`comok 1,101,${model},52,61488,D264B8204F0E1828,16777216`), END]));
      return undefined;
    case 'sendPage':
      send(reply(PAGE_DATA, screen.pageNumber()));
      return undefined;
    case 'restart':
      reboot(device);
      return undefined;
    case 'refused':
      return failed(instruction.code);
    case 'page':
      return screen.show(instruction.page);
    case 'get': {
      const value = readVariable(device, instruction.name);
      if (value === undefined) return failed(RETURN.badVariable);
      send(typeof value === 'number' ? numberReply(value) : Buffer.concat([Buffer.from([STRING_DATA]), value, END]));
      return undefined;
    }
    case 'setNumber':
      if (!instruction.name.includes('.')) return setVariable(device, instruction.name, instruction.value);
  }
  return screen.change(instruction);
}

/** Tells the host how an instruction went, as far as the reply level lets it. */
function report({ state, parts }: Device, outcome: Outcome | undefined): void {
  if (outcome === undefined) return;
  const wanted = outcome.code === RETURN.success ? state.bkcmd === 1 || state.bkcmd === 3 : state.bkcmd >= 2;
  if (wanted) parts.send(reply(outcome.code));
}

/** Carries out what is complete in the buffer, one after another; drawing takes its time. */
function work(device: Device): void {
  while (!device.busy && !device.state.booting) {
    const at = device.buffer.indexOf(END);
    if (at < 0) return;
    const raw = Buffer.from(device.buffer.subarray(0, at));
    device.buffer = device.buffer.subarray(at + END.length);
    const outcome = execute(device, readInstruction(raw, device.parts.oldFirmware));
    const finish = () => {
      device.parts.changed(raw.toString('latin1'));
      report(device, outcome);
    };
    if (outcome === undefined || outcome.busyMs <= 0) finish();
    else beBusy(device, outcome.busyMs, finish);
  }
}

function beBusy(device: Device, ms: number, then: () => void): void {
  const { clock, stop } = device.parts;
  const { life } = device;
  device.busy = true;
  void clock.sleep(ms, stop).then(() => {
    if (life !== device.life || stop.aborted) return;
    device.busy = false;
    then();
    work(device);
  });
}

function reboot(device: Device): void {
  const { clock, screen, changed, send, bootMs, stop } = device.parts;
  device.life += 1;
  const { life } = device;
  device.busy = false;
  device.buffer = Buffer.alloc(0);
  screen.reset();
  device.state = { booting: true, asleep: false, dim: device.storedDim, bkcmd: 2, baudRate: device.storedBaud };
  changed();
  void clock.sleep(bootMs, stop).then(() => {
    if (life !== device.life || stop.aborted) return;
    set(device, { booting: false });
    changed();
    send(START_UP);
  });
}
