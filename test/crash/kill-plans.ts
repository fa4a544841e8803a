import type { KillOrder } from './armed-main.js';
import { type Ends, USUAL_ENDS } from './people.js';

/** One named place to kill a bridge at, and the story in which it comes to that place. */
export interface KillPlan {
  /** For the command line and the report. */
  readonly name: string;
  /** What is done at that instant, and what is not. */
  readonly says: string;
  /** `null`: killed from outside at any moment. */
  readonly at: Omit<KillOrder, 'nth'> | null;
  /** The seed picks the occasion, from the first to this one. */
  readonly mostNth: number;
  /** `story`: while people sell. `stop`: in an orderly stop while people sell. `firstStart`: in the first start on this machine. */
  readonly during: 'story' | 'stop' | 'firstStart';
  /** Else at once. `whenProposed`: as soon as somebody was told that a ruling is open; from then on the upstream speaks again. */
  readonly armed?: 'whenProposed';
  readonly ends: Ends;
}

const CANCELS: Ends = ['tillCancels', 'tillCancels', 'tillCancels', 'payerPays'];
const REFUNDS: Ends = ['tillRefunds', 'tillRefunds', 'tillRefunds', 'payerPays'];
const UNDOES: Ends = ['tillUndoes', 'tillUndoes', 'tillUndoes', 'payerPays'];
const RULED: Ends = ['paidThenRuled', 'unpaidThenRuled'];
const NOTIFIED: Ends = ['payerPays', 'payerPays', 'payerDeclines'];

function story(
  name: string,
  says: string,
  point: KillOrder['point'],
  about: string,
  mostNth: number,
  ends = USUAL_ENDS,
): KillPlan {
  return { name, says, at: { point, about }, mostNth, during: 'story', ends };
}

/** The seven instants of one kind of call. */
function callPlans(call: string, path: string, evidence: string, mostNth: number, ends: Ends): KillPlan[] {
  const aCall = A_CALL[call] ?? `a ${call}`;
  return [
    story(`${call}-frozen`, `${aCall} is on record, nothing is signed`, 'call.frozen', path, mostNth, ends),
    story(`${call}-connected`, `${aCall}: the socket is open, no byte has left`, 'wire.connected', path, mostNth, ends),
    story(`${call}-half-sent`, `${aCall}: half of the bytes have left`, 'wire.halfSent', path, mostNth, ends),
    story(`${call}-sent`, `${aCall} is sent, no answer has come`, 'wire.sent', path, mostNth, ends),
    story(`${call}-answered`, `${aCall}: the answer is read, not verified`, 'call.answered', path, mostNth, ends),
    story(`${call}-verified`, `${aCall}: the answer is verified, not stored`, 'call.verified', path, mostNth, ends),
    story(
      `${call}-stored`,
      `${aCall}: its outcome is stored; glass and till are as before`,
      'record.committed',
      evidence,
      mostNth,
      ends,
    ),
  ];
}

const A_CALL: Readonly<Record<string, string>> = { inquiry: 'an inquiry', undo: 'the cancel of an undo' };

/** Every place, in the order of a payment's life. */
export const KILL_PLANS: readonly KillPlan[] = [
  story('sale-parsed', 'the sale is parsed, not stored', 'sale.parsed', '', 3),
  story('sale-stored', 'the sale is stored, the till not answered', 'record.committed', 'saleAccepted', 3),
  ...callPlans('pay', '/pay', 'payAnswered', 4, USUAL_ENDS),
  story('glass-half-written', 'half of a write to a display has left', 'glass.halfWritten', '', 60),
  story('glass-shown', 'the code is shown, the till not told', 'glass.shown', 'scan', 3),
  story('event-untold', 'an event is read from the books, the till not told', 'events.read', '', 12),
  ...callPlans('inquiry', '/inquiryPayment', 'inquiryAnswered', 4, USUAL_ENDS),
  story('notification-read', 'a notification is verified, not stored', 'notification.read', '', 2, NOTIFIED),
  story(
    'notification-stored',
    'a notification is stored, neither applied nor acknowledged',
    'notification.stored',
    '',
    2,
    NOTIFIED,
  ),
  story('notification-applied', 'a notification is applied, not acknowledged', 'notification.applied', '', 2, NOTIFIED),
  story('notification-acknowledged', 'a notification is acknowledged', 'notification.acknowledged', '', 2, NOTIFIED),
  story('paid-stored', 'paid is stored; glass and till are as before', 'record.committed', 'notifiedPaid', 2, ['payerPays']),
  story('cancel-asked', "the till's cancel is stored, the glass not cleared", 'record.committed', 'cancelAsked', 2, CANCELS),
  ...callPlans('cancel', '/cancelPayment', 'cancelAnswered', 2, CANCELS),
  story('refund-asked', "the till's refund is stored, nothing is sent", 'record.committed', 'refundAsked', 2, REFUNDS),
  ...callPlans('refund', '/refund', 'refundAnswered', 2, REFUNDS),
  story('undo-asked', "the till's undo is stored, nothing is sent", 'record.committed', 'undoAsked', 2, UNDOES),
  ...callPlans('undo', '/cancelPayment', 'cancelAnswered', 2, UNDOES),
  story('clock-noted', 'what only the clock says (expiry, lost send) is stored', 'record.committed', 'clock', 2, [
    'nobody',
    'payerPays',
  ]),
  story('weighed', 'evidence of any kind is weighed, not stored', 'record.decided', '', 16),
  { name: 'any-moment', says: 'killed from outside at any moment', at: null, mostNth: 1, during: 'story', ends: USUAL_ENDS },
  {
    name: 'migrating',
    says: 'inside the migrations of the first start',
    at: { point: 'books.migrating', about: '' },
    mostNth: 105,
    during: 'firstStart',
    ends: USUAL_ENDS,
  },
  {
    name: 'stop-begun',
    says: 'an orderly stop has begun: new work is refused, codes may stand',
    at: { point: 'shutdown.begun', about: '' },
    mostNth: 1,
    during: 'stop',
    ends: USUAL_ENDS,
  },
  {
    name: 'stop-quiet',
    says: 'an orderly stop: glasses are blank, calls have ended; books and listeners are open',
    at: { point: 'shutdown.quiet', about: '' },
    mostNth: 1,
    during: 'stop',
    ends: USUAL_ENDS,
  },
  // Behind all others, for a seed draws by the number of its plan.
  story('ruling-proposing', 'a ruling is proposed, not committed', 'act.recorded', 'ruling.propose', 5, RULED),
  story('ruling-proposed', 'a ruling is proposed, nobody is told', 'ruling.stored', 'propose', 5, RULED),
  story('ruling-rejecting', 'a ruling is rejected, not committed', 'act.recorded', 'ruling.reject', 2, RULED),
  story('ruling-rejected', 'a ruling is rejected, nobody is told', 'ruling.stored', 'reject', 2, RULED),
  story('ruling-weighed', 'a confirmed ruling is weighed, not stored', 'record.decided', 'ruled', 2, RULED),
  story(
    'ruling-confirming',
    'payment, ruling and act of a confirmation are written, not committed',
    'act.recorded',
    'ruling.confirm',
    2,
    RULED,
  ),
  story(
    'ruling-confirmed',
    'a ruling has ended its payment; glass, till and people are as before',
    'record.committed',
    'ruled',
    2,
    RULED,
  ),
  {
    ...story(
      'ruling-void',
      'the upstream has answered an inquiry beside an open ruling',
      'record.committed',
      'inquiryAnswered',
      2,
      ['ruledTooLate'],
    ),
    armed: 'whenProposed',
  },
];
