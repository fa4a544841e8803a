import type { ListenPlace } from '../rehearsal/rehearsal-order.js';

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;
const DEVICE = /^(\/|\.\.?\/|\\\\\.\\|[Cc][Oo][Mm][1-9][0-9]{0,2}$)/;

/** Reads `tcp://127.0.0.1:PORT`, `pty`, `pty:LINK`, a device path or a COM name; a sentence for anything else. */
export function readListenPlace(text: string): ListenPlace | string {
  if (text === 'pty') return { kind: 'pty', link: undefined };
  if (text.startsWith('pty:') && text.length > 'pty:'.length) return { kind: 'pty', link: text.slice('pty:'.length) };
  const tcp = /^tcp:\/\/(.+):(\d{1,5})$/.exec(text);
  if (tcp !== null) {
    const [, host = '', port] = tcp;
    if (!LOOPBACK.test(host)) return 'It listens on 127.0.0.1 only: an emulated display is for this machine.';
    if (Number(port) > 65_535) return 'A TCP port is a number from 0 (any free one) to 65535.';
    return { kind: 'tcp', port: Number(port) };
  }
  if (DEVICE.test(text)) return { kind: 'terminal', path: text };
  return 'It must be tcp://127.0.0.1:PORT, pty, pty:LINK, a device path or a COM name.';
}
