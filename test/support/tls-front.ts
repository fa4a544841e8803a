import { connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.js';

/** A TLS server on loopback before a plain one, as a load balancer is. */
export interface TlsFront {
  readonly port: number;
  /** Shows another certificate from the next connection on; every open connection is cut. */
  show(certificate: Certificate): void;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and hands everything on to `targetPort` there. */
export function startTlsFront(certificate: Certificate, targetPort: number): Promise<TlsFront> {
  const open = new Set<Socket | TLSSocket>();
  const keep = (socket: Socket | TLSSocket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  };
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (near) => {
    const far = connect(targetPort, '127.0.0.1');
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
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
        stop: () =>
          new Promise((done) => {
            for (const socket of open) socket.destroy();
            server.close(() => done());
          }),
      });
    });
  });
}
