import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A piece of network on 127.0.0.1 that can be cut: whoever connects to `port` reaches the target while it is whole. */
export interface CutOff {
  readonly port: number;
  /** Where connections lead to from now on; before the first call they lead nowhere. */
  leadTo(port: number): void;
  /** False: the port is closed and every connection is torn, as with a pulled cable. True: the same port is opened again. */
  setWhole(whole: boolean): Promise<void>;
  isWhole(): boolean;
  stop(): Promise<void>;
}

/** Opens a free port on 127.0.0.1. Rejects when there is none. */
export async function createCutOff(): Promise<CutOff> {
  const sockets = new Set<Socket>();
  let target: number | undefined;
  let whole = true;
  let stopped = false;
  const server = createServer((near) => {
    if (target === undefined) {
      near.destroy();
      return;
    }
    join(near, connect({ host: '127.0.0.1', port: target }), sockets);
  });
  const port = await listen(server, 0);

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  // One after the other: a port that is still closing cannot be opened again.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };

  return {
    port,
    leadTo(next) {
      target = next;
    },
    isWhole: () => whole,
    setWhole: (wanted) =>
      inTurn(async () => {
        if (wanted === whole || stopped) return;
        if (wanted) await listen(server, port);
        else await close();
        whole = wanted;
      }),
    stop: () =>
      inTurn(async () => {
        if (stopped) return;
        stopped = true;
        if (whole) await close();
      }),
  };
}

/** Both ends live and die together. */
function join(near: Socket, far: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(one);
    one.setNoDelay(true);
    one.on('error', () => {});
    one.once('close', () => {
      sockets.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
