import type { Conversation, Outcome } from './conversation.js';
import type { Frame } from './display-driver.js';
import { type Glass, isRight } from './glass.js';

/** On a line below this speed the time is told less often, so that the line is free when the code has to leave. */
const SLOW_BELOW_BAUD = 4_800;
const SLOW_EVERY_S = 5;

/** Nothing to report: look again at what is wanted. */
const ON: Outcome = { kind: 'superseded' };

/** How long the code of this frame still stands, whole seconds; undefined for a frame without one. */
export function secondsLeft({ parts }: Glass, frame: Frame): number | undefined {
  return frame.kind === 'scan' ? Math.max(0, Math.ceil(parts.codeLeftMs() / 1_000)) : undefined;
}

/** How long what was last told beside the code stays right, ms; 0: something is to be told now; infinite: nothing is any more. */
export function msUntilTold(glass: Glass, { baudRate }: Conversation): number {
  const { driver } = glass.parts;
  const { painted } = glass.view;
  const left = painted === null ? undefined : secondsLeft(glass, painted);
  if (driver.timeLeft === undefined || left === undefined || left === 0) return Number.POSITIVE_INFINITY;
  const { told } = glass;
  const isKnown = told?.painted === painted;
  if (isKnown && told.isRefused) return Number.POSITIVE_INFINITY;
  const every = baudRate !== undefined && baudRate < SLOW_BELOW_BAUD ? SLOW_EVERY_S : 1;
  const slot = Math.ceil(left / every);
  if (!isKnown || Math.ceil(told.seconds / every) !== slot) return 0;
  if (slot === 1) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.ceil(glass.parts.codeLeftMs() - (slot - 1) * every * 1_000));
}

/**
 * Tells beside the standing code how long it still stands. It is sent once and gives way to another wish. That the code stands was proven
 * before and is not put in doubt by it: a refusal ends the telling for this code, and about a device that does not answer `askAlive` decides.
 */
export async function tellTimeLeft(glass: Glass, line: Conversation, askAlive: () => Promise<Outcome>): Promise<Outcome> {
  const { driver, log } = glass.parts;
  const { painted } = glass.view;
  const seconds = painted === null ? undefined : secondsLeft(glass, painted);
  if (painted?.kind !== 'scan' || seconds === undefined) return ON;
  const steps = driver.timeLeft?.(painted, seconds) ?? [];
  glass.told = { painted, seconds, isRefused: false };
  const outcome = await line.run(
    steps.map((step) => ({ ...step, tries: 1 })),
    () => !isRight(glass),
  );
  if (outcome.kind === 'unanswered') return askAlive();
  if (outcome.kind === 'refused') {
    glass.told = { painted, seconds, isRefused: true };
    log.warn('display refuses the time left', { driver: driver.model, port: line.port, why: outcome.why });
  }
  return outcome.kind === 'upset' || outcome.kind === 'closed' ? outcome : ON;
}
