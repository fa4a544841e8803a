import { activitySoFar, nextActivity, workUnderWay } from './life.js';

/** So many turns of the event loop without anything crossing a gate mean that only time can bring more. */
const CALM_TURNS = 6;
/** Should the thread pool or a server be at something that no gate sees the end of. */
const LONGEST_LOOK_MS = 20;
/** What the thread pool does for files, and names that are looked up: no gate stands there, but the process knows of them. */
const SHORT_LOOK_MS = 1;

function filesUnderWay(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^FSReq|^CloseReq$|ReqWrap$/.test(name));
}

/** A call that hangs somewhere unknown must not hang the run. */
const LONGEST_MS = 5_000;

/** Lets the work settle for a hand-turned clock: resolves as soon as no statement, no signature and no byte is under way in this process. */
export async function quiet(): Promise<void> {
  const began = performance.now();
  let calm = 0;
  while (calm < CALM_TURNS && performance.now() - began < LONGEST_MS) {
    const before = activitySoFar();
    const isAtFiles = filesUnderWay();
    if (workUnderWay() > 0) await nextActivity(LONGEST_LOOK_MS);
    else if (isAtFiles) await nextActivity(SHORT_LOOK_MS);
    else await new Promise<void>((resolve) => setImmediate(resolve));
    calm = activitySoFar() === before && workUnderWay() === 0 && !isAtFiles ? calm + 1 : 0;
  }
}
