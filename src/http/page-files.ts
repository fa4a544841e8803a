import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import Router from '@koa/router';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

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

/** `GET /` (the file `index.html`) and the other files of a page, read once; only those that are named are served. `folder` ends in a slash. */
export async function pageFiles(folder: URL, names: readonly string[]): Promise<Router> {
  const router = new Router({ sensitive: true, strict: true });
  for (const name of names) {
    const bytes = await readFile(new URL(name, folder));
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
