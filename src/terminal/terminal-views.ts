import type { Clock } from '../base/clock.js';
import type { LaneId, Moment, Payment } from '../payment/payment.js';
import { moneyBackOf } from '../payment/refund.js';
import type { LaneView, PaymentView } from './payment-schemas.js';
import { laneView, momentOf, paymentView } from './payment-view.js';
import { mayShowCode } from './terminal-advice.js';
import type { LaneDisplays, PaymentReader, UpstreamTimes } from './terminal-ports.js';

/** The pure views with the clocks and displays of this moment put in. */
export interface TerminalViews {
  payment(payment: Payment): PaymentView;
  /** For a payment as it once stood: the code is left out unless the stored payment still allows it. */
  pastPayment(payment: Payment): Promise<PaymentView>;
  lane(laneId: LaneId): Promise<LaneView>;
  /** The code's text while it may be shown. */
  showableCode(payment: Payment): string | undefined;
}

/** Joins the views to what they read from. */
export function createTerminalViews(parts: {
  readonly clock: Clock;
  readonly displays: LaneDisplays;
  readonly upstreams: UpstreamTimes;
  readonly reader: PaymentReader;
  /** False while the bridge could not learn how a payment ends: no code is given out then. */
  readonly codesMayShow: () => boolean;
}): TerminalViews {
  const momentFor = (payment: Payment): Moment => momentOf(parts.clock.now(), parts.upstreams.offsetMs(payment.upstreamId));
  const view = (payment: Payment, codeShowable: boolean) => {
    const code = payment.life.code?.text;
    return paymentView({
      payment,
      displays: parts.displays.statuses(payment.laneId),
      displayCanShow: code !== undefined && parts.displays.canShow(payment.laneId, code),
      at: momentFor(payment),
      codeShowable,
    });
  };
  return {
    payment: (payment) => view(payment, parts.codesMayShow()),
    async pastPayment(payment) {
      const now = await parts.reader.find(payment.paymentRequestId);
      const sameCode = now !== undefined && now.life.code?.text === payment.life.code?.text;
      const past = view(payment, sameCode && mayShowCode(now, momentFor(now)) && parts.codesMayShow());
      // Money that was reported, or given back, since forbids what was right to advise then.
      const isOutdated = now !== undefined && (now.life.alerts.length > 0 || moneyBackOf(now.life).undo !== null);
      return !isOutdated ? past : { ...past, next: view(now, parts.codesMayShow()).next };
    },
    async lane(laneId) {
      const open = await parts.reader.openOnLane(laneId);
      const payment = open === undefined ? null : view(open, parts.codesMayShow());
      return laneView(laneId, payment, parts.displays.statuses(laneId));
    },
    showableCode: (payment) =>
      parts.codesMayShow() && mayShowCode(payment, momentFor(payment)) ? payment.life.code?.text : undefined,
  };
}
