import type { Instant } from '../base/clock.js';
import type { LaneId, Payment, PaymentRequestId, Sale, StateName } from '../payment/payment.js';

/** A right of a terminal key (configuration key `may`). */
export type TerminalRight = 'pay' | 'cancel' | 'refund';

/** Who a terminal key speaks for. */
export interface TerminalKeyHolder {
  readonly terminalId: string;
  readonly lanes: readonly string[];
  readonly may: readonly TerminalRight[];
}

/** The keys in force; a reload changes what `find` answers. */
export interface Terminals {
  find(presentedKey: string): TerminalKeyHolder | undefined;
}

/** What a lane takes, from its merchant's configuration and its upstream's dialect. */
export interface LaneRules {
  /** ISO 4217 codes the merchant may be paid in. */
  readonly currencies: readonly string[];
  readonly takes: {
    /** False: `expiresInSeconds` is refused on this lane. */
    readonly expiresInSeconds: boolean;
    readonly goodsAtMost: number;
    /** True: `buyer` is required; false: it is refused. */
    readonly buyer: boolean;
  };
}

/** A sale as the terminal API hands it on, after every check that needs no books. */
export interface SaleRequest {
  readonly sale: Sale;
  /** Only given by a terminal that may cancel. */
  readonly replaceOpenPayment: boolean;
  /** Longest wait for a showable code or the end of the payment, ms. */
  readonly waitMs: number;
  /** Aborted when the till hung up or the bridge stops: the waiting ends, the payment goes on. */
  readonly stop: AbortSignal;
}

/** What became of a sale. `open` is the payment that holds the lane. */
export type SaleOutcome =
  | { readonly kind: 'created' | 'repeated'; readonly payment: Payment }
  | { readonly kind: 'saleConflict'; readonly existing: Payment }
  | { readonly kind: 'laneBusy'; readonly open: Payment }
  | { readonly kind: 'openPaymentPaid'; readonly open: Payment }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'booksUnavailable' };

/** What became of a wish to cancel. */
export type CancelOutcome =
  | { readonly kind: 'accepted' | 'alreadyCancelled' | 'notCancellable'; readonly payment: Payment }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'booksUnavailable' };

/** A wish to cancel, already checked for rights and lanes. */
export interface CancelRequest {
  readonly paymentRequestId: PaymentRequestId;
  readonly terminalId: string;
  /** How long the answer may wait for the end of the payment, ms; 0 answers at once. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

/** Where sales and cancels of tills are carried out; does the waiting. */
export interface PaymentDesk {
  accept(request: SaleRequest): Promise<SaleOutcome>;
  cancel(request: CancelRequest): Promise<CancelOutcome>;
}

/** Which payments to list, newest first by (`createdAt`, `paymentRequestId`). */
export interface PaymentFilter {
  readonly lanes: readonly string[];
  readonly saleReference: string | null;
  readonly state: StateName | null;
  /** At most this many. */
  readonly limit: number;
  /** Only payments that come after this one in the order; null begins with the newest. */
  readonly after: { readonly createdAt: Instant; readonly paymentRequestId: string } | null;
}

/** One entry of a lane's journal for tills. Ids rise strictly per lane and are kept over restarts. */
export type LaneEvent =
  /** `payment` as it stood when it changed. */
  | { readonly id: number; readonly laneId: LaneId; readonly kind: 'payment'; readonly payment: Payment }
  /** `display` is one entry of the lane's `displays`, as JSON. */
  | {
      readonly id: number;
      readonly laneId: LaneId;
      readonly kind: 'display';
      readonly display: Readonly<Record<string, unknown>>;
    };

/** Reads payments and lane events; never changes anything. */
export interface PaymentReader {
  find(id: PaymentRequestId): Promise<Payment | undefined>;
  list(filter: PaymentFilter): Promise<readonly Payment[]>;
  /** The payment that holds the lane. */
  openOnLane(laneId: LaneId): Promise<Payment | undefined>;
  /** Events with an id above `afterId`, oldest first, at most `limit`. */
  events(question: { readonly laneId: LaneId; readonly afterId: number; readonly limit: number }): Promise<readonly LaneEvent[]>;
  /** null for a lane without events. */
  newestEventId(laneId: LaneId): Promise<number | null>;
}

/** What is on a display for a payment, and how sure that is (till API contract, `display[].state`). */
export const DISPLAY_STATES = ['none', 'pending', 'showing', 'printed', 'cleared', 'stale', 'unavailable'] as const;
export type DisplayState = (typeof DISPLAY_STATES)[number];

export const CONFIRMATIONS = ['written', 'drained', 'acked', 'verified'] as const;

export const DISPLAY_HEALTHS = ['ready', 'degraded', 'absent'] as const;

/** One display of a lane as it is now. */
export interface DisplayStatus {
  readonly driver: string;
  /** As configured, readable for a technician. */
  readonly port: string;
  readonly health: (typeof DISPLAY_HEALTHS)[number];
  /** Why it is not `ready`, for people. */
  readonly reason: string | null;
  readonly state: DisplayState;
  readonly confirmation: (typeof CONFIRMATIONS)[number] | null;
  readonly since: Instant;
  /** Whose code `state` is about; null when it is about none. */
  readonly paymentRequestId: string | null;
}

/** The displays of each lane. */
export interface LaneDisplays {
  statuses(laneId: string): readonly DisplayStatus[];
}

/** The clock of each upstream. */
export interface UpstreamTimes {
  /** Upstream's clock minus ours, ms; 0 while unknown. */
  offsetMs(upstreamId: string): number;
}

/** Draws an order code as a picture. */
export interface CodePictures {
  svg(codeText: string): Promise<string>;
  png(codeText: string): Promise<Uint8Array>;
}
