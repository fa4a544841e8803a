import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Instants inside the HTTP library, which tells of them on its diagnostics channels; nothing of this is in the program that ships. */
export const WIRE_POINTS = {
  'wire.connected': 'the connection stands; no byte of this call has left',
  'wire.halfSent': 'half of a call has left',
  'wire.sent': 'a call has left; nothing has come back',
} as const satisfies Readonly<Record<string, string>>;

export type WirePoint = keyof typeof WIRE_POINTS;

interface Request {
  readonly path: string;
  readonly body: unknown;
}

/** Calls `reached` at the wire points of every call that this process makes from now on; `about` is the path. */
export function watchTheWire(reached: (point: WirePoint, about: string, halfWay: () => void) => void): void {
  subscribe('undici:client:sendHeaders', (message) => {
    const { request, headers, socket } = message as { request: Request; headers: string; socket: Socket };
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    reached('wire.connected', request.path, () => {});
    reached('wire.halfSent', request.path, () => {
      socket.write(`${headers}content-length: ${body.length}\r\n\r\n`);
      socket.write(body.subarray(0, body.length / 2));
    });
  });
  subscribe('undici:request:bodySent', (message) => {
    reached('wire.sent', (message as { request: Request }).request.path, () => {});
  });
}
