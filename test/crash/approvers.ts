import type { HttpAnswer, HttpWish } from '../support/http-call.js';
import type { ToldRuling } from './ruling-judges.js';

/** The two people who end by a ruling what the bridge cannot: one proposes, the other decides. */
export const APPROVERS = ['first', 'second'] as const;
export type Approver = (typeof APPROVERS)[number];

/** Asks the back office, whichever bridge lives at the moment, with the API key of one of the two. */
export type AskAs = (who: Approver, path: string, wish: HttpWish) => Promise<HttpAnswer>;

/** A payment of which the till heard that it needs attention, or ended. */
export interface Unsettled {
  readonly paymentRequestId: string;
  readonly hasEnded: boolean;
  /** What the account book of the upstream says of it. */
  readonly as: 'paid' | 'failed' | 'cancelled';
  /** The second person rejects the first proposal, or asks the upstream again until it ends the payment. */
  readonly second: 'rejectsFirst' | 'asksUpstream';
}

/** Both say everything again until it is answered, whether a bridge lives or not. */
export interface Approvers {
  act(payment: Unsettled): void;
  /** Confirmed by both, or ended by the upstream: nothing is left to do. */
  areDoneWith(paymentRequestId: string): boolean;
  told(): readonly ToldRuling[];
  complaints(): readonly string[];
}

interface Matter {
  step: 'propose' | 'reject' | 'proposeAgain' | 'ask' | 'confirm' | 'done';
  rulingId: string;
  asking: boolean;
  nextAt: number;
}

const AGAIN_MS = 300;

export function createApprovers(ask: AskAs, nowMs: () => number): Approvers {
  const matters = new Map<string, Matter>();
  const told: ToldRuling[] = [];
  const complaints: string[] = [];

  function next(matter: Matter, payment: Unsettled): Promise<HttpAnswer> {
    const { paymentRequestId: id, as } = payment;
    const decide = (what: string) => ask('second', `/api/rulings/${matter.rulingId}/${what}`, { method: 'POST' });
    switch (matter.step) {
      case 'reject':
        return decide('reject');
      case 'confirm':
        return decide('confirm');
      case 'ask':
        return ask('second', `/api/payments/${id}/inquire`, { method: 'POST' });
      default:
        return ask('first', `/api/payments/${id}/rulings`, { json: { as, reason: 'so says the account book' } });
    }
  }

  function heard(matter: Matter, payment: Unsettled, { status, text, json }: HttpAnswer): void {
    const say = (what: ToldRuling['what'], by: Approver) => told.push({ rulingId: matter.rulingId, by, what });
    const { step } = matter;
    if (status >= 500 || step === 'ask' || step === 'done') return;
    if (status === 200 || status === 201) {
      if (step === 'propose' || step === 'proposeAgain') {
        matter.rulingId = json<{ id: string } & Record<string, unknown>>().id;
        say('proposed', 'first');
        matter.step = step === 'proposeAgain' ? 'confirm' : payment.second === 'asksUpstream' ? 'ask' : 'reject';
      } else if (step === 'reject') {
        say('rejected', 'second');
        matter.step = 'proposeAgain';
      } else {
        say('confirmed', 'second');
        matter.step = 'done';
      }
      return;
    }
    const { code, ruling } = json<{ code: string; ruling?: { state: string } } & Record<string, unknown>>();
    // Until the order has run out nobody may call it unpaid.
    if (code === 'not_rulable' && step !== 'reject' && !payment.hasEnded) return;
    const upstreamWasFirst = code === 'not_rulable' || (code === 'ruling_conflict' && ruling?.state === 'void');
    if (upstreamWasFirst) matter.step = 'done';
    else complaints.push(`${payment.paymentRequestId}: ${step} was answered ${status} ${text}`);
  }

  return {
    act(payment) {
      const { paymentRequestId: id } = payment;
      const matter = matters.get(id) ?? { step: 'propose', rulingId: '', asking: false, nextAt: 0 };
      matters.set(id, matter);
      if (matter.asking || matter.step === 'done' || nowMs() < matter.nextAt) return;
      // Whoever asks the upstream confirms all the same: the answer must be that this came first.
      if (matter.step === 'ask' && payment.hasEnded) matter.step = 'confirm';
      matter.asking = true;
      next(matter, payment)
        .then((answer) => heard(matter, payment, answer))
        .catch(() => undefined)
        .finally(() => {
          matter.asking = false;
          matter.nextAt = nowMs() + AGAIN_MS;
        });
    },
    areDoneWith: (id) => matters.get(id)?.step === 'done',
    told: () => told,
    complaints: () => complaints,
  };
}
