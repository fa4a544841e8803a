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

/** The processor of the display: buffer, instructions one after another, replies (display reference 4.2, 4.4). */
export function createNextionEngine(parts: NextionEngineParts): NextionEngine {
  const { clock, screen, send, changed, stop } = parts;
  let buffer = Buffer.alloc(0);
  let busy = false;
  let life = 0;
  let storedBaud = parts.baudRate;
  let storedDim = 100;
  let state = powerOn();

  function powerOn(): EngineState {
    return { booting: false, asleep: false, dim: storedDim, bkcmd: 2, baudRate: storedBaud };
  }

  function set(part: Partial<EngineState>): Outcome {
    state = { ...state, ...part };
    return { code: RETURN.success, busyMs: 0 };
  }

  function setVariable(name: string, value: number): Outcome {
    const outOf = (least: number, most: number) => value < least || value > most;
    const bad = (code: number): Outcome => ({ code, busyMs: 0 });
    switch (name) {
      case 'bkcmd':
        return outOf(0, 3) ? bad(RETURN.badOperation) : set({ bkcmd: value });
      case 'sleep':
        return outOf(0, 1) ? bad(RETURN.badOperation) : set({ asleep: value === 1 });
      case 'dim':
      case 'dims': {
        const dim = Math.min(Math.max(value, 0), 100);
        if (name === 'dims') storedDim = dim;
        return set({ dim });
      }
      case 'baud':
      case 'bauds':
        if (!BAUD_RATES.has(value)) return bad(RETURN.badBaud);
        if (name === 'bauds') storedBaud = value;
        return set({ baudRate: value });
      default:
        return OTHER_VARIABLES.has(name) ? set({}) : bad(RETURN.badVariable);
    }
  }

  function readVariable(name: string): Buffer | number | undefined {
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
        return screen.pageNumber();
      default:
        return OTHER_VARIABLES.has(name) ? 0 : screen.read(name);
    }
  }

  /** Carries an instruction out; data goes out at once, the outcome (if any) is reported by the reply level. */
  function execute(instruction: NextionInstruction): Outcome | undefined {
    switch (instruction.kind) {
      case 'nothing':
      case 'wakeWord':
        return undefined;
      case 'connect':
        send(Buffer.concat([Buffer.from(`comok 1,101,${parts.model},52,61488,D264B8204F0E1828,16777216`), END]));
        return undefined;
      case 'sendPage':
        send(reply(PAGE_DATA, screen.pageNumber()));
        return undefined;
      case 'restart':
        reboot();
        return undefined;
      case 'refused':
        return { code: instruction.code, busyMs: 0 };
      case 'page':
        return screen.show(instruction.page);
      case 'get': {
        const value = readVariable(instruction.name);
        if (value === undefined) return { code: RETURN.badVariable, busyMs: 0 };
        send(typeof value === 'number' ? numberReply(value) : Buffer.concat([Buffer.from([STRING_DATA]), value, END]));
        return undefined;
      }
      case 'setNumber':
        if (!instruction.name.includes('.')) return setVariable(instruction.name, instruction.value);
    }
    return screen.change(instruction);
  }

  function report(outcome: Outcome | undefined): void {
    if (outcome === undefined) return;
    const wanted = outcome.code === RETURN.success ? state.bkcmd === 1 || state.bkcmd === 3 : state.bkcmd >= 2;
    if (wanted) send(reply(outcome.code));
  }

  function work(): void {
    while (!busy && !state.booting) {
      const at = buffer.indexOf(END);
      if (at < 0) return;
      const raw = Buffer.from(buffer.subarray(0, at));
      buffer = buffer.subarray(at + END.length);
      const outcome = execute(readInstruction(raw, parts.oldFirmware));
      const finish = () => {
        changed(raw.toString('latin1'));
        report(outcome);
      };
      if (outcome === undefined || outcome.busyMs <= 0) finish();
      else beBusy(outcome.busyMs, finish);
    }
  }

  function beBusy(ms: number, then: () => void): void {
    busy = true;
    const mine = life;
    void clock.sleep(ms, stop).then(() => {
      if (mine !== life || stop.aborted) return;
      busy = false;
      then();
      work();
    });
  }

  function reboot(): void {
    life += 1;
    const mine = life;
    busy = false;
    buffer = Buffer.alloc(0);
    screen.reset();
    state = { ...powerOn(), booting: true };
    changed();
    void clock.sleep(parts.bootMs, stop).then(() => {
      if (mine !== life || stop.aborted) return;
      state = powerOn();
      changed();
      send(START_UP);
    });
  }

  return {
    receive(bytes) {
      if (state.booting) return;
      for (const byte of bytes) {
        if (buffer.length >= BUFFER_BYTES) {
          // Everything that waits is dropped, not only what did not fit.
          buffer = Buffer.alloc(0);
          send(reply(RETURN.overflow));
        }
        buffer = Buffer.concat([buffer, Buffer.from([byte])]);
        if (byte === 0xff) work();
        if (state.booting) return;
      }
    },
    state: () => state,
    reboot,
    stall: (ms) => beBusy(ms, () => {}),
    autoSleep(asleep) {
      set({ asleep });
      send(reply(asleep ? AUTO_SLEEP : AUTO_WAKE));
      changed();
    },
  };
}
