import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import Router from '@koa/router';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of the page; only these are served. `/` is the first. */
const FILES = [
  'index.html',
  'base.css',
  'layout.css',
  'controls.css',
  'till.css',
  'glass-wallet.css',
  'panels.css',
  'small-screens.css',
  'icon.svg',
  'main.js',
  'books-card.js',
  'call-panel.js',
  'glass-card.js',
  'live.js',
  'page-tools.js',
  'sale-form.js',
  'sale-panel.js',
  'sales-list.js',
  'story-card.js',
  'terminal-calls.js',
  'till-card.js',
  'trouble-card.js',
  'wallet-card.js',
] as const;

/** Everything of the page comes from this listener; nothing inline, nothing from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /` and the files it needs, read once from beside this module. */
export async function pageFiles(): Promise<Router> {
  const router = new Router({ sensitive: true, strict: true });
  for (const name of FILES) {
    const bytes = await readFile(new URL(`./page/${name}`, import.meta.url));
    router.get(name === 'index.html' ? '/' : `/${name}`, (ctx) => {
      ctx.body = bytes;
      ctx.set('Content-Type', MEDIA_TYPES[extname(name)] ?? 'application/octet-stream');
      ctx.set('Content-Security-Policy', PAGE_POLICY);
      // Another version may answer on this port tomorrow.
      ctx.set('Cache-Control', 'no-store');
    });
  }
  return router;
}
