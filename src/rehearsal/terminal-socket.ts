import type { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import type { Link } from '../display/link.js';
import { createLine } from '../display/serial-line.js';
import type { GlassEmulator } from '../simulator/glass-emulators/glass-body.js';
import type { GlassSocket } from '../simulator/glass-emulators/plugged-glass.js';

/**
 * A serial port of this machine whose other end is the host: a null-modem cable, or a pair of virtual ports as Windows has them. Rejects
 * with a `BridgeError` that names the repair where the port cannot be opened.
 */
export async function terminalSocket(glass: GlassEmulator, path: string, clock: Clock): Promise<GlassSocket> {
  let link: Link | undefined;
  let left: number | undefined;
  let onGone: (() => void)[] = [];
  let onLost: (why: string) => void = () => {};
  let saying = Promise.resolve();

  async function pull(): Promise<void> {
    const mine = link;
    link = undefined;
    left = undefined;
    for (const tell of onGone.splice(0)) tell();
    await mine?.close();
  }

  async function putIn(): Promise<void> {
    const open = createLine({ port: path, baudRate: glass.baudRate() }, clock);
    let broken: BridgeError | undefined;
    const opened = await open({
      heard(bytes) {
        glass.receive(left === undefined ? bytes : bytes.subarray(0, left));
        if (left === undefined) return;
        left -= bytes.length;
        if (left <= 0) void pull();
      },
      closed(why) {
        broken = why;
        if (link === undefined) return;
        void pull();
        onLost(why.message);
      },
    });
    // It may go while it is being opened, before there is anything to pull.
    if (broken !== undefined) throw broken;
    link = opened;
  }

  glass.onBytes((bytes) => {
    const mine = link;
    // A line that broke says so by itself.
    saying = saying.then(() => mine?.write(bytes)).catch(() => undefined);
  });
  await putIn();
  return {
    where: () => (link === undefined ? '' : `the other end of ${path}`),
    pull,
    pullAfter(bytes) {
      left = bytes;
      return new Promise((resolve) => {
        onGone = [...onGone, resolve];
      });
    },
    putBack: putIn,
    hostBaudRate: () => undefined,
    onLost(told) {
      onLost = told;
    },
  };
}
