import { BridgeError } from '../../base/bridge-error.js';
import type { Clock, Instant } from '../../base/clock.js';
import { type CodeDrawing, codeDrawings, type DrawingWish, drawingPng, iconIn } from '../code-drawing.js';
import type { DeviceEvent, DisplayDriver, Frame, Step } from '../display-driver.js';
import { frameText } from '../frame-text.js';
import { type Language, shownLanguage } from '../languages.js';
import type { LinkListener, OpenLink } from '../link.js';
import type { SymbolPlan } from '../symbol-plan.js';

/** A frame that stood on the glass from `at` until the next one. */
export interface ShownFrame {
  readonly frame: Frame;
  readonly at: Instant;
}

/** How it draws. */
export interface VirtualOptions extends DrawingWish {
  /** Language tag of its words; whoever draws them has a font for every language. */
  readonly language?: string | undefined;
  /** Pixels a module of `picture`, default 8. */
  readonly modulePx?: number | undefined;
}

/** A display without hardware: it keeps its picture in memory for a page to draw. */
export interface VirtualGlass {
  readonly driver: DisplayDriver;
  readonly open: OpenLink;
  frame(): Frame;
  /** The words that stand there now, empty ones left out; the time left is counted from the frame's `expiresAt`. */
  texts(): Readonly<Partial<Record<'amount' | 'line1' | 'line2', string>>>;
  /** The code with its margin as a PNG; null while none stands there. */
  picture(): Buffer | null;
  /** What was visible, oldest first, at most the newest 200. */
  history(): readonly ShownFrame[];
  /** Calls `changed` after every new frame; returns how to stop. */
  onChange(changed: (frame: Frame) => void): () => void;
  /** For trouble on purpose (demo, tests): an unplugged glass loses its picture and cannot be opened. */
  setPlugged(plugged: boolean): void;
}

const LONGEST_CODE = 2953;
const HISTORY = 200;
const USUAL_MODULE_PX = 8;
const IDLE: Frame = { kind: 'idle' };
const CAN = {
  qr: 'native',
  centreIcon: true,
  markBeside: true,
  longestCode: LONGEST_CODE,
  text: 'layout',
  canClear: true,
  confirmation: 'verified',
} as const;

/** The glass echoes each frame, so that it is painted and confirmed by the same machinery as a panel on a wire. */
function frameStep(frame: Frame): Step {
  const bytes = Buffer.from(JSON.stringify(frame));
  const expect = (event: DeviceEvent) => (bytes.equals(event.bytes) ? ('yes' as const) : ('ignore' as const));
  return { what: frame.kind, bytes, gapMs: 0, timeoutMs: 500, tries: 1, expect, proves: 'verified' };
}

function bestDrawing(codeText: string, wish: DrawingWish): CodeDrawing | undefined {
  const [best] = codeDrawings(codeText, wish);
  return best;
}

function planOf(codeText: string, options: VirtualOptions): SymbolPlan | undefined {
  const drawing = bestDrawing(codeText, options);
  if (drawing === undefined) return undefined;
  const { size: modules, level } = drawing.matrix;
  const icon = iconIn(drawing, options.icon);
  return { drawnBy: 'bridge', level, modules, leastModules: modules, modulePixels: null, areaPixels: null, icon };
}

function createDriver(language: Language, options: VirtualOptions): DisplayDriver {
  return {
    model: 'virtual',
    language,
    can: CAN,
    defaultBaudRate: 9600,
    parser: () => ({ push: (bytes) => [{ kind: 'frame', bytes }] }),
    wake: () => [],
    paint: (frame) => [frameStep(frame)],
    blank: () => [frameStep(IDLE)],
    meaning: () => 'other',
    symbol: (codeText) => planOf(codeText, options),
    refuses(codeText) {
      if (codeText === '') return 'the code is empty';
      const bytes = Buffer.byteLength(codeText);
      return bytes > LONGEST_CODE ? `the code has ${bytes} bytes, a QR code takes ${LONGEST_CODE}` : undefined;
    },
  };
}

/** Makes a glass that is plugged in and idle. */
export function createVirtualGlass(clock: Clock, options: VirtualOptions = {}): VirtualGlass {
  const language = shownLanguage(options.language, 'unicode');
  const shown: ShownFrame[] = [{ frame: IDLE, at: clock.now() }];
  const watchers = new Set<(frame: Frame) => void>();
  let plugged = true;
  let listener: LinkListener | undefined;

  function show(frame: Frame): void {
    shown.push({ frame, at: clock.now() });
    if (shown.length > HISTORY) shown.shift();
    for (const changed of [...watchers]) changed(frame);
  }

  const open: OpenLink = async (owner) => {
    if (!plugged) throw new BridgeError('display.portMissing', 'The virtual display is unplugged.');
    listener = owner;
    return {
      port: 'virtual',
      msPerByte: 0,
      async write(bytes) {
        if (listener !== owner) throw new BridgeError('display.portLost', 'The virtual display was unplugged.');
        show(JSON.parse(Buffer.from(bytes).toString()) as Frame);
        owner.heard(bytes);
      },
      async close() {
        if (listener === owner) listener = undefined;
      },
    };
  };

  const frame = () => shown.at(-1)?.frame ?? IDLE;
  return {
    driver: createDriver(language, options),
    open,
    frame,
    texts() {
      const now = frame();
      const secondsLeft = now.kind === 'scan' ? Math.max(0, Math.ceil((now.expiresAt - clock.now()) / 1_000)) : undefined;
      return Object.fromEntries(Object.entries(frameText(now, language, secondsLeft)).filter(([, text]) => text !== ''));
    },
    picture() {
      const now = frame();
      const drawing = now.kind === 'scan' ? bestDrawing(now.codeText, options) : undefined;
      return drawing === undefined ? null : drawingPng(drawing, options.modulePx ?? USUAL_MODULE_PX);
    },
    history: () => shown,
    onChange(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    setPlugged(now) {
      plugged = now;
      if (now || listener === undefined) return;
      const owner = listener;
      listener = undefined;
      show(IDLE);
      owner.closed(new BridgeError('display.portLost', 'The virtual display was unplugged.'));
    },
  };
}
