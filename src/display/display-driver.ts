import type { Instant } from '../base/clock.js';
import type { Money } from '../payment/money.js';
import type { Language } from './languages.js';
import type { SymbolPlan } from './symbol-plan.js';

/** The whole content of the glass at one time. `expiresAt` is on our clock. */
export type Frame =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pleaseWait'; readonly amount: Money }
  | {
      readonly kind: 'scan';
      readonly codeText: string;
      readonly amount: Money;
      readonly expiresAt: Instant;
      /** The till's own reference, for surfaces that are carried away. */
      readonly reference?: string | undefined;
      /** What the payer is told to scan with; null: nothing by name. Left out, as by codes for trying a glass: Alipay+. */
      readonly scanWith?: string | null | undefined;
    }
  | { readonly kind: 'paying'; readonly amount: Money }
  | { readonly kind: 'cancelling'; readonly amount: Money }
  | { readonly kind: 'thanks'; readonly amount: Money }
  | { readonly kind: 'notPaid' }
  | { readonly kind: 'cancelled' };

/** A frame with a code in it. */
export type ScanFrame = Frame & { readonly kind: 'scan' };

/** How sure it is that the glass shows the frame, weakest first. */
export type Confirmation = 'written' | 'drained' | 'acked' | 'verified';

const STRENGTH: Readonly<Record<Confirmation, number>> = { written: 0, drained: 1, acked: 2, verified: 3 };

/** The stronger of two confirmations; `undefined` is weaker than any. */
export function strongerOf(a: Confirmation | undefined, b: Confirmation): Confirmation {
  return a !== undefined && STRENGTH[a] > STRENGTH[b] ? a : b;
}

/** What one event of the device means to a waiting step. `refused` is a sentence for the technician. */
export type Verdict = 'yes' | 'ignore' | { readonly refused: string };

/** One write and what must come back before the next. */
export interface Step {
  /** For messages to the technician, e.g. `page pay`; never contains a code. */
  readonly what: string;
  readonly bytes: Uint8Array;
  /** Sent instead of `bytes` from the second try on, where the device wants to be asked in another way. */
  readonly againBytes?: Uint8Array;
  /** Silence to keep after this step, ms. */
  readonly gapMs: number;
  /** How long the reply may take after the bytes have crossed the line, ms. */
  readonly timeoutMs: number;
  /** How often the step is sent before it counts as unanswered, at least 1. */
  readonly tries: number;
  /** Judges each event that comes in after the step was written; absent for a mute step. */
  readonly expect?: (event: DeviceEvent) => Verdict;
  /** What a `yes` (or, for a mute step, the write itself) proves. */
  readonly proves: Confirmation;
}

/** One complete message of the device, framed by the driver's own parser. */
export interface DeviceEvent {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** Cuts a byte stream into events; survives any chunking, and loses at most one message to garbage before it. */
export interface DeviceParser {
  push(bytes: Uint8Array): readonly DeviceEvent[];
}

export interface DriverCapabilities {
  readonly qr: 'native' | 'raster' | 'none';
  /** An icon in the middle of the symbol is possible. */
  readonly centreIcon: boolean;
  /** The name of Alipay+ is sent in words beside the code; `markMissing` knows better where the device tells what became of them. */
  readonly markBeside: boolean;
  /** Size of a pixel, mm, where devices of this kind have the same; absent: the settings tell it, or nobody. */
  readonly pixelMm?: number;
  /** Longest code in bytes that this glass takes. */
  readonly longestCode: number;
  readonly text: 'none' | 'layout' | { readonly columns: number; readonly rows: number };
  /** A shown code can be taken away again (paper cannot). */
  readonly canClear: boolean;
  /** The best confirmation a painted code can reach. */
  readonly confirmation: Confirmation;
}

/** How the device makes the host wait: not at all, by bytes of its own, or by the CTS wire. */
export type LineFlow = 'none' | 'xonxoff' | 'rtscts';

/** Makes steps; never sees a port. */
export interface DisplayDriver {
  readonly model: string;
  readonly can: DriverCapabilities;
  /** Language of the words it shows; null where it shows none. */
  readonly language: Language | null;
  /** Line speed used when the configuration names none, bits per second. */
  readonly defaultBaudRate: number;
  /** Silence after opening that this kind of device usually needs, ms; absent: none. */
  readonly usualBootDelayMs?: number;
  /** Absent: none. */
  readonly flow?: LineFlow;
  parser(): DeviceParser;
  /** After every opening of the line: find the device and set its mode. A `blank` always follows. */
  wake(): readonly Step[];
  /**
   * Steps for a frame on a glass that shows no code: a code is always blanked before anything else is painted. `secondsLeft`: how long
   * the code will stand; left out, nothing is said about it.
   */
  paint(frame: Frame, secondsLeft?: number): readonly Step[];
  /** Steps that tell beside the standing code how long it still stands, and touch nothing else; absent where the surface has no place for it. */
  timeLeft?(frame: ScanFrame, secondsLeft: number): readonly Step[];
  /** Leaves nothing visible of any code, and nothing that a later page change could bring back. */
  blank(): readonly Step[];
  /** Asked when the line is idle: is the device there and does it still show `frame`? Absent for mute devices. */
  alive?(frame: Frame): readonly Step[];
  /** `rebooted` and `lost` mean: wake it again and repaint. */
  meaning(event: DeviceEvent): 'rebooted' | 'lost' | 'asleep' | 'other';
  /** What symbol comes of a code that is not refused; absent where none is drawn, undefined when none holds it. */
  symbol?(codeText: string): SymbolPlan | undefined;
  /** Why the name of Alipay+ does not stand beside the code although it was sent; undefined when it does, or nobody has asked yet. */
  markMissing?(): string | undefined;
  /** Why this code can not be carried by this glass; undefined when it can. */
  refuses(codeText: string): string | undefined;
}
