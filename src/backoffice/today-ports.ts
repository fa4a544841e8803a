import type { Instant } from '../base/clock.js';
import type { Money } from '../payment/money.js';
import type { Payment } from '../payment/payment.js';

/** What stands on a display that keeps its picture in memory. */
export interface GlassNow {
  /** `idle`, `scan`, `pleaseWait`, `paying`, `cancelling`, `thanks`, `notPaid`, `cancelled`. */
  readonly kind: string;
  /** Its words from top to bottom. */
  readonly texts: readonly string[];
}

/** One display of a lane at this moment; the words are those of the till API contract, section 3. */
export interface DisplayNow {
  readonly driver: string;
  readonly port: string;
  readonly health: 'ready' | 'degraded' | 'absent';
  /** For the technician; null while all is well. */
  readonly reason: string | null;
  readonly state: 'none' | 'pending' | 'showing' | 'printed' | 'cleared' | 'stale' | 'unavailable';
  readonly confirmation: string | null;
  readonly since: Instant;
  /** null for a display on a wire: what stands there is known by its state only. */
  readonly glass: GlassNow | null;
}

/** A lane at this moment. */
export interface LaneNow {
  readonly laneId: string;
  /** The payment that holds it. */
  readonly payment: Payment | null;
  /** Until when the code of that payment may be shown, on our clock; null while none may. */
  readonly codeUntil: Instant | null;
  /** Why it cannot take a sale, in code words; empty while it can. */
  readonly troubles: readonly string[];
  readonly displays: readonly DisplayNow[];
}

/** What is drawn for people who may see codes; it ends by itself after `leftMs`. */
export interface CodePicture {
  readonly svg: string;
  readonly leftMs: number;
}

export const NEED_KINDS = [
  'attention',
  'alert',
  'undo',
  'refund',
  'ruling',
  'quarantine',
  'exceptions',
  'late',
  'sealed',
] as const;

/** What waits for a person: a payment without an end, an alert beside one that has ended, a refused undo, a refund without an end, a ruling, a strange notification, exceptions of a clearing day, late files, files of a day that was sealed before they came. */
export type NeedKind = (typeof NEED_KINDS)[number];

/** One thing that waits for a person. */
export interface Need {
  readonly kind: NeedKind;
  /** Since when. */
  readonly since: Instant;
  readonly paymentRequestId: string | null;
  /** The till's reference of that payment. */
  readonly reference: string | null;
  readonly amount: Money | null;
  /** `YYYY-MM-DD`, of a clearing day. */
  readonly day: string | null;
  /** How many there are of it; null where it is one. At most 1,001, which says more than 1,000. */
  readonly count: number | null;
  /** Who proposed a ruling. */
  readonly by: string | null;
}

/** The oldest of a kind. */
export interface NeedList {
  readonly kind: NeedKind;
  readonly needs: readonly Need[];
  /** How many more there are than are listed. At most 1,000 are counted. */
  readonly more: number;
  readonly isMoreCounted: boolean;
}

/** A count and a sum of one currency; `value` in whole smallest units as text. */
export interface CountedSales {
  readonly currency: string;
  readonly count: number;
  readonly value: string;
}

/** Port: what the front page of the back office shows. Implemented by `bridge-today.ts`. */
export interface TodayPorts {
  /** In the order of the configuration. */
  lanes(): Promise<readonly LaneNow[]>;
  /** The code of a lane's open payment, or with `display` what stands on that one; undefined once none may be shown. */
  picture(laneId: string, display: number | null): Promise<CodePicture | undefined>;
  needs(): Promise<readonly NeedList[]>;
  /** `hour`: whole hours since `from`. */
  paidByHour(
    from: Instant,
    to: Instant,
  ): Promise<readonly (CountedSales & { readonly hour: number; readonly undone: boolean })[]>;
  refundedBetween(from: Instant, to: Instant): Promise<readonly CountedSales[]>;
}
