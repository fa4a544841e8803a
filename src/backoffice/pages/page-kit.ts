import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { Clock } from '../../base/clock.js';
import type { Caller } from '../backoffice-gate.js';
import { type Role, roleCovers } from '../people.js';
import { ageShown, amountShown, CLEARING_ZONE, moneyShown, type ShopTime, seenText, shopTime, unitsShown } from './shown.js';
import { isLanguage, isWordKey, LANGUAGE_TAG, LANGUAGES, type Language, languageOf, sayIn } from './words/words.js';

/** Nothing inline, nothing from elsewhere; forms go to ourselves only. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page: its template, its title and what it shows. */
export interface Page {
  readonly template: string;
  /** As it stands in the heading. */
  readonly title: string;
  /** The address of the entry in the navigation that is lit. */
  readonly at?: string;
  readonly model?: object;
  readonly status?: number;
}

/** Draws pages. */
export interface PageKit {
  readonly shop: ShopTime;
  languageFor(ctx: Context): Language;
  /** `caller` undefined before the login. */
  show(ctx: Context, caller: Caller | undefined, page: Page): void;
}

/** A link of the navigation. */
export interface NavEntry {
  readonly href: string;
  readonly word: string;
}

export interface PageKitParts {
  readonly clock: Clock;
  readonly zone: string;
  /** Only pages that are there. */
  readonly nav: readonly NavEntry[];
}

/** The cookie in which a chosen language is kept; nothing secret. */
export const LANGUAGE_COOKIE = 'ocbridge-lang';

/** Builds what draws pages; templates are read from beside this file. */
export function createPageKit({ clock, zone, nav }: PageKitParts): PageKit {
  const eta = new Eta({ views: fileURLToPath(new URL('./templates/', import.meta.url)), autoEscape: true, cache: true });
  const shop = shopTime(zone);
  const clearing = shopTime(CLEARING_ZONE);

  const languageFor = (ctx: Context) => {
    const chosen = new RegExp(`(?:^|;\\s*)${LANGUAGE_COOKIE}=([a-z]{2})(?:;|$)`).exec(ctx.get('Cookie'))?.[1];
    return isLanguage(chosen) ? chosen : languageOf(ctx.get('Accept-Language'));
  };

  return {
    shop,
    languageFor,
    show(ctx, caller, { template, title, at, model, status = 200 }) {
      const language = languageFor(ctx);
      const say = sayIn(language);
      const told = typeof ctx.query['told'] === 'string' ? `told.${ctx.query['told']}` : '';
      ctx.status = status;
      pageHeaders(ctx);
      ctx.body = eta.render(`./${template}`, {
        ...model,
        say,
        title,
        at: at ?? ctx.path,
        told: isWordKey(told) ? say(told) : null,
        language,
        tag: LANGUAGE_TAG[language],
        languages: Object.entries(LANGUAGES).map(([code, name]) => ({ code, name, tag: LANGUAGE_TAG[code as Language] })),
        here: `${ctx.path}${ctx.search}`,
        nav: caller === undefined ? [] : nav,
        person: caller?.person ?? null,
        csrf: caller?.session?.csrfToken ?? '',
        can: (role: Role) => caller !== undefined && roleCovers(caller.person.role, role),
        has: (href: string) => nav.some((one) => one.href === href),
        money: moneyShown,
        units: unitsShown,
        amount: amountShown,
        seen: seenText,
        shop,
        clearing,
        age: (ms: number) => ageShown(ms, say),
        now: clock.now(),
      });
    },
  };
}

/** Headers of everything people look at: personal data stays out of every cache. */
function pageHeaders(ctx: Context): void {
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.set('Content-Security-Policy', PAGE_POLICY);
  ctx.set('Cache-Control', 'no-store');
  // With "no-referrer" browsers send "Origin: null" along with a form, and the front door would turn it away.
  ctx.set('Referrer-Policy', 'same-origin');
  ctx.set('Vary', 'Accept-Language, Cookie');
}
