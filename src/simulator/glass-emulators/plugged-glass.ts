import type { GlassEmulator } from './glass-body.js';

/** Where an emulated glass is plugged in, and how it is pulled out and put back. */
export interface GlassSocket {
  /** What a host opens (`port` of the configuration); empty while unplugged. */
  where(): string;
  /** Takes the line away as a pulled cable does. */
  pull(): Promise<void>;
  /** Does so by itself once exactly `bytes` more have come from the host; resolves when it has happened. */
  pullAfter(bytes: number): Promise<void>;
  /** Puts it back where it was, or under another name. */
  putBack(elsewhere: boolean): Promise<void>;
  /** Bits per second that the host set, where the line can tell. */
  hostBaudRate(): number | undefined;
  /** Calls `told` when the line goes away and nobody here took it; absent where that cannot happen. */
  onLost?(told: (why: string) => void): void;
}

/** What can be said of a plugged glass in words. */
export interface GlassFacts {
  readonly plugged: boolean;
  /** False: the glass is dark, because it has no power or is starting. */
  readonly lit: boolean;
  /** Name of the page; null while dark and where there are no pages. */
  readonly page: string | null;
  /** Non-empty texts by the name of their place, e.g. `t0` the amount. */
  readonly texts: Readonly<Record<string, string>>;
  readonly showsCode: boolean;
  /** Rises whenever the glass looks different. */
  readonly look: number;
}

/** An emulated glass with a plug that carries power and line, as USB does. */
export interface PluggedGlass {
  facts(): GlassFacts;
  /** Pulls the plug or puts it back, `elsewhere` under another name of the port. */
  setPlugged(plugged: boolean, elsewhere?: boolean): Promise<void>;
  /** Pulls it in the middle of what the host is sending, after so many more bytes. */
  unplugAfter(bytes: number): void;
}

/** A TCP port of 127.0.0.1, as of a serial device server; 0 picks one. */
export async function tcpSocket(glass: GlassEmulator, port = 0): Promise<GlassSocket> {
  const plug = await glass.listenTcp(port);
  let isIn = true;
  const out = () => {
    isIn = false;
  };
  return {
    where: () => (isIn ? plug.url : ''),
    pull() {
      out();
      return plug.unplug();
    },
    pullAfter: (bytes) => plug.unplugAfter(bytes).then(out),
    async putBack(elsewhere) {
      await plug.plug(elsewhere ? 0 : plug.port);
      isIn = true;
    },
    hostBaudRate: () => undefined,
  };
}

/** A pseudo-terminal, under a stable link if one is named; `elsewhere` is then the same link with a number behind it. */
export async function ptySocket(glass: GlassEmulator, link?: string): Promise<GlassSocket> {
  const terminal = await glass.attachPty(link);
  let host: number | undefined;
  let count = 1;
  terminal.onBytes((_, baudRate) => {
    host = baudRate;
  });
  return {
    where: terminal.path,
    pull: () => terminal.unplug(),
    pullAfter: async (bytes) => (await terminal.unplugAfter(bytes)).gone,
    async putBack(elsewhere) {
      if (elsewhere) count += 1;
      host = undefined;
      await terminal.plug(link === undefined || count === 1 ? (link ?? null) : `${link}-${count}`);
    },
    hostBaudRate: () => host,
  };
}

/** Joins a glass and its socket: without the plug it has neither line nor power. `lost` hears why a line went away by itself. */
export function plugGlass(glass: GlassEmulator, socket: GlassSocket, lost: (why: string) => void = () => {}): PluggedGlass {
  let plugged = true;
  let look = 1;
  glass.onChange(() => {
    look += 1;
  });
  const notePlug = (isIn: boolean) => {
    plugged = isIn;
    look += 1;
    glass.power(isIn);
  };
  socket.onLost?.((why) => {
    lost(why);
    notePlug(false);
  });
  return {
    facts() {
      const { lit, page, texts, code } = glass.view();
      return { plugged, lit, page, texts, showsCode: code !== null, look };
    },
    async setPlugged(wanted, elsewhere = false) {
      if (wanted === plugged) return;
      if (wanted) await socket.putBack(elsewhere);
      const pulled = wanted ? undefined : socket.pull();
      notePlug(wanted);
      await pulled;
    },
    unplugAfter(bytes) {
      void socket.pullAfter(bytes).then(() => {
        if (socket.where() === '') notePlug(false);
      });
    },
  };
}
