import net from 'node:net';

/** An upstream on loopback that does with each connection whatever the test says, byte by byte. */
export interface RawUpstream {
  readonly url: string;
  readonly port: number;
  /** Everything that came in, per connection. */
  readonly heard: readonly string[];
  /** Connections so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** What to do when a whole request has come in; `count` is 1 for the first request of all. */
export type RawAnswer = (socket: net.Socket, count: number) => void;

/** Listens on a free port; `onRequest` is called once per complete request (headers and body by Content-Length). */
export function startRawUpstream(onRequest: RawAnswer): Promise<RawUpstream> {
  const sockets = new Set<net.Socket>();
  const heard: string[] = [];
  let requests = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const index = heard.push('') - 1;
    let pending = '';
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      heard[index] += chunk.toString('latin1');
      pending += chunk.toString('latin1');
      for (let end = endOfRequest(pending); end !== undefined; end = endOfRequest(pending)) {
        pending = pending.slice(end);
        requests += 1;
        onRequest(socket, requests);
      }
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      resolve({
        url: `http://127.0.0.1:${port}`,
        port,
        heard,
        connections: () => heard.length,
        stop: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => done());
          }),
      });
    });
  });
}

function endOfRequest(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, head))?.[1] ?? '0');
  const end = head + 4 + length;
  return text.length >= end ? end : undefined;
}

/** The text of an answer with a body. */
export function rawAnswer(body: string, { status = '200 OK', headers = '' } = {}): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** A port on loopback where nobody listens. */
export async function refusedPort(): Promise<number> {
  const upstream = await startRawUpstream(() => {});
  await upstream.stop();
  return upstream.port;
}
