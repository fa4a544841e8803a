import type { BridgeError } from '../base/bridge-error.js';

/** What a link tells its owner. Neither may throw. */
export interface LinkListener {
  heard(bytes: Uint8Array): void;
  /** Exactly once, unless the owner closed the link itself. */
  closed(why: BridgeError): void;
}

/** One connection to one device: made fresh for every attempt, dead for ever once closed. */
export interface Link {
  /** Which port this really is, for people, e.g. `/dev/ttyUSB0`. */
  readonly port: string;
  /** Time one byte takes on the line, ms; 0 where the line has no speed of its own. */
  readonly msPerByte: number;
  /** Resolves when the system has taken and drained the bytes, which does not mean they reached the glass. Rejects with `display.portLost`, at the latest after a deadline. */
  write(bytes: Uint8Array): Promise<void>;
  /** Never rejects; safe to call twice. */
  close(): Promise<void>;
}

/** Opens a fresh link; rejects with a `BridgeError` of area `display`. */
export type OpenLink = (listener: LinkListener) => Promise<Link>;
