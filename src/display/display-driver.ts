import type { Instant } from '../base/clock.js';
import type { Money } from '../payment/money.js';

/** The whole content of the glass at one time. `expiresAt` is on our clock. */
export type Frame =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pleaseWait'; readonly amount: Money }
  | { readonly kind: 'scan'; readonly codeText: string; readonly amount: Money; readonly expiresAt: Instant }
  | { readonly kind: 'paying'; readonly amount: Money }
  | { readonly kind: 'thanks'; readonly amount: Money }
  | { readonly kind: 'notPaid' }
  | { readonly kind: 'cancelled' };

/** How sure it is that the glass shows the frame, weakest first. */
export type Confirmation = 'written' | 'drained' | 'acked' | 'verified';

/** One write and what must come back before the next. */
export interface Step {
  readonly bytes: Uint8Array;
  /** Silence to keep after this step, ms. */
  readonly gapMs: number;
  /** How long the reply may take after the bytes left, ms. */
  readonly timeoutMs: number;
  /** How often the step is sent before it counts as unanswered, at least 1. */
  readonly tries: number;
  /** Reads the device's events since the step was written; absent for a mute step. `no` is a refusal by the device. */
  readonly expect?: (event: DeviceEvent) => 'yes' | 'no' | 'ignore';
  /** What a `yes` (or, for a mute step, the write itself) proves. */
  readonly proves: Confirmation;
}

/** One complete message of the device, framed by the driver's own parser. */
export interface DeviceEvent {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** Cuts a byte stream into events; survives any chunking and garbage before a message. */
export interface DeviceParser {
  push(bytes: Uint8Array): readonly DeviceEvent[];
}

export interface DriverCapabilities {
  readonly qr: 'native' | 'raster' | 'none';
  /** An icon in the middle of the symbol is possible. */
  readonly centreIcon: boolean;
  /** Longest code in bytes that this glass takes. */
  readonly longestCode: number;
  readonly text: 'none' | 'layout' | { readonly columns: number; readonly rows: number };
  /** A shown code can be taken away again (paper cannot). */
  readonly canClear: boolean;
  /** The best confirmation a painted code can reach. */
  readonly confirmation: Confirmation;
}

/** Makes steps; never sees a port. */
export interface DisplayDriver {
  readonly model: string;
  readonly can: DriverCapabilities;
  /** Line speed used when the configuration names none. */
  readonly defaultBaudRate: number;
  parser(): DeviceParser;
  /** After every opening of the line: find the device, set its mode, blank it. */
  wake(): readonly Step[];
  paint(frame: Frame): readonly Step[];
  blank(): readonly Step[];
  /** Asked when the line is idle; absent for mute devices. */
  alive?(): readonly Step[];
  /** `rebooted` and `lost` mean: wake it again and repaint. */
  meaning(event: DeviceEvent): 'rebooted' | 'lost' | 'asleep' | 'other';
  /** Why this code can not be carried by this glass; undefined when it can. */
  refuses(codeText: string): string | undefined;
}
