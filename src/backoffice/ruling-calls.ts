import type Router from '@koa/router';
import { utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { Problem } from '../http/problem.js';
import type { RuledAs } from '../payment/decide-ruling.js';
import type { Payment, PaymentRequestId } from '../payment/payment.js';
import type { Ruling } from '../payment/ruling.js';
import type { DecideAnswer, ProposeAnswer, RulingDesk } from '../payment/ruling-desk.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter } from './backoffice-router.js';
import type { Person } from './people.js';
import * as api from './ruling-api.js';

const USUAL_PAGE = 20;

/** What people may ask about rulings, for routes and pages alike; each throws the `Problem` to answer. The caller has looked at the role. */
export interface RulingCalls {
  /** `open` null: all of them. */
  list(
    open: boolean | null,
    limit?: number,
    cursor?: string,
  ): Promise<{ readonly items: readonly Ruling[]; readonly nextCursor: string | null }>;
  propose(
    person: Person,
    paymentRequestId: string,
    as: RuledAs,
    reason: string,
  ): Promise<{ readonly isNew: boolean; readonly ruling: Ruling }>;
  confirm(person: Person, rulingId: string): Promise<Ruling>;
  reject(person: Person, rulingId: string, reason: string | null): Promise<Ruling>;
}

export interface RulingCallParts {
  readonly rulings: RulingDesk;
  readonly stopping: AbortSignal;
}

export function createRulingCalls({ rulings, stopping }: RulingCallParts): RulingCalls {
  const refuseWhenStopping = () => {
    if (stopping.aborted)
      throw new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });
  };
  return {
    async list(open, limit = USUAL_PAGE, cursor = undefined) {
      const found = await rulings.list({ open, limit: limit + 1, after: cursor ?? null });
      const items = found.slice(0, limit);
      return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    async propose(person, id, as, reason) {
      refuseWhenStopping();
      return proposed(await rulings.propose(id as PaymentRequestId, as, reason, person.name));
    },
    async confirm(person, rulingId) {
      refuseWhenStopping();
      return decided(await rulings.confirm(rulingId, person.name));
    },
    async reject(person, rulingId, reason) {
      refuseWhenStopping();
      return decided(await rulings.reject(rulingId, person.name, reason));
    },
  };
}

function proposed(outcome: ProposeAnswer): { readonly isNew: boolean; readonly ruling: Ruling } {
  switch (outcome.kind) {
    case 'proposed':
    case 'repeated':
      return { isNew: outcome.kind === 'proposed', ruling: outcome.ruling };
    case 'openAlready':
      throw new Problem('ruling_conflict', 'A ruling of this payment waits for a second person. It has to be rejected first.', {
        members: { ruling: rulingView(outcome.ruling) },
      });
    case 'notNeeding':
    case 'notExpired':
      throw notRulable(outcome.kind, outcome.payment);
    case 'unknown':
      throw new Problem('not_found', 'The books hold no payment of this id.');
  }
}

function decided(outcome: DecideAnswer): Ruling {
  switch (outcome.kind) {
    case 'decided':
      return outcome.ruling;
    case 'notOpen':
      throw new Problem('ruling_conflict', `This ruling is not open any more: it is ${outcome.ruling.state}.`, {
        members: { ruling: rulingView(outcome.ruling) },
      });
    case 'ownProposal':
      throw new Problem('forbidden', 'Another person than the one who proposed it has to decide.');
    case 'notNeeding':
    case 'notExpired':
      throw notRulable(outcome.kind, outcome.payment);
    case 'unknown':
      throw new Problem('not_found', 'The books hold no ruling of this id.');
  }
}

const WHY_NOT = {
  notNeeding: 'Only a payment that needs attention takes a ruling; the bridge goes on with this one by itself, or it has ended.',
  notExpired: 'The order can still be paid: it may be called failed or cancelled only after it has run out.',
} as const;

function notRulable(why: keyof typeof WHY_NOT, { paymentRequestId, life }: Payment): Problem {
  return new Problem('not_rulable', WHY_NOT[why], { members: { payment: { paymentRequestId, state: life.state } } });
}

function rulingView({ proposedAt, decidedAt, ...ruling }: Ruling): api.RulingView {
  return { ...ruling, proposedAt: utcText(proposedAt), decidedAt: decidedAt === null ? null : utcText(decidedAt) };
}

/** `/api/payments/{id}/rulings` and `/api/rulings`. */
export function rulingRoutes(parts: {
  readonly rulingCalls: RulingCalls;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const calls = parts.rulingCalls;
  route(api.listRulings, async ({ query: { open, limit, cursor } }) => {
    const page = await calls.list(open === undefined ? null : open === 'true', limit, cursor);
    return { status: 200, body: { ...page, items: page.items.map(rulingView) } };
  });
  route(api.proposeRuling, async ({ params, body }, { person }) => {
    const { isNew, ruling } = await calls.propose(person, params.paymentRequestId, body.as, body.reason);
    return { status: isNew ? 201 : 200, body: rulingView(ruling) };
  });
  route(api.confirmRuling, async ({ params }, { person }) => ({
    status: 200,
    body: rulingView(await calls.confirm(person, params.rulingId)),
  }));
  route(api.rejectRuling, async ({ params, body }, { person }) => ({
    status: 200,
    body: rulingView(await calls.reject(person, params.rulingId, body?.reason ?? null)),
  }));
  return router;
}
