import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Log } from '../../base/log.js';
import { readRawBody, TERMINAL_BODY_LIMIT } from '../../http/body.js';
import { Problem } from '../../http/problem.js';
import { traceIdOf } from '../../http/trace.js';
import type { BackOfficeGate, Caller, SessionCaller } from '../backoffice-gate.js';
import type { Role } from '../people.js';
import type { Page, PageKit } from './page-kit.js';
import { isWordKey, type Say, sayIn, type WordKey } from './words/words.js';

/** One call of a person at a page. */
export interface PageCall {
  readonly ctx: Context;
  readonly caller: Caller;
  readonly say: Say;
  /** A part of the path, decoded. */
  param(name: string): string;
  /** A field of the query; '' when it is not there. */
  asked(name: string): string;
}

/** A form that was posted. */
export interface PageForm {
  /** A field, without blanks around it; '' when it is not there. */
  field(name: string): string;
  /** A field as it was typed. */
  exact(name: string): string;
}

/** Routes of pages: who may see them, forms with their token, refusals as pages. */
export interface PageRouter {
  readonly router: Router;
  page(path: string, role: Role, show: (call: PageCall) => Promise<Page | undefined>): void;
  /** A piece of a page that its script asks for; the session lives on only while the script says that somebody is there (`here=1`). */
  piece(path: string, role: Role, show: (call: PageCall) => Promise<Page | undefined>): void;
  /** `act` gives the address to go to afterwards, or a page that says why nothing was done. */
  form(path: string, role: Role, act: (call: PageCall, form: PageForm) => Promise<string | Page>): void;
  /** A form with files: `take` reads the body, compares the token of the session in it, and gives the page to answer with. */
  upload(path: string, role: Role, take: (call: PageCall & { readonly caller: SessionCaller }) => Promise<Page>): void;
}

export interface PageRouterParts {
  readonly gate: BackOfficeGate;
  readonly kit: PageKit;
  readonly log: Log;
}

/** The field of a form that carries the token of the session. */
export const TOKEN_FIELD = 'csrf';

export function createPageRouter({ gate, kit, log }: PageRouterParts): PageRouter {
  const router = new Router({ sensitive: true, strict: true });

  const callOf = (ctx: Context, caller: Caller): PageCall => ({
    ctx,
    caller,
    say: sayIn(kit.languageFor(ctx)),
    param: (name) => paramOf(ctx, name),
    asked: (name) => askedOf(ctx, name),
  });

  const refused = (ctx: Context, caller: Caller | undefined, problem: Problem) => {
    const say = sayIn(kit.languageFor(ctx));
    const key = `problem.${problem.code}`;
    const word: WordKey = isWordKey(key) ? key : 'problem.other';
    log.info('call refused', {
      listener: 'backOffice',
      traceId: traceIdOf(ctx),
      status: problem.status,
      errorCode: problem.code,
    });
    const { status, message } = problem;
    const isAct = ctx.method !== 'GET' && ctx.method !== 'HEAD';
    const title = isAct ? say('refused.title') : say(word);
    const back = backOf(ctx);
    const model = { sentence: say(word), detail: message, status, back, isAct, traceId: traceIdOf(ctx) };
    kit.show(ctx, caller, { template: 'refused', title, status, model });
  };

  /** Problems become pages; whoever has no session is sent to log in. */
  const guarded =
    <C extends Caller>(admit: (ctx: Context) => Promise<C>, work: (ctx: Context, caller: C) => Promise<void>): Middleware =>
    async (ctx: Context) => {
      let caller: C | undefined;
      try {
        caller = await admit(ctx);
        await work(ctx, caller);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.code === 'unauthenticated') toLogin(ctx);
        else refused(ctx, caller, error);
      }
    };

  const shown = (show: (call: PageCall) => Promise<Page | undefined>) => async (ctx: Context, caller: Caller) => {
    const page = await show(callOf(ctx, caller));
    if (page !== undefined) kit.show(ctx, caller, page);
  };

  return {
    router,
    page(path, role, show) {
      const admit = (ctx: Context) => gate.admit(ctx, role);
      router.get(path, guarded(admit, shown(show)));
    },
    piece(path, role, show) {
      const admit = (ctx: Context) => (ctx.query['here'] === '1' ? gate.admit(ctx, role) : gate.glance(ctx, role));
      router.get(path, guarded(admit, shown(show)));
    },
    form(path, role, act) {
      const forms = new WeakMap<Context, PageForm>();
      // The form is read first: it carries the token.
      const admit = async (ctx: Context) => {
        const form = await readForm(ctx);
        forms.set(ctx, form);
        return gate.admit(ctx, role, form.exact(TOKEN_FIELD));
      };
      const work = async (ctx: Context, caller: Caller) => {
        const after = await act(callOf(ctx, caller), forms.get(ctx) ?? NO_FORM);
        if (typeof after !== 'string') return kit.show(ctx, caller, after);
        ctx.redirect(after);
        ctx.status = 303;
      };
      router.post(path, guarded(admit, work));
    },
    upload(path, role, take) {
      const admit = (ctx: Context) => gate.admitBeforeBody(ctx, role);
      const work = async (ctx: Context, caller: SessionCaller) => {
        kit.show(ctx, caller, await take({ ...callOf(ctx, caller), caller }));
      };
      router.post(path, guarded(admit, work));
    },
  };
}

/** PostgreSQL knows no text with a zero in it, and nothing is called so. */
function paramOf(ctx: Context, name: string): string {
  const value = (ctx as Context & { params: Record<string, string> }).params[name] ?? '';
  if (value.includes('\0')) throw new Problem('not_found', 'There is nothing at this address.');
  return value;
}

function askedOf(ctx: Context, name: string): string {
  const value = ctx.query[name];
  return typeof value === 'string' ? value.trim().replaceAll('\0', '\ufffd') : '';
}

const NO_FORM: PageForm = { field: () => '', exact: () => '' };

/** The fields of a form as browsers post it; of a field that comes twice the first. Throws a `Problem`: 400 for one with a zero in it, 413, 415. */
export async function readForm(ctx: Context): Promise<PageForm> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(ctx.get('Content-Type')))
    throw new Problem('unsupported_media_type', 'Send this form as application/x-www-form-urlencoded.');
  const fields = new URLSearchParams((await readRawBody(ctx, TERMINAL_BODY_LIMIT)).toString('utf8'));
  for (const [name, value] of fields)
    if (value.includes('\0')) throw new Problem('invalid_request', `${name}: must have no zero characters`);
  const exact = (name: string) => fields.get(name) ?? '';
  return { exact, field: (name) => exact(name).trim() };
}

/** A page of ours that a form or a link names; anything else is the front page. */
export function ownAddress(text: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(text) ? text : '/';
}

/** Where somebody came from, for a link back. */
function backOf(ctx: Context): string {
  const from = ctx.get('Referer');
  return URL.canParse(from) ? ownAddress(`${new URL(from).pathname}${new URL(from).search}`) : '/';
}

function toLogin(ctx: Context): void {
  const next = ctx.method === 'GET' ? `${ctx.path}${ctx.search}` : backOf(ctx);
  const ended = ctx.get('Cookie').includes('ocbridge=') ? '&why=ended' : '';
  ctx.remove('WWW-Authenticate');
  ctx.redirect(`/login?next=${encodeURIComponent(ownAddress(next))}${ended}`);
  ctx.status = 303;
}
