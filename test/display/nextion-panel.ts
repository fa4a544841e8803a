/** A panel in memory that obeys display reference 4 by its own reading of the bytes; for tests that turn the clock by hand. */
export interface NextionPanel {
  /** Bytes from the host, in any chunks. */
  feed(bytes: Uint8Array): void;
  page(): string;
  /** The code that a payer could scan now, or null. */
  visibleCode(): string | null;
  text(component: string): string;
  /** Every complete instruction in order, as text; a byte that is not printable ASCII becomes `\xNN`. */
  instructions(): readonly string[];
  /** As after a brown-out: page 0, components as in the project, start-up messages. */
  reboot(): void;
  /** The device sends this by itself. */
  say(bytes: Uint8Array): void;
  /** While true nothing is executed and nothing answered. */
  deaf: boolean;
  /** Called whenever a code that was not to be seen can be scanned. */
  onCode: (code: string) => void;
  /** How many of the next replies are swallowed on the wire although the instruction is carried out. */
  swallowReplies: number;
}

export interface PanelOptions {
  /** `txt_maxl` of the QR component. */
  readonly textMax?: number;
  /** `global`: components keep their text over page changes and can be reached from everywhere by their full name. */
  readonly scope?: 'local' | 'global';
  /** Text the integrator left in the QR component of the project. */
  readonly placeholder?: string;
}

const PAGES = ['idle', 'pay', 'paid'];
const COMPONENTS: Readonly<Record<string, readonly string[]>> = { idle: [], pay: ['qr0', 't0', 't1', 't2'], paid: ['t0', 't1'] };
const END = [0xff, 0xff, 0xff];

function readable(bytes: readonly number[]): string {
  return bytes
    .map((one) => (one >= 0x20 && one <= 0x7e ? String.fromCharCode(one) : `\\x${one.toString(16).padStart(2, '0')}`))
    .join('');
}

function unquoted(text: string): string | undefined {
  const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  return inner?.replace(/\\(["\\])/g, '$1');
}

export function createNextionPanel(reply: (bytes: Uint8Array) => void, options: PanelOptions = {}): NextionPanel {
  const textMax = options.textMax ?? 255;
  const placeholder = options.placeholder ?? '';
  let pending: number[] = [];
  let page = 'idle';
  let texts = new Map<string, string>();
  let level = 2;
  const done: string[] = [];

  function answer(bytes: readonly number[]): void {
    if (panel.swallowReplies > 0) panel.swallowReplies -= 1;
    else reply(Uint8Array.from([...bytes, ...END]));
  }
  const status = (code: number) => {
    if (level === 3 || (level === 2 && code !== 1) || (level === 1 && code === 1)) answer([code]);
  };

  /** The full name of a component that can be reached from the current page. */
  function reach(name: string): string | undefined {
    const [first = '', second] = name.split('.');
    if (second === undefined) return COMPONENTS[page]?.includes(first) === true ? `${page}.${first}` : undefined;
    const isThere = COMPONENTS[first]?.includes(second) === true;
    return isThere && (options.scope === 'global' || first === page) ? name : undefined;
  }
  const shown = (full: string) => texts.get(full) ?? (full.endsWith('qr0') ? placeholder : '');

  function assign(name: string, quoted: string): void {
    const full = reach(name);
    const value = unquoted(quoted);
    if (full === undefined || value === undefined) {
      status(full === undefined ? 0x1a : 0x1c);
      return;
    }
    texts.set(full, value.slice(0, full.endsWith('qr0') ? textMax : 40));
    status(1);
  }

  function turnTo(name: string): void {
    if (!PAGES.includes(name)) {
      status(3);
      return;
    }
    page = name;
    if (options.scope !== 'global') texts = new Map();
    status(1);
  }

  function execute(line: string): void {
    const assignment = /^([\w.]+)\.txt=(.*)$/s.exec(line);
    const got = /^get ([\w.]+)\.txt$/.exec(line);
    if (line === 'connect') answer([...Buffer.from('comok 1,101,NX4024T032_011R,52,61488,D264B8204F0E1828,16777216')]);
    else if (/^bkcmd=[0-3]$/.test(line)) {
      level = Number(line.slice(-1));
      status(1);
    } else if (line.startsWith('page ')) turnTo(line.slice(5));
    else if (assignment !== null) assign(assignment[1] ?? '', assignment[2] ?? '');
    else if (got !== null) {
      const full = reach(got[1] ?? '');
      if (full === undefined) status(0x1a);
      else answer([0x70, ...Buffer.from(shown(full), 'latin1')]);
    } else if (line === 'sendme') answer([0x66, PAGES.indexOf(page)]);
    else status(line === 'sleep=0' ? 1 : 0);
  }

  const panel: NextionPanel = {
    deaf: false,
    swallowReplies: 0,
    onCode: () => {},
    feed(bytes) {
      if (panel.deaf) return;
      for (const byte of bytes) {
        pending.push(byte);
        const at = pending.length - 3;
        if (at < 0 || pending.slice(at).some((one) => one !== 0xff)) continue;
        let line = pending.slice(0, at);
        pending = [];
        // Broadcast address before the probe.
        if (line[0] === 0xff && line[1] === 0xff) line = line.slice(2);
        if (line.length === 0) continue;
        done.push(readable(line));
        const before = panel.visibleCode();
        execute(Buffer.from(line).toString('latin1'));
        const after = panel.visibleCode();
        if (after !== null && after !== before) panel.onCode(after);
      }
    },
    page: () => page,
    visibleCode: () => (page === 'pay' && shown('pay.qr0') !== '' ? shown('pay.qr0') : null),
    text: (component) => shown(`${page}.${component}`),
    instructions: () => done,
    say: (bytes) => reply(bytes),
    reboot() {
      pending = [];
      page = 'idle';
      texts = new Map();
      level = 2;
      reply(Uint8Array.from([0, 0, 0, ...END, 0x88, ...END]));
    },
  };
  return panel;
}
