import { connect } from 'node:tls';
import { type Clock, type Instant, parseGmtTime } from '../base/clock.js';

/** Until when the certificate of an https address is valid; `undefined` where there is none, or it cannot be seen in time. Never rejects. */
export async function certificateEnd(baseUrl: string, clock: Clock, withinMs: number): Promise<Instant | undefined> {
  const { protocol, hostname, port } = new URL(baseUrl);
  if (protocol !== 'https:') return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const done = new AbortController();
  const seen = new Promise<Instant | undefined>((resolve) => {
    const socket = connect({ host, port: port === '' ? 443 : Number(port), servername: host }, () => {
      resolve(parseGmtTime(socket.getPeerX509Certificate()?.validTo ?? ''));
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
    done.signal.addEventListener('abort', () => socket.destroy());
  });
  const end = await Promise.race([seen, clock.sleep(withinMs, done.signal).then(() => undefined)]);
  done.abort();
  return end;
}
