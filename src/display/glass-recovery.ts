import type { Conversation, Outcome } from './conversation.js';
import { type Glass, pause, see, wanted } from './glass.js';
import { frameKey } from './what-to-show.js';

/** Growing pauses once resending, waking and opening anew did not help; the last one repeats for ever. */
const PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** The third trouble in a row opens the line anew. */
const REOPEN_AT = 3;

/** The pause before round `count` (from 0) of trying again, ms. */
export function pauseMs(count: number): number {
  return PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)] ?? 30_000;
}

/** An outcome that the ladder is for; a closed line is opened anew without it. */
type Trouble = Exclude<Outcome, { kind: 'done' } | { kind: 'superseded' } | { kind: 'closed' }>;

/** Nobody was found on a port that opened: what it can be, and what finds out. */
function notFoundText(step: string, { port, baudRate, heardOnlyNoise }: Conversation): string {
  const speed = baudRate === undefined ? '' : ` at ${baudRate} baud`;
  const next = '"ocbridge display probe --lane …" tries every speed.';
  return heardOnlyNoise()
    ? `What comes from the display on ${port} cannot be read${speed}: it seems to speak at another speed. ${next}`
    : `The display on ${port} does not answer to "${step}"${speed}: is it on, is this its speed and its driver? ${next}`;
}

function troubleText(trouble: Trouble, line: Conversation, wasAwake: boolean): string {
  switch (trouble.kind) {
    case 'unanswered':
      return wasAwake ? `The display does not answer to "${trouble.step}".` : notFoundText(trouble.step, line);
    case 'refused':
      return `The display refuses "${trouble.step}": ${trouble.why}.`;
    case 'upset':
      return trouble.how === 'rebooted' ? 'The display has restarted.' : `The display says that it is ${trouble.how}.`;
  }
}

/**
 * The recovery ladder: the same again, wake it again, open the line anew, then growing pauses before each further round, for ever
 * (display reference 13, rule 5). `wasAwake`: the device had been found on this connection.
 */
export async function recover(
  glass: Glass,
  line: Conversation,
  trouble: Trouble,
  wasAwake: boolean,
): Promise<'resend' | 'wake' | 'reopen'> {
  glass.failures += 1;
  const { failures, parts, view } = glass;
  const reason = troubleText(trouble, line, wasAwake);
  if (view.reason !== reason) {
    parts.log.warn('display is in trouble', { driver: parts.driver.model, port: line.port, why: reason });
  }
  // Nobody answers on a freshly opened line: for the people at the counter that is an unplugged display.
  const isSilent = !wasAwake && trouble.kind === 'unanswered' && failures > REOPEN_AT;
  see(glass, { health: isSilent ? 'absent' : 'degraded', reason, painted: null, proof: null });
  const again = wasAwake && trouble.kind !== 'upset' ? 'resend' : 'wake';
  if (failures === 1) return again;
  if (failures < REOPEN_AT) return 'wake';
  if (failures === REOPEN_AT) return 'reopen';
  const wish = frameKey(wanted(glass));
  // The line stays open through the pause, so that a device that comes back is heard.
  await pause(glass, pauseMs(failures - REOPEN_AT - 1));
  if (line.upset() !== undefined) return 'wake';
  return frameKey(wanted(glass)) === wish ? 'reopen' : again;
}
