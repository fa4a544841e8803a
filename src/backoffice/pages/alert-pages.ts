import { Problem } from '../../http/problem.js';
import type { PaymentRequestId } from '../../payment/payment.js';
import type { PaymentDesk } from '../../payment/payment-desk.js';
import { moneyBackOf } from '../../payment/refund.js';
import type { ListedAlert } from '../alert-calls.js';
import { type DealingParts, deal } from '../dealing.js';
import type { PaymentFinder } from '../payment-routes.js';
import { alertStory } from './alert-models.js';
import { dealtTaken } from './dealt-page.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageRouter } from './page-router.js';
import { reasonFrom } from './taken-page.js';
import { waitingFirst } from './waiting-first.js';

export interface AlertPagesParts {
  readonly alerts: DealingParts<ListedAlert>;
  readonly finder: PaymentFinder;
  readonly desk: Pick<PaymentDesk, 'canAsk'>;
  /** What the configuration says about late money of an upstream. */
  readonly latePayment: (upstreamId: string) => 'undo' | 'ask';
  readonly pages: PageRouter;
  readonly kit: PageKit;
}

const ALERTS_A_PAGE = 25;

/** What contradicts the end of payments: what happened, what the bridge does, what a person should do. */
export function alertPages(parts: AlertPagesParts): void {
  const { alerts, pages, kit } = parts;
  pages.page('/alerts', 'viewer', (call) => listPage(call, parts));
  pages.form('/alerts/:id/dealt-with', 'operator', async (call, form) => {
    const id = call.param('id');
    if (!/^[0-9]{1,15}$/.test(id)) throw new Problem('not_found', 'The books hold nothing of this id.');
    const why = reasonFrom(form);
    const link = { href: '/alerts', link: call.say('taken.alerts') };
    return deal(alerts, call.caller.person, id, why).then(
      () => '/alerts?told=dealt',
      (error: unknown) => dealtTaken(error, call, kit, { books: alerts.books, id, wrote: why, ...link, at: '/alerts' }),
    );
  });
}

async function listPage(call: PageCall, { alerts, desk, finder, latePayment }: AlertPagesParts): Promise<Page> {
  const list = await waitingFirst(
    ({ waits, after, limit }) => alerts.books.list({ open: waits, oldestFirst: waits, after, limit }),
    call.asked('cursor'),
    ALERTS_A_PAGE,
  );
  const shown = (some: readonly ListedAlert[]) =>
    Promise.all(
      some.map(async (alert) => {
        const payment = await finder.find(alert.paymentRequestId as PaymentRequestId);
        if (payment === undefined) return { alert, payment, undo: null, story: null };
        const told = alertStory(alert.kind, payment, latePayment(payment.upstreamId));
        const story = desk.canAsk(payment) ? told : { ...told, may: { undo: false, refund: false } };
        return { alert, payment, undo: moneyBackOf(payment.life).undo, story };
      }),
    );
  const model = { ...list, waiting: await shown(list.waiting), over: await shown(list.over) };
  return { template: 'alerts', title: call.say('nav.alerts'), at: '/alerts', model };
}
