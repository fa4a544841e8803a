import { BridgeError } from '../base/bridge-error.js';
import { killPoint } from '../base/kill-point.js';
import { errorText } from '../base/log.js';
import { type Conversation, type Outcome, openConversation } from './conversation.js';
import type { Frame } from './display-driver.js';
import {
  carries,
  createGlass,
  type Glass,
  type GlassView,
  IDLE,
  isRight,
  NOT_OPENED_YET,
  pause,
  rest,
  type SessionParts,
  see,
  showable,
  wanted,
} from './glass.js';
import { pauseMs, recover } from './glass-recovery.js';
import { msUntilTold, secondsLeft, tellTimeLeft } from './glass-time-left.js';
import { asPortLost } from './port-errors.js';
import { frameKey } from './what-to-show.js';

/** Keeps one glass equal to what is wanted, for ever, through every kind of trouble. */
export interface GlassSession {
  view(): GlassView;
  start(): void;
  /** Says that what is wanted may have changed. */
  nudge(): void;
  /** Closes the port for somebody else's use and waits until that is done; `resume` lets it be opened again. */
  release(): Promise<void>;
  resume(): void;
  /** Blanks within `capMs` if the glass can be reached, then closes. Never rejects. */
  stop(capMs: number): Promise<void>;
}

/** An absent port is looked for this often, and sooner at first: a loose cable is soon in again. */
const LOOK_EVERY_MS = 1_000;
const FIRST_LOOK_MS = 125;
const LENT = 'The port is lent to "ocbridge display probe".';
const ALIVE_EVERY_MS = 2_000;
/** So many lines in a row may break at once before the next one waits as for an absent port. */
const FLAPS_WITHOUT_PAUSE = 3;

/** Opens the line, however long it takes; `undefined` when the session is to end or its port is lent. */
async function opened(glass: Glass): Promise<Conversation | undefined> {
  const { driver, open, clock, log } = glass.parts;
  if (glass.flaps > FLAPS_WITHOUT_PAUSE) await pause(glass, LOOK_EVERY_MS);
  for (let refusals = 0, lookMs = FIRST_LOOK_MS; !glass.stopping && !glass.lent; ) {
    try {
      return await openConversation(driver, open, clock, () => glass.alarm.abort());
    } catch (error) {
      const why = error instanceof BridgeError ? error : asPortLost(error, 'of the display');
      if (glass.view.reason !== why.message) {
        log.warn('display port cannot be opened', { driver: driver.model, errorCode: why.code, why: why.message });
      }
      glass.failures = 0;
      const ambiguous = why.code === 'display.portAmbiguous';
      see(glass, { health: 'absent', reason: why.message, ambiguous, painted: null, proof: null });
      const isMissing = why.code === 'display.portMissing';
      await pause(glass, isMissing ? lookMs : pauseMs(refusals));
      refusals = isMissing ? 0 : refusals + 1;
      lookMs = isMissing ? Math.min(LOOK_EVERY_MS, 2 * lookMs) : FIRST_LOOK_MS;
    }
  }
  return undefined;
}

async function blankNow(glass: Glass, line: Conversation): Promise<Outcome> {
  const outcome = await line.run(glass.parts.driver.blank());
  if (outcome.kind === 'done') {
    const { proof } = outcome;
    glass.blanked = true;
    see(glass, { painted: IDLE, proof, blankProof: proof, codeOnGlass: 'no', blankFailed: false });
  } else {
    see(glass, { painted: null, proof: null, blankFailed: true });
  }
  return outcome;
}

/**
 * A code on paper stays: it is printed once, whatever happens to the line afterwards. Until the printing has begun nothing is written; a
 * printer that refuses has printed nothing.
 */
async function printOnce(glass: Glass, line: Conversation, frame: Frame & { readonly kind: 'scan' }): Promise<Outcome> {
  const key = frameKey(frame);
  if (glass.printed?.key === key) {
    const { proof } = glass.printed;
    see(glass, { painted: frame, proof });
    return { kind: 'done', proof };
  }
  see(glass, { painted: null, proof: null });
  const outcome = await line.run(glass.parts.driver.paint(frame), () => frameKey(wanted(glass)) !== key);
  if (outcome.kind !== 'refused') see(glass, { writtenCode: frame.codeText });
  if (outcome.kind !== 'done') return outcome;
  glass.printed = { key, proof: outcome.proof };
  see(glass, { painted: frame, proof: outcome.proof });
  return outcome;
}

/** Blanks what may hold a code or is unknown, then paints what is wanted by then. A picture given up halfway needs no blanking if no code is in it. */
async function makeRight(glass: Glass, line: Conversation): Promise<Outcome> {
  const { driver } = glass.parts;
  if (driver.can.canClear && (glass.view.codeOnGlass !== 'no' || !glass.blanked)) {
    const blanked = await blankNow(glass, line);
    if (blanked.kind !== 'done' || isRight(glass)) return blanked;
  }
  const wish = wanted(glass);
  const frame = showable(driver, wish);
  const code = frame.kind === 'scan' && carries(driver, frame.codeText) ? frame.codeText : null;
  if (frame.kind === 'scan' && code !== null && !driver.can.canClear) return printOnce(glass, line, frame);
  const leavesCode = code !== null;
  see(glass, {
    painted: null,
    proof: null,
    ...(code === null ? {} : { writtenCode: code }),
    ...(leavesCode ? { codeOnGlass: 'yes' as const } : {}),
  });
  const seconds = secondsLeft(glass, frame);
  const painted = await line.run(driver.paint(frame, seconds), () => frameKey(wanted(glass)) !== frameKey(wish));
  if (painted.kind === 'done') {
    killPoint('glass.shown', frame.kind);
    if (seconds !== undefined) glass.told = { painted: frame, seconds, isRefused: false };
    see(glass, { painted: frame, proof: painted.proof });
  } else if (painted.kind !== 'superseded') glass.blanked = false;
  // Something else than the code may stand there now, and must not stand there through the pauses.
  if (painted.kind === 'refused' && leavesCode) await blankNow(glass, line);
  return painted;
}

/** Asks a quiet device whether it is there and still shows what it should. */
async function askAlive(glass: Glass, line: Conversation, givesWay = () => !isRight(glass)): Promise<Outcome> {
  const probe = glass.parts.driver.alive?.(glass.view.painted ?? IDLE) ?? [];
  const outcome = await line.run(probe, givesWay);
  // A silent device gains nothing from the same bytes again: the ladder begins with waking it.
  if (outcome.kind === 'unanswered') glass.failures = Math.max(glass.failures, 1);
  return outcome;
}

/** All is well: say so once, then wait for a change of wish, a word of the device, or the time to ask or to tell the time left. */
async function stayRight(glass: Glass, line: Conversation, quietSince: number): Promise<Outcome> {
  const { driver, clock, log } = glass.parts;
  glass.failures = 0;
  glass.flaps = 0;
  if (glass.view.health !== 'ready') {
    log.info('display is right', { driver: driver.model, port: line.port });
    see(glass, { health: 'ready', reason: null });
  }
  const untilProbe = ALIVE_EVERY_MS - (clock.elapsedMs() - quietSince);
  if (line.upset() === undefined) {
    if (untilProbe <= 0) return askAlive(glass, line);
    if (msUntilTold(glass, line) === 0) {
      // Asked in any case: an answer that is only late must not be taken for the answer to what is written next.
      return tellTimeLeft(glass, line, () => askAlive(glass, line, () => false));
    }
  }
  await rest(glass, Math.min(untilProbe > 0 ? untilProbe : ALIVE_EVERY_MS, msUntilTold(glass, line)));
  return { kind: 'superseded' };
}

/** A panel may sleep as long as there is nothing to show. */
function mustWake(glass: Glass, line: Conversation): boolean {
  const upset = line.upset();
  if (upset === 'asleep') return !(isRight(glass) && glass.view.painted?.kind === 'idle');
  return upset !== undefined;
}

/** Serves one connection until it is lost or has to be opened anew. */
async function serve(glass: Glass, line: Conversation): Promise<void> {
  const { clock, driver } = glass.parts;
  see(glass, { painted: null, proof: null, ambiguous: false });
  await pause(glass, glass.parts.bootDelayMs);
  let awake = false;
  let quietSince = clock.elapsedMs();
  const isFinished = () => glass.cutOff || glass.lent || line.closedBy() !== undefined || (glass.stopping && isRight(glass));
  while (!isFinished()) {
    if (mustWake(glass, line)) {
      awake = false;
      see(glass, { painted: null, proof: null });
    }
    const wasAwake = awake;
    const wasRight = awake && isRight(glass);
    let outcome: Outcome;
    if (!awake) {
      glass.blanked = false;
      line.calm();
      outcome = await line.run(driver.wake());
      awake = outcome.kind === 'done';
    } else {
      outcome = wasRight ? await stayRight(glass, line, quietSince) : await makeRight(glass, line);
    }
    if (!wasRight || outcome.kind !== 'superseded') quietSince = clock.elapsedMs();
    if (outcome.kind === 'done' || outcome.kind === 'superseded' || outcome.kind === 'closed') continue;
    const next = await recover(glass, line, outcome, wasAwake);
    if (next === 'reopen') return;
    if (next === 'wake') awake = false;
  }
}

/** The port is somebody else's now. */
async function stayAway(glass: Glass): Promise<void> {
  see(glass, { health: 'absent', reason: LENT, painted: null, proof: null });
  glass.parted();
  while (glass.lent && !glass.stopping) await rest(glass, LOOK_EVERY_MS);
}

async function live(glass: Glass): Promise<void> {
  const { driver, log } = glass.parts;
  while (!glass.stopping) {
    try {
      if (glass.lent) await stayAway(glass);
      const line = await opened(glass);
      if (line === undefined) continue;
      glass.talk = line;
      await serve(glass, line);
      const why = line.closedBy();
      if (why !== undefined && !glass.cutOff && !glass.lent) {
        glass.flaps += 1;
        if (glass.view.reason !== why.message) {
          log.warn('display was lost', { driver: driver.model, port: line.port, why: why.message });
        }
        see(glass, { health: 'absent', reason: why.message, painted: null, proof: null });
      }
    } catch (error) {
      // A bug in a driver stops neither this glass nor its neighbours for good.
      log.error('display session failed', { driver: driver.model, error: errorText(error) });
      see(glass, { health: 'degraded', reason: `Internal error: ${errorText(error)}`, painted: null, proof: null });
      await pause(glass, LOOK_EVERY_MS);
    } finally {
      await glass.talk?.close();
      glass.talk = undefined;
    }
  }
}

/** Makes a session; `start` sets it going. */
export function createGlassSession(parts: SessionParts): GlassSession {
  const glass = createGlass(parts);
  let running: Promise<void> | undefined;
  return {
    view: () => glass.view,
    start() {
      running ??= live(glass);
    },
    nudge() {
      glass.alarm.abort();
    },
    release() {
      glass.lent = true;
      glass.alarm.abort();
      return running === undefined
        ? Promise.resolve()
        : new Promise((resolve) => {
            glass.parted = resolve;
          });
    },
    resume() {
      if (!glass.lent) return;
      glass.lent = false;
      see(glass, { reason: NOT_OPENED_YET });
      glass.alarm.abort();
    },
    async stop(capMs) {
      glass.stopping = true;
      glass.alarm.abort();
      glass.parted();
      if (running === undefined) return;
      const ended = new AbortController();
      await Promise.race([running, parts.clock.sleep(capMs, ended.signal)]);
      ended.abort();
      glass.cutOff = true;
      glass.alarm.abort();
      await glass.talk?.close();
    },
  };
}
