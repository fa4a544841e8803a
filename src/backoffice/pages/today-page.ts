import { invariant } from '../../base/assert.js';
import type { Clock } from '../../base/clock.js';
import { Problem } from '../../http/problem.js';
import type { TodayPorts } from '../today-ports.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageRouter } from './page-router.js';
import { endingBy } from './picture.js';
import { bandsOf, dayBefore, salesModel, shopDay } from './sales-model.js';
import { HEALTH_TONE, laneModel, needLines } from './today-models.js';

export interface TodayPageParts {
  readonly today: TodayPorts;
  readonly clock: Clock;
  readonly pages: PageRouter;
  readonly kit: PageKit;
}

/** The front page: what waits for a person, the lanes as they are, and what was sold. Its pieces can be asked for alone. */
export function todayPage({ today, pages, kit, clock }: TodayPageParts): void {
  const lanes = async () => ({ lanes: (await today.lanes()).map(laneModel), healthTone: HEALTH_TONE });
  const needs = async () => {
    const lists = await today.needs();
    return { needs: needLines(lists), more: lists.filter(({ more }) => more > 0) };
  };
  const sales = async (call: PageCall) => ({ sold: await soldOn(call.asked('day'), today, kit, clock) });
  const piece = (template: string, model: object): Page => ({ template, title: '', model });

  pages.page('/', 'viewer', async (call) => ({
    template: 'today',
    title: call.say('nav.today'),
    at: '/',
    model: {
      scripts: ['live.js'],
      day: kit.shop.day(clock.now()),
      ...(await lanes()),
      ...(await needs()),
      ...(await sales(call)),
    },
  }));
  pages.piece('/today/lanes', 'viewer', async () => piece('today-lanes', await lanes()));
  pages.piece('/today/needs', 'viewer', async () => piece('today-needs', await needs()));
  pages.piece('/today/sales', 'viewer', async (call) => piece('today-sales', await sales(call)));
  pages.piece('/today/lanes/:lane/code.svg', 'operator', (call) => picture(call, today, null));
  pages.piece('/today/lanes/:lane/displays/:display/glass.svg', 'operator', (call) =>
    picture(call, today, /^\d{1,2}$/.test(call.param('display')) ? Number(call.param('display')) : -1),
  );
}

/** What was sold on a day of the shop; today for a text that is none, or of a day that has not begun. */
async function soldOn(asked: string, today: TodayPorts, { shop }: PageKit, clock: Clock) {
  const now = clock.now();
  const wanted = shopDay(asked, shop);
  const day = wanted !== undefined && wanted.from <= now ? wanted : shopDay(shop.day(now), shop);
  invariant(day !== undefined, 'every moment lies in a day');
  const [sold, refunded] = await Promise.all([today.paidByHour(day.from, day.to), today.refundedBetween(day.from, day.to)]);
  return {
    day: day.day,
    before: dayBefore(day, shop),
    after: day.to <= now ? shop.day(day.to) : null,
    currencies: salesModel(day, sold, refunded, shop),
    bands: bandsOf(day),
  };
}

/** A picture of a code that may be shown now; it goes out by itself when the code runs out. */
async function picture({ ctx, param }: PageCall, today: TodayPorts, display: number | null): Promise<undefined> {
  const found = display === -1 ? undefined : await today.picture(param('lane'), display);
  if (found === undefined) throw new Problem('not_found', 'No code may be shown there now.');
  ctx.body = endingBy(found.svg, found.leftMs);
  ctx.set('Content-Type', 'image/svg+xml');
  ctx.set('Content-Security-Policy', "default-src 'none'; img-src data:");
  ctx.set('Cache-Control', 'no-store');
  return undefined;
}
