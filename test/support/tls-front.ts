import { connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.js';

/** A TLS server on loopback before a plain one, as a load balancer is. */
export interface TlsFront {
  readonly port: number;
  /** Shows another certificate from the next connection on; every open connection is cut. */
  show(certificate: Certificate): void;
  /**
   * While `on`, whatever the target says is lost without a word, its hanging up too, on kept connections and on new ones: half-open, as
   * behind a firewall that forgot them. What is said to it still arrives.
   */
  swallow(on: boolean): void;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and hands everything on to `targetPort` there. */
export function startTlsFront(certificate: Certificate, targetPort: number): Promise<TlsFront> {
  const open = new Set<Socket | TLSSocket>();
  let isSwallowing = false;
  const keep = (socket: Socket | TLSSocket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  };
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (near) => {
    const far = connect(targetPort, '127.0.0.1');
    keep(near);
    keep(far);
    near.pipe(far);
    const unlessLost = (hand: () => void) => () => {
      if (!isSwallowing) hand();
    };
    far.on('data', (bytes) => unlessLost(() => near.write(bytes))());
    far.on(
      'end',
      unlessLost(() => near.end()),
    );
    far.on(
      'close',
      unlessLost(() => near.destroy()),
    );
    near.on('close', () => far.destroy());
  });
  server.on('tlsClientError', () => {});
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        show({ key, cert }) {
          server.setSecureContext({ key, cert });
          for (const socket of open) socket.destroy();
        },
        swallow(on) {
          isSwallowing = on;
        },
        stop: () =>
          new Promise((done) => {
            for (const socket of open) socket.destroy();
            server.close(() => done());
          }),
      });
    });
  });
}
