import { columnsOf, createPrinterFont, type PrinterFont, type PrinterFonts } from './escpos-font.js';
import { createPaper, type Paper } from './escpos-paper.js';
import { type EscposCommand, readEscpos } from './escpos-reader.js';
import { automaticStatus, isOffline, realTimeStatus, type Trouble } from './escpos-trouble.js';
import type { BodyTools } from './glass-body.js';
import { createGlassWork, type GlassWork } from './glass-work.js';
import { type QrLevel, qrSymbol } from './qr-bitmap.js';

/** The electronics of an emulated printer. */
export interface PrinterParts extends BodyTools {
  readonly bufferBytes: number;
  /** XON and XOFF as the buffer fills. */
  readonly xonXoff: boolean;
  readonly paperDots: number;
  readonly msPerDot: number;
  /** False: `GS ( k` is skipped, as by printers without a QR generator. */
  readonly native: boolean;
  /** Answers how large a symbol would be, as not every generator does. */
  readonly tellsSize: boolean;
  /** Largest module that is accepted; a larger one leaves the setting as it was. */
  readonly largestModule: number;
  readonly fonts: PrinterFonts;
  /** Automatic status is on after power-on, as a memory switch can have it. */
  readonly autoStatus: boolean;
  /** Deaf after power-on, ms. */
  readonly bootMs: number;
}

export interface Printer {
  receive(bytes: Buffer): void;
  restart(): void;
  readonly paper: Paper;
  setTrouble(trouble: Partial<Trouble>): void;
  /** Bytes that were lost because the buffer was full. */
  lostBytes(): number;
}

interface QrState {
  moduleDots: number;
  level: QrLevel;
  stored: Buffer;
}

const XON = 0x11;
const XOFF = 0x13;
const DLE = 0x10;
const EOT = 0x04;
const LINE_DOTS = 30;
const DOTS_PER_COLUMN = 12;
/** The only parameter with which a code is stored and printed. */
const THE_CODE = 0x30;
const LEVELS: Readonly<Record<number, QrLevel>> = { 48: 'L', 49: 'M', 50: 'Q', 51: 'H' };

const freshQr = (): QrState => ({ moduleDots: 3, level: 'L', stored: Buffer.alloc(0) });

/** Bytes of an announced command that are still to come; each `size` of them are carried out together. */
interface Body {
  readonly what: string;
  readonly size: number;
  left: number;
  bytes: Buffer;
  act(part: Buffer): number;
}

interface State {
  readonly parts: PrinterParts;
  readonly work: GlassWork;
  readonly paper: Paper;
  readonly font: PrinterFont;
  buffer: Buffer;
  /** The newest two bytes, which may be the start of a question that jumps the queue. */
  newest: readonly [number, number];
  line: string;
  qr: QrState;
  body: Body | undefined;
  busy: boolean;
  booting: boolean;
  heldBack: boolean;
  automatic: boolean;
  lost: number;
  trouble: Trouble;
}

/** XOFF when the buffer is nearly full, XON when there is room again. */
function flow(state: State): void {
  const { bufferBytes, xonXoff, send } = state.parts;
  const nearlyFull = bufferBytes > 1000 ? 128 : 16;
  const free = bufferBytes - state.buffer.length;
  const holdBack = state.heldBack ? free < 2 * nearlyFull : free <= nearlyFull;
  if (!xonXoff || holdBack === state.heldBack) return;
  state.heldBack = holdBack;
  send(Buffer.from([holdBack ? XOFF : XON]));
}

/** Function 182 of the QR group: dots of the stored symbol, and whether the paper has room for it. */
function tellSize({ parts, qr, line }: State): number {
  const dots = (qrSymbol(qr.stored, qr.level)?.size ?? 0) * qr.moduleDots;
  // It is for the beginning of a line only.
  if (!parts.tellsSize || dots === 0 || line !== '') return 0;
  parts.send(Buffer.from(`76${dots}\x1f${dots}\x1f1\x1f${dots > parts.paperDots ? 1 : 0}\0`, 'latin1'));
  return 0;
}

function qrFunction(state: State, body: Buffer): number {
  const { parts, paper, qr } = state;
  const [group, id] = body;
  const data = body.subarray(2);
  const [first = 0] = data;
  if (!parts.native || group !== 0x31) return 0;
  if (id === 0x43 && first >= 1 && first <= parts.largestModule) qr.moduleDots = first;
  else if (id === 0x45) qr.level = LEVELS[first] ?? qr.level;
  else if (id === 0x50 && first === THE_CODE) qr.stored = Buffer.from(data.subarray(1));
  else if (id === 0x52 && first === THE_CODE) return tellSize(state);
  else if (id === 0x51 && first === THE_CODE)
    return paper.symbol({ bytes: qr.stored, level: qr.level, moduleDots: qr.moduleDots });
  return 0;
}

function announce(state: State, what: string, size: number, count: number, act: Body['act']): number {
  state.body = { what, size, left: size * count, bytes: Buffer.alloc(0), act };
  return 0;
}

/** Takes bytes of the announced command out of the buffer; undefined when more have to come. */
function takeBody(state: State, body: Body): number | undefined {
  const part = state.buffer.subarray(0, Math.min(body.size - body.bytes.length, body.left));
  state.buffer = state.buffer.subarray(part.length);
  body.left -= part.length;
  body.bytes = Buffer.concat([body.bytes, part]);
  if (body.left === 0) state.body = undefined;
  if (body.bytes.length < body.size) return undefined;
  const whole = body.bytes;
  body.bytes = Buffer.alloc(0);
  const dots = body.act(whole);
  if (body.left === 0) state.parts.changed(body.what);
  return dots;
}

function endLine(state: State): number {
  const dots = state.paper.text(state.line);
  state.line = '';
  return dots;
}

/** A line that is full is printed, as if a line feed had come. */
function addCharacter(state: State, character: string): number {
  const isFull = columnsOf(state.line + character) * DOTS_PER_COLUMN > state.parts.paperDots;
  const dots = isFull ? endLine(state) : 0;
  state.line += character;
  return dots;
}

function reset(state: State): void {
  state.line = '';
  state.font.reset();
  state.qr = freshQr();
  state.automatic = state.parts.autoStatus;
  state.paper.align(0);
}

/** Carries a command out; answers how many dots of paper that took. */
function obey(state: State, command: EscposCommand): number {
  const { parts, paper, trouble } = state;
  const unfinished = () => (state.line === '' ? 0 : endLine(state));
  switch (command.kind) {
    case 'text':
      return addCharacter(state, state.font.take(command.byte));
    case 'pairs':
    case 'singles':
      state.font.readPairs(command.kind === 'pairs');
      return 0;
    case 'codePage':
      state.font.usePage(command.n);
      return 0;
    case 'lineFeed':
      return endLine(state);
    case 'feedDots':
      return unfinished() + paper.feed(command.n);
    case 'feedLines':
      return unfinished() + paper.feed(command.n * LINE_DOTS);
    case 'raster':
      return announce(state, 'picture', command.widthBytes, command.height, (row) => paper.rasterRow(row));
    case 'codeFunction':
      return announce(state, 'code function', command.bytes, 1, (body) => qrFunction(state, body));
    case 'align':
      paper.align(command.n % 48);
      return 0;
    case 'reset':
      reset(state);
      return 0;
    case 'autoStatus':
      state.automatic = command.n !== 0;
      if (state.automatic) parts.send(automaticStatus(trouble));
      return 0;
    case 'askPaper':
      parts.send(Buffer.from([trouble.noPaper ? 0x0c : 0]));
      return 0;
    case 'cut':
      paper.cut();
      parts.changed('cut');
      return LINE_DOTS;
    case 'nothing':
      return 0;
  }
}

/** Carries out the command at the head of the buffer; undefined when more of it has to come. */
function nextCommand(state: State): number | undefined {
  const taken = readEscpos(state.buffer);
  if (taken === 'more') return undefined;
  state.buffer = state.buffer.subarray(taken.length);
  return obey(state, taken.command);
}

/** Works through the buffer, one command after the other, as long as nothing keeps it from printing. */
function print(state: State): void {
  const { msPerDot } = state.parts;
  while (!state.busy && !isOffline(state.trouble) && state.buffer.length > 0) {
    const dots = state.body === undefined ? nextCommand(state) : takeBody(state, state.body);
    if (dots === undefined) break;
    const ms = dots * msPerDot;
    if (ms <= 0) continue;
    state.busy = true;
    state.work.add(ms, () => {
      state.busy = false;
      print(state);
    });
  }
  flow(state);
}

/** `DLE EOT n` is answered as it arrives, even with the buffer full or the cover open, and wherever its bytes stand. */
function take(state: State, byte: number): void {
  const [before, last] = state.newest;
  const answer = before === DLE && last === EOT ? realTimeStatus(byte, state.trouble) : undefined;
  if (answer !== undefined) state.parts.send(Buffer.from([answer]));
  state.newest = [last, byte];
  if (state.buffer.length >= state.parts.bufferBytes) state.lost += 1;
  else state.buffer = Buffer.concat([state.buffer, Buffer.from([byte])]);
}

function restart(state: State): void {
  state.work.clear();
  state.buffer = Buffer.alloc(0);
  state.newest = [0, 0];
  state.body = undefined;
  state.busy = false;
  state.heldBack = false;
  reset(state);
  state.paper.cut();
  state.booting = true;
  state.parts.changed('power on');
  state.work.add(state.parts.bootMs, () => {
    state.booting = false;
    if (state.automatic) state.parts.send(automaticStatus(state.trouble));
  });
}

/** A printer whose commands take their time and wait while it is off line; questions that jump the queue are answered at once. */
export function createPrinter(parts: PrinterParts): Printer {
  const state: State = {
    parts,
    work: createGlassWork(parts.clock, parts.stop),
    paper: createPaper(parts.paperDots),
    font: createPrinterFont(parts.fonts),
    buffer: Buffer.alloc(0),
    newest: [0, 0],
    line: '',
    qr: freshQr(),
    body: undefined,
    busy: false,
    booting: false,
    heldBack: false,
    automatic: parts.autoStatus,
    lost: 0,
    trouble: { noPaper: false, coverOpen: false, error: false },
  };
  return {
    paper: state.paper,
    lostBytes: () => state.lost,
    receive(bytes) {
      if (state.booting) return;
      for (const byte of bytes) {
        take(state, byte);
        // So that a slow host is not held back by bytes that are printed at once.
        print(state);
      }
    },
    restart: () => restart(state),
    setTrouble(part) {
      state.trouble = { ...state.trouble, ...part };
      if (state.automatic) parts.send(automaticStatus(state.trouble));
      print(state);
    },
  };
}
