import { isIPv4 } from 'node:net';

/** Whether a host of a URL or listener is this machine only: 127.x.x.x, ::1 (also in brackets) or localhost, in any case. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}
