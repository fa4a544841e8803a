import { BridgeError } from '../../base/bridge-error.js';
import type { Clock, Instant } from '../../base/clock.js';
import type { DeviceEvent, DisplayDriver, Frame, Step } from '../display-driver.js';
import { type Language, shownLanguage } from '../languages.js';
import type { LinkListener, OpenLink } from '../link.js';

/** A frame that stood on the glass from `at` until the next one. */
export interface ShownFrame {
  readonly frame: Frame;
  readonly at: Instant;
}

/** A display without hardware: it keeps its picture in memory for a page to draw. */
export interface VirtualGlass {
  readonly driver: DisplayDriver;
  readonly open: OpenLink;
  frame(): Frame;
  /** What was visible, oldest first, at most the newest 200. */
  history(): readonly ShownFrame[];
  /** Calls `changed` after every new frame; returns how to stop. */
  onChange(changed: (frame: Frame) => void): () => void;
  /** For trouble on purpose (demo, tests): an unplugged glass loses its picture and cannot be opened. */
  setPlugged(plugged: boolean): void;
}

const LONGEST_CODE = 2953;
const HISTORY = 200;
const IDLE: Frame = { kind: 'idle' };
const CAN = {
  qr: 'native',
  centreIcon: true,
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

function createDriver(language: Language): DisplayDriver {
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
    refuses(codeText) {
      if (codeText === '') return 'the code is empty';
      const bytes = Buffer.byteLength(codeText);
      return bytes > LONGEST_CODE ? `the code has ${bytes} bytes, a QR code takes ${LONGEST_CODE}` : undefined;
    },
  };
}

/** Makes a glass that is plugged in and idle; whoever draws it has a font for every language. */
export function createVirtualGlass(clock: Clock, language?: string): VirtualGlass {
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

  return {
    driver: createDriver(shownLanguage(language, 'unicode')),
    open,
    frame: () => shown.at(-1)?.frame ?? IDLE,
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
