import type http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** So many requests of one connection may be under way; whoever sends more without reading an answer is cut off. No till does. */
const MOST_UNANSWERED = 8;

/** The connections of one server and what they wait for. */
export interface Connections {
  /**
   * Bytes written now would be read as the answer to a request that has come in whole and is being worked on, or as a second answer to one
   * that is still coming in.
   */
  mustStaySilent(socket: Duplex): boolean;
  /** Cuts off those that never sent a request: browsers open some they never use, and Node does not count them as idle. */
  closeUnused(): void;
  /** Also those that have not got through their TLS handshake, of which HTTP knows nothing. */
  closeAll(): void;
}

/** Watches a server that does not listen yet. Where its room for connections is used up, idle ones make way. */
export function watchConnections(server: http.Server, isSecure: boolean): Connections {
  const all = setOfOpen(server, 'connection');
  const unused = setOfOpen(server, isSecure ? 'secureConnection' : 'connection');
  const unanswered = new WeakMap<Duplex, Set<http.IncomingMessage>>();
  const newest = new WeakMap<Duplex, http.ServerResponse>();
  server.prependListener('request', (req: http.IncomingMessage, res: http.ServerResponse) => {
    unused.delete(req.socket);
    const requests = unanswered.get(req.socket) ?? new Set();
    unanswered.set(req.socket, requests.add(req));
    newest.set(req.socket, res);
    // Each waiting call listens for the end of its connection; their number is bounded below.
    req.socket.setMaxListeners(0);
    const answered = () => void requests.delete(req);
    res.once('finish', answered);
    res.once('close', answered);
    if (requests.size > MOST_UNANSWERED) req.socket.destroy();
  });
  server.on('drop', () => {
    server.closeIdleConnections();
    const [oldest] = unused;
    oldest?.destroy();
  });
  return {
    mustStaySilent(socket) {
      const last = newest.get(socket);
      const isHalfAnswered = last?.headersSent === true && !last.req.complete;
      return isHalfAnswered || [...(unanswered.get(socket) ?? [])].some(({ complete }) => complete);
    },
    closeUnused() {
      for (const socket of unused) socket.destroy();
    },
    closeAll() {
      for (const socket of all) socket.destroy();
    },
  };
}

function setOfOpen(server: http.Server, event: string): Set<Socket> {
  const open = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
