import type { UpstreamSimulator } from '#src/simulator/upstream-simulator.js';

/** Looks on at an upstream: which calls for one payment were there at the same time. */
export interface OverlapWatch {
  /** One line for each two calls that overlapped. */
  overlaps(): readonly string[];
  stop(): void;
}

const LOOK_EVERY_MS = 2;

/** Starts looking; an upstream that takes its time with every answer makes sure that nothing slips through between two looks. */
export function watchForOverlaps(simulator: UpstreamSimulator): OverlapWatch {
  const found = new Set<string>();
  const look = () => {
    const open = new Map<string, string>();
    for (const { seq, call, body, answer } of simulator.calls()) {
      if (answer !== null || call === null) continue;
      const id = (JSON.parse(body) as { readonly paymentRequestId: string }).paymentRequestId;
      const other = open.get(id);
      if (other !== undefined) found.add(`${id}: ${other} and ${call} ${seq}`);
      open.set(id, `${call} ${seq}`);
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    overlaps: () => [...found],
    stop: () => clearInterval(timer),
  };
}
