import iconv from 'iconv-lite';
import { DARK, type GlassView } from './glass-view.js';
import { type NextionInstruction, RETURN } from './nextion-instruction.js';
import { DEFAULT_TEXT_MAX, type NextionComponent, type NextionPage } from './nextion-project.js';

/** What an instruction did: a return code, and how long the device was busy drawing. */
export interface Outcome {
  readonly code: number;
  readonly busyMs: number;
}

/** How long the device draws, in milliseconds. */
export interface DrawTimes {
  readonly page: number;
  readonly qr: number;
  readonly text: number;
}

export interface NextionScreen {
  show(page: string): Outcome;
  /** Executes an assignment or a `ref`/`vis` on components; `undefined` when it is not about components. */
  change(instruction: NextionInstruction): Outcome | undefined;
  /** Text or number behind a component attribute; undefined for an unknown one. */
  read(name: string): Buffer | number | undefined;
  pageNumber(): number;
  /** The QR text on the current page, empty for none. */
  codeBytes(): Buffer;
  view(lit: boolean): GlassView;
  /** Power-on state: first page, everything as drawn in the editor. */
  reset(): void;
}

interface Cell {
  readonly component: NextionComponent;
  text: Buffer;
  number: number;
  shown: boolean;
  readonly attributes: Map<string, number>;
}

/** An attribute of a component. */
interface Place {
  readonly cell: Cell;
  readonly attribute: string;
}

/** Numeric attributes that may be set on any component; the emulator keeps them without drawing them. */
const LOOKS = new Set(['pco', 'bco', 'font', 'x', 'y', 'w', 'h', 'xcen', 'ycen', 'isbr', 'spax', 'spay']);

const done = (busyMs = 0): Outcome => ({ code: RETURN.success, busyMs });
const failed = (code: number): Outcome => ({ code, busyMs: 0 });

/** The screen model of one project: pages, components and what their attributes hold (display reference 4.1, 4.4). */
export function createNextionScreen(project: readonly NextionPage[], draw: DrawTimes, encoding = 'utf-8'): NextionScreen {
  const pages = project.map(({ name, components }) => ({
    name,
    cells: new Map(components.map((one) => [one.name, newCell(one)])),
  }));
  let current = 0;

  function reload(index: number): void {
    for (const cell of pages[index]?.cells.values() ?? []) {
      if (cell.component.global !== true) blank(cell);
      cell.shown = true;
    }
    current = index;
  }

  function show(page: string): Outcome {
    const index = /^\d+$/.test(page) ? Number(page) : pages.findIndex(({ name }) => name === page);
    if (index < 0 || index >= pages.length) return failed(RETURN.badPage);
    reload(index);
    return done(draw.page);
  }

  function locate(path: string): Place | undefined {
    const parts = path.split('.');
    const attribute = parts.pop() ?? '';
    const [first, second] = parts;
    if (first === undefined) return undefined;
    const page = second === undefined ? pages[current] : pages.find(({ name }) => name === first);
    const cell = page?.cells.get(second ?? first);
    if (cell === undefined || (page !== pages[current] && cell.component.global !== true)) return undefined;
    return { cell, attribute };
  }

  function change(instruction: NextionInstruction): Outcome | undefined {
    if (instruction.kind === 'setText') return setText(locate(instruction.name), instruction.value, draw);
    if (instruction.kind === 'setNumber') return setNumber(locate(instruction.name), instruction.value, draw);
    if (instruction.kind !== 'component') return undefined;
    const cell = pages[current]?.cells.get(instruction.component);
    if (cell === undefined) return failed(RETURN.badComponent);
    cell.shown = instruction.shown;
    return done(draw.text);
  }

  function visible(): Cell[] {
    return [...(pages[current]?.cells.values() ?? [])].filter(({ shown }) => shown);
  }

  function codeBytes(): Buffer {
    return visible().find(({ component }) => component.kind === 'qr')?.text ?? Buffer.alloc(0);
  }

  return {
    show,
    change,
    read(name) {
      const at = locate(name);
      if (at === undefined) return undefined;
      if (at.attribute === 'txt' && at.cell.component.kind !== 'number') return at.cell.text;
      if (at.attribute === 'val' && at.cell.component.kind === 'number') return at.cell.number;
      return at.cell.attributes.get(at.attribute);
    },
    pageNumber: () => current,
    codeBytes,
    view: (lit) =>
      lit ? { lit, page: pages[current]?.name ?? null, code: codeText(codeBytes()), texts: textsOf(visible(), encoding) } : DARK,
    reset() {
      for (const { cells } of pages) for (const cell of cells.values()) blank(cell);
      reload(0);
    },
  };
}

function setText(at: Place | undefined, value: Buffer, draw: DrawTimes): Outcome {
  if (at === undefined) return failed(RETURN.badVariable);
  const { component } = at.cell;
  if (at.attribute !== 'txt' || component.kind === 'number')
    return failed(at.attribute === 'val' ? RETURN.assignFailed : RETURN.badVariable);
  at.cell.text = Buffer.from(value.subarray(0, component.textMax ?? DEFAULT_TEXT_MAX));
  return done(component.kind === 'qr' ? draw.qr : draw.text);
}

function setNumber(at: Place | undefined, value: number, draw: DrawTimes): Outcome {
  if (at === undefined) return failed(RETURN.badVariable);
  if (at.attribute === 'val' && at.cell.component.kind === 'number') at.cell.number = value;
  else if (LOOKS.has(at.attribute)) at.cell.attributes.set(at.attribute, value);
  else return failed(at.attribute === 'txt' ? RETURN.assignFailed : RETURN.badVariable);
  return done(draw.text);
}

function newCell(component: NextionComponent): Cell {
  return { component, text: Buffer.alloc(0), number: 0, shown: true, attributes: new Map() };
}

function blank(cell: Cell): void {
  cell.text = Buffer.alloc(0);
  cell.number = 0;
  cell.attributes.clear();
}

function codeText(bytes: Buffer): string | null {
  return bytes.length === 0 ? null : bytes.toString('utf8');
}

/** Fonts are made for one encoding; whatever else the bytes mean, they are drawn by it. */
function textsOf(cells: readonly Cell[], encoding: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const { component, text, number } of cells) {
    if (component.kind === 'number') out[component.name] = String(number);
    else if (component.kind === 'text' && text.length > 0) out[component.name] = iconv.decode(text, encoding);
  }
  return out;
}
