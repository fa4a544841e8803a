/** Command sets of text displays that the configuration may name. */
export const LINE_DIALECTS = ['epson', 'cd5220', 'logic', 'aedex', 'dsp800'] as const;

export type LineDialectName = (typeof LINE_DIALECTS)[number];

/** How one command set says the few things that are needed; each inner list is written at once. */
export interface LineDialect {
  /** After every opening: known mode, cursor off, nothing shown. */
  readonly wake: readonly (readonly number[])[];
  readonly clear: readonly (readonly number[])[];
  /** Both lines of 20 characters, at their places whatever stood there; in one command where there is one for both. */
  lines(top: string, bottom: string): readonly (readonly number[])[];
  /** The bottom line alone. */
  bottom(text: string): readonly number[];
}

const CR = 0x0d;
const CLEAR = 0x0c;
const HOME = 0x0b;
const ESC = 0x1b;
const US = 0x1f;

const text = (characters: string): readonly number[] => [...Buffer.from(characters, 'latin1')];

/** A printer may hang behind the display on the same line: the display is picked for each message and the printer left picked. */
const DISPLAY_ONLY = [ESC, 0x3d, 0x02];
const PRINTER = [ESC, 0x3d, 0x01];
const onDisplay = (...bytes: readonly number[]) => [...DISPLAY_ONLY, ...bytes, ...PRINTER];

const EPSON: LineDialect = {
  wake: [onDisplay(ESC, 0x40), onDisplay(US, 0x01, US, 0x43, 0x00), onDisplay(CLEAR)],
  clear: [onDisplay(CLEAR)],
  lines: (top, bottom) => [onDisplay(HOME, ...text(top), ...text(bottom))],
  bottom: (line) => onDisplay(US, 0x24, 0x01, 0x02, ...text(line)),
};

const cd5220Line = (which: 0x41 | 0x42, line: string) => [ESC, 0x51, which, ...text(line), CR];

/**
 * A whole-line command leaves it in string mode, in which it hears nothing else but further lines and CLEAR, and a line that was begun takes
 * everything up to a carriage return: so these two come first.
 */
const CD5220: LineDialect = {
  wake: [[CR, CLEAR], [...DISPLAY_ONLY, ESC, 0x40], [ESC, 0x11, ESC, 0x5f, 0x00], [CLEAR]],
  clear: [[CLEAR]],
  lines: (top, bottom) => [cd5220Line(0x41, top), cd5220Line(0x42, bottom)],
  bottom: (line) => cd5220Line(0x42, line),
};

const LOGIC: LineDialect = {
  wake: [[US], [0x11, 0x14]],
  clear: [[US]],
  lines: (top, bottom) => [[0x10, 0x00, ...text(top), ...text(bottom)]],
  bottom: (line) => [0x10, 0x14, ...text(line)],
};

const attention = (command: string, line: string) => [...text(`!#${command}${line}`), CR];
const BLANK_LINE = ' '.repeat(20);

const AEDEX: LineDialect = {
  // A carriage return ends whatever half command stood in the display.
  wake: [[CR], attention('1', BLANK_LINE), attention('2', BLANK_LINE)],
  clear: [attention('1', BLANK_LINE), attention('2', BLANK_LINE)],
  lines: (top, bottom) => [attention('9', top + bottom)],
  bottom: (line) => attention('2', line),
};

const dsp = (...bytes: readonly number[]) => [0x04, 0x01, ...bytes, 0x17];
const DSP_CLEAR = dsp(0x43, 0x31, 0x58);
const dspLine = (at: number, line: string) => [...dsp(0x50, 0x31 + at), ...text(line)];

const DSP800: LineDialect = {
  wake: [dsp(0x25), DSP_CLEAR],
  clear: [DSP_CLEAR],
  lines: (top, bottom) => [dspLine(0, top), dspLine(20, bottom)],
  bottom: (line) => dspLine(20, line),
};

const BY_NAME: Readonly<Record<LineDialectName, LineDialect>> = {
  epson: EPSON,
  cd5220: CD5220,
  logic: LOGIC,
  aedex: AEDEX,
  dsp800: DSP800,
};

/** The command set of that name (display reference 7). */
export function lineDialect(name: LineDialectName): LineDialect {
  return BY_NAME[name];
}
