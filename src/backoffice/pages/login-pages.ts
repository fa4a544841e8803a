import Router from '@koa/router';
import type { Context } from 'koa';
import { Problem } from '../../http/problem.js';
import type { BackOfficeGate } from '../backoffice-gate.js';
import type { SessionDesk } from '../session-desk.js';
import { LANGUAGE_COOKIE, type PageKit } from './page-kit.js';
import { ownAddress, type PageRouter, readForm } from './page-router.js';
import { isLanguage, sayIn, type WordKey } from './words/words.js';

export interface LoginPagesParts {
  readonly sessions: SessionDesk;
  readonly gate: BackOfficeGate;
  readonly kit: PageKit;
  readonly pages: PageRouter;
}

/** Logging in and out, and the switch of the language; the only pages without a session. */
export function loginPages({ sessions, gate, kit, pages }: LoginPagesParts): Router {
  const router = new Router({ sensitive: true, strict: true });

  const form = (ctx: Context, status: number, next: string, name: string, sentence: string | null) => {
    const title = sayIn(kit.languageFor(ctx))('login.title');
    kit.show(ctx, undefined, { template: 'login', title, status, model: { next, name, sentence } });
  };

  router.get('/login', (ctx) => {
    const say = sayIn(kit.languageFor(ctx));
    const why = ctx.query['why'];
    const sentence = why === 'ended' ? say('login.ended') : why === 'out' ? say('login.out') : null;
    form(ctx, 200, ownAddress(textOf(ctx.query['next'])), '', sentence);
  });
  router.post('/login', async (ctx) => {
    const say = sayIn(kit.languageFor(ctx));
    const fields = await readForm(ctx).catch((error: unknown) => {
      if (error instanceof Problem) return undefined;
      throw error;
    });
    const name = fields?.field('name') ?? '';
    const next = ownAddress(fields?.field('next') ?? '/');
    const password = fields?.exact('password') ?? '';
    if (name === '' || password === '') return form(ctx, 400, next, name, say('login.wrong'));
    const waitSeconds = secondsToWait(() => gate.admitLogin(ctx));
    const login = waitSeconds === 0 ? await sessions.open(name, password, gate.shownToken(ctx)) : ({ kind: 'busy' } as const);
    if (login.kind === 'open') {
      ctx.set('Set-Cookie', gate.cookieText(login.token));
      ctx.redirect(next);
      ctx.status = 303;
      return undefined;
    }
    const key: WordKey = `login.${login.kind}`;
    const minutes = login.kind === 'locked' ? Math.ceil(login.leftMs / 60_000) : 0;
    if (login.kind === 'locked') ctx.set('Retry-After', String(Math.ceil(login.leftMs / 1000)));
    if (login.kind === 'busy') ctx.set('Retry-After', String(Math.max(waitSeconds, BUSY_S)));
    return form(ctx, login.kind === 'wrong' ? 401 : 429, next, name, say(key, { minutes }));
  });
  router.get('/language', (ctx) => {
    const to = textOf(ctx.query['to']);
    if (isLanguage(to)) ctx.set('Set-Cookie', `${LANGUAGE_COOKIE}=${to}; Path=/; SameSite=Strict; HttpOnly; Max-Age=31536000`);
    ctx.redirect(ownAddress(textOf(ctx.query['back'])));
    ctx.status = 303;
  });
  pages.form('/logout', 'viewer', async ({ ctx }) => {
    const token = gate.shownToken(ctx);
    if (token !== undefined) await sessions.end(token);
    ctx.set('Set-Cookie', gate.cookieText(null));
    return '/login?why=out';
  });
  return router;
}

/** After this long a turn has come free for whoever found none. */
const BUSY_S = 3;

/** What a gate asks a caller to wait; 0 when it lets them in. */
function secondsToWait(admit: () => void): number {
  try {
    admit();
    return 0;
  } catch (error) {
    if (error instanceof Problem && error.extras.retryAfterSeconds !== undefined) return error.extras.retryAfterSeconds;
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
