import type { CharacterScreen } from './line2x20-screen.js';

/** Command sets of text displays (display reference 7). */
export type LineCommandSet = 'epson' | 'cd5220' | 'logic' | 'aedex' | 'dsp800';

/** State of a text display beside its characters. */
export interface LineState {
  readonly screen: CharacterScreen;
  /** Percent. */
  brightness: number;
  cursorShown: boolean;
  /** False: everything but the picking of a device passes by, to a printer behind it. */
  selected: boolean;
  /** cd5220: after a whole-line command, until it is cleared. */
  stringMode: boolean;
  /** aedex: the two characters that open a command. */
  attention: string;
}

/** How many bytes the head of the buffer took, or that it is not complete. `what` names a command that was carried out, for the record. */
export type Taken = { readonly length: number; readonly what?: string } | 'more';
export type LineReader = (buffer: Buffer, state: LineState) => Taken;

const ESC = 0x1b;
const US = 0x1f;
const CR = 0x0d;
const COLUMNS = 20;

const took = (length: number, what?: string): Taken => (what === undefined ? { length } : { length, what });

/** Bytes that mean the same in several sets. */
function control(byte: number, { screen }: LineState): boolean {
  if (byte === 0x08) return true;
  if (byte === 0x0a) screen.lineFeed();
  else if (byte === CR) screen.carriageReturn();
  else if (byte === 0x0b) screen.moveTo(0);
  else if (byte === 0x0c) screen.clear();
  else if (byte === 0x18) screen.clearRow();
  else return false;
  return true;
}

function plain(buffer: Buffer, state: LineState): Taken {
  const byte = buffer[0] ?? 0;
  if (!control(byte, state) && byte >= 0x20) state.screen.write(byte);
  return took(1);
}

function initialise(state: LineState): void {
  state.screen.clear();
  state.screen.setMode('scroll');
  state.cursorShown = true;
  state.brightness = 100;
  state.stringMode = false;
}

/** `ESC = n`: 1 the printer, 2 the display, 3 both. */
function select(n: number, state: LineState): void {
  state.selected = (n & 2) !== 0;
}

/** Commands by their two first bytes: how many parameters follow, and what they do. */
type Commands = Readonly<Record<string, { readonly parameters: number; act(parameters: Buffer, state: LineState): void }>>;

const key = (first: number, second: number) => `${first.toString(16)} ${second.toString(16)}`;

const STEPS = [20, 40, 60, 100];

const EPSON_COMMANDS: Commands = {
  [key(ESC, 0x40)]: { parameters: 0, act: (_, state) => initialise(state) },
  [key(ESC, 0x3d)]: { parameters: 1, act: (given, state) => select(given[0] ?? 0, state) },
  [key(ESC, 0x74)]: { parameters: 1, act: () => {} },
  [key(US, 0x01)]: { parameters: 0, act: (_, { screen }) => screen.setMode('overwrite') },
  [key(US, 0x02)]: { parameters: 0, act: (_, { screen }) => screen.setMode('scroll') },
  [key(US, 0x24)]: { parameters: 2, act: ([x = 0, y = 0], { screen }) => screen.moveTo((y - 1) * COLUMNS + x - 1) },
  [key(US, 0x43)]: {
    parameters: 1,
    act([n = 0], state) {
      state.cursorShown = (n & 1) === 1;
    },
  },
  [key(US, 0x58)]: {
    parameters: 1,
    act([n = 0], state) {
      state.brightness = STEPS[n - 1] ?? state.brightness;
    },
  },
};

const CD5220_COMMANDS: Commands = {
  [key(ESC, 0x40)]: { parameters: 0, act: (_, state) => initialise(state) },
  [key(ESC, 0x3d)]: { parameters: 1, act: (given, state) => select(given[0] ?? 0, state) },
  [key(ESC, 0x63)]: { parameters: 1, act: () => {} },
  [key(ESC, 0x11)]: { parameters: 0, act: (_, { screen }) => screen.setMode('overwrite') },
  [key(ESC, 0x12)]: { parameters: 0, act: (_, { screen }) => screen.setMode('scroll') },
  [key(ESC, 0x6c)]: { parameters: 2, act: ([x = 0, y = 0], { screen }) => screen.moveTo((y - 1) * COLUMNS + x - 1) },
  [key(ESC, 0x5f)]: {
    parameters: 1,
    act([n = 0], state) {
      state.cursorShown = n === 1;
    },
  },
  [key(ESC, 0x2a)]: {
    parameters: 1,
    act([n = 0], state) {
      state.brightness = STEPS[n - 1] ?? state.brightness;
    },
  },
};

function byCommand(commands: Commands, buffer: Buffer, state: LineState, isHeard: boolean): Taken {
  const [first = 0, second] = buffer;
  if (first !== ESC && first !== US) return isHeard ? plain(buffer, state) : took(1);
  if (second === undefined) return 'more';
  const name = key(first, second);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return took(1, isHeard ? `unknown command ${name}` : undefined);
  const length = 2 + command.parameters;
  if (buffer.length < length) return 'more';
  if (isHeard || name === key(ESC, 0x3d)) command.act(buffer.subarray(2, length), state);
  return took(length, isHeard ? name : undefined);
}

const readEpson: LineReader = (buffer, state) => byCommand(EPSON_COMMANDS, buffer, state, state.selected);

function writeRow(text: Buffer, row: number, { screen }: LineState): void {
  screen.blank(row * COLUMNS, row * COLUMNS + COLUMNS - 1);
  screen.moveTo(row * COLUMNS);
  for (const byte of text.subarray(0, COLUMNS)) screen.write(byte);
}

/** `ESC Q A` and `ESC Q B`: a whole line up to its carriage return. */
function wholeLine(buffer: Buffer, state: LineState): Taken {
  const end = buffer.indexOf(CR, 3);
  if (end < 0) return 'more';
  writeRow(buffer.subarray(3, end), buffer[2] === 0x42 ? 1 : 0, state);
  state.stringMode = true;
  return took(end + 1, `line ${buffer[2] === 0x42 ? 2 : 1}`);
}

const readCd5220: LineReader = (buffer, state) => {
  const [first, second, third] = buffer;
  if (first === ESC && second === undefined) return 'more';
  if (state.selected && first === ESC && second === 0x51) {
    if (third === undefined) return 'more';
    return third === 0x41 || third === 0x42 ? wholeLine(buffer, state) : took(1, 'unknown line command');
  }
  if (!state.stringMode) return byCommand(CD5220_COMMANDS, buffer, state, state.selected);
  if (first !== 0x0c && first !== 0x18) return took(1);
  state.stringMode = false;
  return plain(buffer, state);
};

/** `04` takes these levels only: 20, 40, 60 and FF. */
const LOGIC_LEVELS: Readonly<Record<number, number>> = { 32: 20, 64: 40, 96: 60, 255: 100 };

const readLogic: LineReader = (buffer, state) => {
  const [first = 0, second] = buffer;
  const { screen } = state;
  if (first === 0x10 || first === 0x04) {
    if (second === undefined) return 'more';
    if (first === 0x10) screen.moveTo(second);
    else state.brightness = LOGIC_LEVELS[second] ?? state.brightness;
    return took(2, first === 0x10 ? `place ${second}` : 'brightness');
  }
  if (first === US) initialise(state);
  else if (first === 0x11 || first === 0x12) screen.setMode(first === 0x11 ? 'overwrite' : 'scroll');
  else if (first === 0x13 || first === 0x14) state.cursorShown = first === 0x13;
  else return plain(buffer, state);
  return took(1, `control ${first.toString(16)}`);
};

/** Everything outside a command is lost. `8` puts two other characters in the place of `!#`. */
const readAedex: LineReader = (buffer, state) => {
  const mark = Buffer.from(state.attention, 'latin1');
  if (buffer[0] !== mark[0]) return took(1);
  if (buffer.length < 3) return 'more';
  if (buffer[1] !== mark[1]) return took(1);
  const end = buffer.indexOf(CR, 3);
  if (end < 0) return 'more';
  const command = String.fromCharCode(buffer[2] ?? 0);
  const text = buffer.subarray(3, end);
  if (command === '1' || command === '2') writeRow(text, Number(command) - 1, state);
  else if (command === '9') {
    writeRow(text, 0, state);
    writeRow(text.subarray(COLUMNS), 1, state);
  } else if (command === '8' && text.length >= 2) state.attention = text.toString('latin1', 0, 2);
  return took(end + 1, `command ${command}`);
};

function dsp800Command(parts: Buffer, state: LineState): void {
  const [name = 0, a = 0, b = 0] = parts;
  const place = (byte: number) => byte - 0x31;
  if (name === 0x25) initialise(state);
  else if (name === 0x43) state.screen.blank(place(a), place(b));
  else if (name === 0x50) state.screen.moveTo(place(a));
  else if (name === 0x41) state.brightness = STEPS[place(a)] ?? state.brightness;
}

const readDsp800: LineReader = (buffer, state) => {
  const [first, second] = buffer;
  if (first !== 0x04) return plain(buffer, state);
  if (second === undefined) return 'more';
  if (second !== 0x01) return took(1);
  const end = buffer.indexOf(0x17, 2);
  if (end < 0) return buffer.length > 8 ? took(2, 'unfinished command') : 'more';
  dsp800Command(buffer.subarray(2, end), state);
  return took(end + 1, `command ${(buffer[2] ?? 0).toString(16)}`);
};

const READERS: Readonly<Record<LineCommandSet, LineReader>> = {
  epson: readEpson,
  cd5220: readCd5220,
  logic: readLogic,
  aedex: readAedex,
  dsp800: readDsp800,
};

/** What a display of that command set makes of the bytes at the head of its buffer. */
export function lineReader(commands: LineCommandSet): LineReader {
  return READERS[commands];
}
