import { Problem } from '../../http/problem.js';
import { RULED_AS } from '../../payment/decide-ruling.js';
import type { Payment, PaymentRequestId } from '../../payment/payment.js';
import type { Ruling } from '../../payment/ruling.js';
import type { RulingDesk } from '../../payment/ruling-desk.js';
import type { PaymentFinder } from '../payment-routes.js';
import type { RulingCalls } from '../ruling-calls.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageForm, PageRouter } from './page-router.js';
import { reasonFrom, takenPage } from './taken-page.js';
import { waitingFirst } from './waiting-first.js';

export interface RulingPagesParts {
  readonly rulings: RulingDesk;
  readonly rulingCalls: RulingCalls;
  readonly finder: PaymentFinder;
  readonly pages: PageRouter;
  readonly kit: PageKit;
}

const RULINGS_A_PAGE = 25;

/** The list of rulings, and what two people do about a payment that needs attention. */
export function rulingPages(parts: RulingPagesParts): void {
  const { rulings, rulingCalls, pages } = parts;
  pages.page('/rulings', 'viewer', (call) => listPage(call, parts));
  pages.form('/payments/:id/rulings', 'operator', async (call, form) => {
    const as = RULED_AS.find((one) => one === form.field('as'));
    if (as === undefined) throw new Problem('invalid_request', `as: one of ${RULED_AS.join(', ')}`);
    const reason = reasonFrom(form);
    return rulingCalls.propose(call.caller.person, call.param('id'), as, reason).then(
      ({ ruling }) => paymentAddress(ruling.paymentRequestId, 'ruling.proposed'),
      (error: unknown) => told(error, call, parts, reason),
    );
  });
  const decide = (verb: 'confirm' | 'reject', work: (call: PageCall, form: PageForm) => Promise<Ruling>) =>
    pages.form(`/rulings/:ruling/${verb}`, 'approver', async (call, form) => {
      const { name } = call.caller.person;
      const ruling = await existing(rulings, call.param('ruling'));
      if (ruling.proposedBy === name) return ownPage(call, ruling);
      return work(call, form).then(
        ({ paymentRequestId, state }) =>
          form.field('from') === 'list' ? `/rulings?told=ruling.${state}` : paymentAddress(paymentRequestId, `ruling.${state}`),
        (error: unknown) => told(error, call, parts, form.field('reason')),
      );
    });
  decide('confirm', (call) => rulingCalls.confirm(call.caller.person, call.param('ruling')));
  decide('reject', (call, form) => rulingCalls.reject(call.caller.person, call.param('ruling'), reasonFrom(form)));
}

function paymentAddress(id: string, word: string): string {
  return `/payments/${encodeURIComponent(id)}?told=${word}`;
}

async function existing(rulings: RulingDesk, id: string): Promise<Ruling> {
  const ruling = /^[0-9]{1,15}$/.test(id) ? await rulings.find(id) : undefined;
  if (ruling === undefined) throw new Problem('not_found', 'The books hold no ruling of this id.');
  return ruling;
}

/** What the box on a payment's page shows; null where there is nothing to rule and nothing was. */
export async function rulingBox(rulings: RulingDesk, payment: Payment) {
  const all = await rulings.ofPayment(payment.paymentRequestId);
  const needed = payment.life.state === 'needs_attention';
  if (!needed && all.length === 0) return null;
  const { whyNot, expiresAt } = rulings.outlook(payment);
  return {
    needed,
    open: all.find(({ state }) => state === 'open') ?? null,
    over: all.filter(({ state }) => state !== 'open').toReversed(),
    choices: RULED_AS.map((as) => ({ as, whyNot: whyNot[as] })),
    expiresAt,
  };
}

async function listPage(call: PageCall, { rulings, finder }: RulingPagesParts): Promise<Page> {
  const list = await waitingFirst(
    ({ waits, after, limit }) => rulings.list({ open: waits, oldestFirst: waits, after, limit }),
    call.asked('cursor'),
    RULINGS_A_PAGE,
  );
  const withPayment = (some: readonly Ruling[]) =>
    Promise.all(some.map(async (ruling) => ({ ruling, payment: await finder.find(ruling.paymentRequestId) })));
  const [waiting, over] = [await withPayment(list.waiting), await withPayment(list.over)];
  return { template: 'rulings', title: call.say('nav.rulings'), at: '/rulings', model: { ...list, waiting, over } };
}

/** Whoever comes second is told what the first one did, and keeps what was typed. Throws what is no such conflict. */
async function told(error: unknown, call: PageCall, { rulings, finder, kit }: RulingPagesParts, wrote: string): Promise<Page> {
  const first = error instanceof Problem && error.code === 'ruling_conflict' ? await firstOf(error, rulings) : undefined;
  if (first === undefined) throw error;
  const payment = await finder.find(first.paymentRequestId as PaymentRequestId);
  const { say } = call;
  const at = kit.shop.full(first.decidedAt ?? first.proposedAt);
  const by = first.decidedBy ?? first.proposedBy;
  const state = say(`state.${payment?.life.state ?? 'needs_attention'}`);
  return takenPage(call, {
    sentence: say(`taken.ruling.${first.state}`, { by, at, as: say(`state.${first.as}`), state }),
    said: first.state === 'void' ? null : (first.decidedWhy ?? first.reason),
    wrote,
    href: `/payments/${encodeURIComponent(first.paymentRequestId)}`,
    link: say('taken.payment'),
    at: '/rulings',
  });
}

async function firstOf({ extras }: Problem, rulings: RulingDesk): Promise<Ruling | undefined> {
  const named = extras.members?.['ruling'];
  const id = typeof named === 'object' && named !== null && 'id' in named ? String(named.id) : undefined;
  return id === undefined ? undefined : rulings.find(id);
}

function ownPage({ say }: PageCall, { paymentRequestId }: Ruling): Page {
  const back = `/payments/${encodeURIComponent(paymentRequestId)}`;
  const model = { sentence: say('ruling.own'), said: null, wrote: '', href: back, link: say('taken.payment') };
  return { template: 'taken', title: say('refused.title'), at: '/rulings', status: 403, model };
}
