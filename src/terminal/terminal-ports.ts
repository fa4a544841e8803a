import type { Instant } from '../base/clock.js';
import type { LaneId, Payment, PaymentRequestId, StateName } from '../payment/payment.js';
import type { PaymentDesk } from '../payment/payment-desk.js';
import type { Refund } from '../payment/refund.js';

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

/** Where sales, cancels, refunds and undos of tills are carried out; does the waiting. */
export type TerminalDesk = Pick<PaymentDesk, 'accept' | 'cancel' | 'refund' | 'undo'>;

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
  /** The refunds of a payment, oldest first. */
  refunds(paymentRequestId: string): Promise<readonly Refund[]>;
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
  statuses(laneId: LaneId): readonly DisplayStatus[];
  /** A ready display of the lane shows this code or is about to; false: the till has to show it. */
  canShow(laneId: LaneId, codeText: string): boolean;
}

/** The shop as customers know it, and the brand they paid with; null where only their wallet has one. */
export interface ShopNames {
  readonly brand: string | null;
  readonly merchantName: string | null;
  readonly storeName: string | null;
  /** IANA name of the zone of its clock. */
  readonly timeZone: string;
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
