import type { Clock } from '../../base/clock.js';
import type { Trail, TrailAct } from '../audit-calls.js';
import type { Page } from './page-kit.js';
import type { PageCall, PageRouter } from './page-router.js';
import { isWordKey, WORDS, type WordKey } from './words/words.js';

export interface AuditPagesParts {
  readonly trail: Trail;
  readonly pages: PageRouter;
  readonly clock: Clock;
}

const ACTS_A_PAGE = 50;

/** Every kind of act that has a word. */
const KINDS: readonly string[] = Object.keys(WORDS.en).flatMap((key) => (key.startsWith('did.') ? [key.slice(4)] : []));

/** The trail of acts, and verifying it. */
export function auditPages({ trail, pages, clock }: AuditPagesParts): void {
  pages.page('/audit', 'viewer', (call) => listPage(call, trail));
  pages.form('/audit/verify', 'viewer', async ({ say }) => ({
    template: 'audit-verified',
    title: say('audit.verified'),
    at: '/audit',
    model: { report: await trail.verify(), lookedAt: clock.now() },
  }));
}

async function listPage(call: PageCall, trail: Trail): Promise<Page> {
  const who = call.asked('who').slice(0, 128);
  const what = KINDS.find((one) => one === call.asked('what')) ?? '';
  const before = /^[0-9]{1,15}$/.test(call.asked('cursor')) ? call.asked('cursor') : null;
  const found = await trail.list({
    who: who === '' ? null : who,
    what: what === '' ? null : what,
    before,
    limit: ACTS_A_PAGE + 1,
  });
  const acts = found.slice(0, ACTS_A_PAGE);
  const asked = { who, what };
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
  return {
    template: 'audit',
    title: call.say('nav.audit'),
    at: '/audit',
    model: {
      acts: acts.map(shownAct),
      asked,
      kinds: KINDS,
      query: query.toString(),
      isFirst: before === null,
      next: found.length > ACTS_A_PAGE ? acts.at(-1)?.seq : null,
    },
  };
}

function shownAct(act: TrailAct) {
  const word = `did.${act.what}`;
  const said: WordKey | null = isWordKey(word) ? word : null;
  const detail = Object.entries(act.detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const);
  return { ...act, word: said, href: hrefOf(act), detail };
}

/** Where to look at what an act was about. */
function hrefOf({ what, about }: TrailAct): string | null {
  const [area] = what.split('.');
  if (area === 'payment' || area === 'ruling' || area === 'alert') return `/payments/${encodeURIComponent(about)}`;
  if (area === 'quarantine') return '/quarantine';
  if (area === 'exception') return `/exceptions/${encodeURIComponent(about)}`;
  return /^\d{4}-\d{2}-\d{2}$/.test(about) ? `/days/${about}` : null;
}
