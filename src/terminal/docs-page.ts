import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type { Context } from 'koa';

/** Only these files of swagger-ui-dist are served; the rest of the package is nobody's business. */
const UI_FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Terminal API of the order-code terminal bridge</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<main id="api"><noscript>This page needs scripts. The same as JSON: <a href="/openapi.json">/openapi.json</a></noscript></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

// validatorUrl null: the page must never ask a server elsewhere about this document.
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null, persistAuthorization: false });
`;

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /openapi.json` and the readable page `GET /docs`, both without a key, from this machine alone. `describe` is called when first asked. */
export function docsRoutes(describe: () => object): Router {
  const router = new Router({ sensitive: true, strict: true });
  let json: Buffer | undefined;
  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  router.get('/openapi.json', (ctx) => {
    // Not at the start: a counter PC that comes up in the morning has a queue waiting, and nobody reads this then.
    json ??= Buffer.from(JSON.stringify(describe(), null, 2), 'utf8');
    answer(ctx, 'application/json; charset=utf-8', json);
  });
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', PAGE_POLICY);
    answer(ctx, 'text/html; charset=utf-8', PAGE);
  });
  router.get('/docs/start.js', (ctx) => answer(ctx, 'text/javascript; charset=utf-8', START));
  for (const [file, mediaType] of Object.entries(UI_FILES)) {
    // Read once: however many slow readers there are, the large script stands in memory a single time.
    let bytes: Promise<Buffer> | undefined;
    router.get(`/docs/${file}`, async (ctx) => {
      bytes ??= readFile(join(folder, file));
      answer(ctx, mediaType, await bytes);
    });
  }
  return router;
}

function answer(ctx: Context, mediaType: string, body: string | Buffer): void {
  ctx.body = body;
  ctx.set('Content-Type', mediaType);
  ctx.set('Cache-Control', 'no-cache');
}
