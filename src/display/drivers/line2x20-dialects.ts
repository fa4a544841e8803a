/** Command sets of text displays that the configuration may name. */
export const LINE_DIALECTS = ['epson', 'cd5220', 'logic', 'aedex', 'dsp800'] as const;

export type LineDialectName = (typeof LINE_DIALECTS)[number];

/** How one command set says the few things that are needed; each inner list is written at once. */
export interface LineDialect {
  /** After every opening: known mode, cursor off, nothing shown. */
  readonly wake: readonly (readonly number[])[];
  readonly clear: readonly (readonly number[])[];
  /** A whole line of 20 characters, at its place whatever stood there. */
  top(text: string): readonly number[];
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
  top: (line) => onDisplay(HOME, ...text(line)),
  bottom: (line) => onDisplay(US, 0x24, 0x01, 0x02, ...text(line)),
};

/** A whole-line command leaves it in string mode, in which it hears nothing else but further lines and CLEAR: so CLEAR comes first. */
const CD5220: LineDialect = {
  wake: [[CLEAR], [...DISPLAY_ONLY, ESC, 0x40], [ESC, 0x11, ESC, 0x5f, 0x00], [CLEAR]],
  clear: [[CLEAR]],
  top: (line) => [ESC, 0x51, 0x41, ...text(line), CR],
  bottom: (line) => [ESC, 0x51, 0x42, ...text(line), CR],
};

const LOGIC: LineDialect = {
  wake: [[US], [0x11, 0x14]],
  clear: [[US]],
  top: (line) => [0x10, 0x00, ...text(line)],
  bottom: (line) => [0x10, 0x14, ...text(line)],
};

const attention = (command: string, line: string) => [...text(`!#${command}${line}`), CR];
const BLANK_LINE = ' '.repeat(20);

const AEDEX: LineDialect = {
  // A carriage return ends whatever half command stood in the display.
  wake: [[CR], attention('1', BLANK_LINE), attention('2', BLANK_LINE)],
  clear: [attention('1', BLANK_LINE), attention('2', BLANK_LINE)],
  top: (line) => attention('1', line),
  bottom: (line) => attention('2', line),
};

const dsp = (...bytes: readonly number[]) => [0x04, 0x01, ...bytes, 0x17];
const DSP_CLEAR = dsp(0x43, 0x31, 0x58);
const dspPosition = (at: number) => dsp(0x50, 0x31 + at);

const DSP800: LineDialect = {
  wake: [dsp(0x25), DSP_CLEAR],
  clear: [DSP_CLEAR],
  top: (line) => [...dspPosition(0), ...text(line)],
  bottom: (line) => [...dspPosition(20), ...text(line)],
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
