import { Problem } from '../../http/problem.js';
import { type DealingParts, deal } from '../dealing.js';
import type { QuarantinedNotification } from '../quarantine-calls.js';
import { dealtTaken } from './dealt-page.js';
import type { Page, PageKit } from './page-kit.js';
import type { PageCall, PageRouter } from './page-router.js';
import { reasonFrom } from './taken-page.js';
import { waitingFirst } from './waiting-first.js';
import { isWordKey } from './words/words.js';

export interface QuarantinePagesParts {
  readonly quarantine: DealingParts<QuarantinedNotification>;
  readonly pages: PageRouter;
  readonly kit: PageKit;
}

const NOTIFICATIONS_A_PAGE = 20;

/** Notifications that fitted nothing, and saying that somebody has dealt with one. */
export function quarantinePages({ quarantine, pages, kit }: QuarantinePagesParts): void {
  pages.page('/quarantine', 'viewer', (call) => listPage(call, quarantine));
  pages.form('/quarantine/:id/dealt-with', 'operator', async (call, form) => {
    const id = call.param('id');
    if (!/^[0-9]{1,15}$/.test(id)) throw new Problem('not_found', 'The books hold nothing of this id.');
    const why = reasonFrom(form);
    const link = { href: '/quarantine', link: call.say('taken.quarantine') };
    return deal(quarantine, call.caller.person, id, why).then(
      () => '/quarantine?told=dealt',
      (error: unknown) => dealtTaken(error, call, kit, { books: quarantine.books, id, wrote: why, ...link, at: '/quarantine' }),
    );
  });
}

async function listPage(call: PageCall, { books }: DealingParts<QuarantinedNotification>): Promise<Page> {
  const list = await waitingFirst(
    ({ waits, after, limit }) => books.list({ open: waits, oldestFirst: waits, after, limit }),
    call.asked('cursor'),
    NOTIFICATIONS_A_PAGE,
  );
  const shown = (some: readonly QuarantinedNotification[]) => some.map(shownNotification);
  const model = { ...list, waiting: shown(list.waiting), over: shown(list.over) };
  return { template: 'quarantine', title: call.say('nav.quarantine'), at: '/quarantine', model };
}

function shownNotification(one: QuarantinedNotification) {
  const bytes = Buffer.from(one.body);
  const word = `quarantine.${one.why}`;
  return {
    ...one,
    word: isWordKey(word) ? word : null,
    named: one.paymentRequestId ?? idNamed(bytes),
    message: {
      headers: headersOf(one.headers),
      body: bytes.toString('utf8'),
      base64: bytes.toString('base64'),
      sha256: one.bodySha256,
    },
  };
}

function headersOf(headers: unknown): readonly (readonly [string, string])[] {
  return typeof headers === 'object' && headers !== null
    ? Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
    : [];
}

/** The payment it names where none of ours has that id. */
function idNamed(bytes: Buffer): string | null {
  try {
    const { paymentRequestId } = JSON.parse(bytes.toString('utf8')) as { paymentRequestId?: unknown };
    return typeof paymentRequestId === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(paymentRequestId) ? paymentRequestId : null;
  } catch {
    return null;
  }
}
