import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { invalidRequest, Problem } from './problem.js';
import { readStrictJson } from './strict-json.js';

/** Most bytes of a body on the terminal and back-office listeners. */
export const TERMINAL_BODY_LIMIT = 64 * 1024;
/** Most bytes of a body on the upstream listener. */
export const UPSTREAM_BODY_LIMIT = 256 * 1024;

const continued = new WeakSet<IncomingMessage>();

/** The caller waits for a word before it sends its body, and has not got it. */
export function awaitsContinue(req: IncomingMessage): boolean {
  return /^100-continue$/i.test(req.headers.expect ?? '') && !continued.has(req);
}

/**
 * The exact bytes of the body, at most `limitBytes`. Throws a `Problem`: 413 over the limit, 415 for a compressed body,
 * 400 when the body ends before its announced length.
 */
export async function readRawBody(ctx: Context, limitBytes: number): Promise<Buffer> {
  const encoding = ctx.get('Content-Encoding').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity') {
    throw new Problem('unsupported_media_type', 'Compressed bodies are not read; send the body as it is.');
  }
  const length = ctx.req.headers['content-length'];
  if (length !== undefined && Number(length) > limitBytes) throw tooLarge(limitBytes);
  if (awaitsContinue(ctx.req)) {
    continued.add(ctx.req);
    ctx.res.writeContinue();
  }
  try {
    return await getRawBody(ctx.req, { length: length ?? null, limit: limitBytes });
  } catch (error) {
    if (typeOf(error) === 'entity.too.large') {
      // Reading on to the end, into nothing, lets the caller hear the answer instead of a broken connection.
      ctx.req.resume();
      throw tooLarge(limitBytes);
    }
    throw new Problem('invalid_request', 'The body broke off before its announced length.', { cause: error });
  }
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('body_too_large', `The body may have at most ${limitBytes} bytes.`);
}

function typeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
}

/** The value of a JSON body, strictly read; `undefined` for an empty body. Throws a `Problem`: 413, 415, or 400 that names the place. */
export async function readJsonBody(ctx: Context, limitBytes: number): Promise<unknown> {
  const bytes = await readRawBody(ctx, limitBytes);
  if (bytes.length === 0) return undefined;
  requireJson(ctx.get('Content-Type'));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Problem('invalid_request', 'body: these bytes are not UTF-8', {
      errors: [{ path: 'body', message: 'these bytes are not UTF-8' }],
      cause: error,
    });
  }
  const read = readStrictJson(text);
  if (!read.ok) throw invalidRequest(read.path, read.message);
  return read.value;
}

function requireJson(contentType: string): void {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const utf8 = charset === undefined || /^"?utf-?8"?$/.test(charset);
  if (type !== 'application/json' || !utf8) {
    throw new Problem('unsupported_media_type', 'Send the body as application/json in UTF-8.', {
      headers: { Accept: 'application/json' },
    });
  }
}
