import type http from 'node:http';
import type { Clock } from '../base/clock.js';

/** Whoever is told that the time is up gets so long to hear it, ms. */
const LAST_WORD_MS = 1_000;

/** As Node names it when its own limit is over. */
const TOO_LATE = 'ERR_HTTP_REQUEST_TIMEOUT';

const longBodies = new WeakSet<http.IncomingMessage>();

/**
 * The body of this request may take longer than others: for handlers that watch it themselves, after they know who sends it. Call what
 * comes back when it was read; what is still missing then has the usual time.
 */
export function allowLongBody(req: http.IncomingMessage): () => void {
  longBodies.add(req);
  return () => void longBodies.delete(req);
}

/** Ends requests that are not here whole `ms` after their headers, but for those with leave to take longer; the server says 408 in its own way. */
export function boundBodies(server: http.Server, ms: number, clock: Clock): void {
  server.prependListener('request', (req: http.IncomingMessage) => {
    // A handler that gives up on a body takes the connection off its request.
    const { socket } = req;
    const over = new AbortController();
    const gone = () => over.abort();
    socket.once('close', gone);
    req.once('close', () => {
      if (req.complete) over.abort();
    });
    void (async () => {
      await clock.sleep(ms, over.signal);
      while (longBodies.has(req) && !over.signal.aborted) await clock.sleep(ms, over.signal);
      if (!req.complete && !over.signal.aborted) {
        server.emit('clientError', Object.assign(new Error('the body came too slowly'), { code: TOO_LATE }), socket);
        await clock.sleep(LAST_WORD_MS, over.signal);
        socket.destroy();
      }
      socket.off('close', gone);
    })();
  });
}
