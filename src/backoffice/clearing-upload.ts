import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Context } from 'koa';
import type { Clock } from '../base/clock.js';
import { makeTemporaryFolder } from '../base/temporary-folder.js';
import { awaitsContinue } from '../http/body.js';
import { invalidRequest, Problem } from '../http/problem.js';
import { allowLongBody } from '../http/slow-bodies.js';
import type { FileSource } from '../reconciliation/recon-ports.js';
import { sameText } from './session-desk.js';

/** Most files of one request, and most bytes of each (till API contract 5). */
const MOST_FILES = 100;
const MOST_BYTES = 64 * 1024 * 1024;
const FIELD = 'files';
/** An upload of which nothing comes for this long is over; as long as it comes, it may take its time. */
const QUIET_MS = 30_000;

/** Files that came with a request and lie in a folder of their own until `remove`. */
export interface Upload {
  readonly sources: readonly FileSource[];
  remove(): Promise<void>;
}

/** The field that has to come before the first file, and what has to stand in it. */
export interface FormToken {
  readonly field: string;
  readonly value: string;
}

function tooLarge(what: string): Problem {
  return new Problem('body_too_large', what);
}

/** Streams one file to disk and counts and hashes it on the way. */
async function keep(
  stream: NodeJS.ReadableStream & { readonly truncated?: boolean },
  path: string,
  name: string,
): Promise<FileSource> {
  const hash = createHash('sha256');
  let size = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(stream, measured, createWriteStream(path, { mode: 0o600 }));
  if (stream.truncated === true) throw tooLarge(`${name} has more than ${MOST_BYTES} bytes.`);
  return { path: name, name, size, sha256: hash.digest('hex'), open: () => createReadStream(path) };
}

function parserFor(ctx: Context, fields: number): busboy.Busboy {
  try {
    return busboy({
      headers: ctx.req.headers,
      defParamCharset: 'utf8',
      limits: { files: MOST_FILES, fileSize: MOST_BYTES, fields, parts: MOST_FILES + 1 + fields, headerPairs: 20 },
    });
  } catch (error) {
    throw new Problem('unsupported_media_type', `Send the files as multipart/form-data in the field "${FIELD}".`, {
      cause: error,
    });
  }
}

/** The whole body, for as long as it keeps coming. */
async function readInto(parser: busboy.Busboy, ctx: Context, clock: Clock): Promise<void> {
  const usualTimeAgain = allowLongBody(ctx.req);
  const over = new AbortController();
  try {
    await pipeline(ctx.req, watched(clock, over.signal), parser);
  } catch (error) {
    if (error instanceof Problem) {
      ctx.set('Connection', 'close');
      throw error;
    }
    throw new Problem('invalid_request', 'The multipart body broke off or cannot be read.', { cause: error });
  } finally {
    over.abort();
    usualTimeAgain();
  }
}

/** Passes everything on, and fails with 408 when nothing comes for too long. `over` ends the watching. */
function watched(clock: Clock, over: AbortSignal): Transform {
  let heardAt = clock.elapsedMs();
  const bytes = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      heardAt = clock.elapsedMs();
      done(null, chunk);
    },
  });
  void (async () => {
    for (let left = QUIET_MS; left > 0 && !over.aborted; left = heardAt + QUIET_MS - clock.elapsedMs())
      await clock.sleep(left, over);
    if (over.aborted) return;
    bytes.destroy(new Problem('request_timeout', `Nothing came for ${QUIET_MS / 1000} s; the upload was given up.`));
  })();
  return bytes;
}

/**
 * The files of a multipart request, streamed to disk. Throws a `Problem`: 415 when it is no multipart, 413 over the limits, 400 for another
 * field or a body that breaks off, 403 for a form without its `token`, 408 when nothing comes for half a minute; nothing is left on the disk then.
 */
export async function receiveUpload(ctx: Context, clock: Clock, token?: FormToken): Promise<Upload> {
  const parser = parserFor(ctx, token === undefined ? 0 : 1);
  let isForeign = token !== undefined;
  const folder = await makeTemporaryFolder('upload');
  const remove = () => rm(folder, { recursive: true, force: true });
  const kept: Promise<FileSource>[] = [];
  const streams: Readable[] = [];
  let wrong: Problem | undefined;
  try {
    parser.on('file', (field, stream, { filename }) => {
      streams.push(stream);
      // A body that breaks off ends it with an error, which the parser tells, too; unheard it would end the whole process.
      stream.on('error', () => {});
      if (isForeign) wrong ??= new Problem('forbidden', 'This form came from another session. Load the page again.');
      if (field !== FIELD || isForeign) {
        wrong ??= invalidRequest(field, `is not known here; the files are sent as "${FIELD}"`);
        stream.resume();
        return;
      }
      const file = keep(stream, join(folder, `${kept.length}.csv`), filename ?? '');
      // Awaited below, when the whole body is there.
      file.catch(() => {});
      kept.push(file);
    });
    parser.on('field', (field, value) => {
      if (token !== undefined && field === token.field) {
        isForeign = !sameText(value, token.value);
        return;
      }
      wrong ??= invalidRequest(field, `is not known here; the files are sent as "${FIELD}"`);
    });
    for (const limit of ['filesLimit', 'partsLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => {
        wrong ??=
          limit === 'fieldsLimit'
            ? invalidRequest('body', 'only files are taken')
            : tooLarge(`At most ${MOST_FILES} files a request.`);
      });
    if (awaitsContinue(ctx.req)) ctx.res.writeContinue();
    await readInto(parser, ctx, clock);
    const sources = await Promise.all(kept);
    if (wrong !== undefined) throw wrong;
    if (sources.length === 0) throw invalidRequest(FIELD, 'no file was sent');
    return { sources, remove };
  } catch (error) {
    // The parser may begin one more file behind the header that it gave up at, and never ends that one.
    for (const stream of streams) stream.destroy();
    await Promise.allSettled(kept);
    await remove();
    throw error;
  }
}
