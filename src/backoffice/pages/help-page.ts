import type { PageRouter } from './page-router.js';
import { isWordKey, WORDS } from './words/words.js';

/** The groups of words that are explained, in the order of the page. */
const GROUPS = ['state', 'next', 'alert', 'refund', 'ruled', 'ruling', 'quarantine', 'exception'] as const;

/** `GET /help`: every state, piece of advice, alert and exception in one sentence, each with an address of its own. */
export function helpPage(pages: PageRouter): void {
  const groups = GROUPS.map((group) => ({
    heading: `help.group.${group}`,
    words: Object.keys(WORDS.en).flatMap((key) => {
      const explained = `help.${key}`;
      return key.startsWith(`${group}.`) && isWordKey(explained)
        ? [{ id: key.slice(group.length + 1), group, key, explained }]
        : [];
    }),
  }));
  pages.page('/help', 'viewer', async ({ say }) => ({ template: 'help', title: say('nav.help'), model: { groups } }));
}
