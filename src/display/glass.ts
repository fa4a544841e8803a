import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Conversation } from './conversation.js';
import type { Confirmation, DisplayDriver, Frame } from './display-driver.js';
import type { OpenLink } from './link.js';
import { frameKey } from './what-to-show.js';

/** `ready`: shows what it should. `degraded`: there, but in trouble. `absent`: no port, or nobody answers on it. */
export type Health = 'ready' | 'degraded' | 'absent';

/** What is known about one glass. */
export interface GlassView {
  readonly health: Health;
  /** A sentence for the technician; null while all is well. */
  readonly reason: string | null;
  /** No port was picked, because several fit. */
  readonly ambiguous: boolean;
  /** What stands on the glass for certain; null: unknown. */
  readonly painted: Frame | null;
  /** How sure `painted` is. */
  readonly proof: Confirmation | null;
  /** `maybe` only until the first blanking: another run may have left a code there. */
  readonly codeOnGlass: 'no' | 'maybe' | 'yes';
  /** The code that was last written there, shown or not; never logged. */
  readonly writtenCode: string | null;
  /** How sure the newest blanking is; null before the first. */
  readonly blankProof: Confirmation | null;
  /** The newest blanking did not get through. */
  readonly blankFailed: boolean;
}

/** What a session is made of. `wanted` is asked again before every step: it must be quick and must not throw. */
export interface SessionParts {
  readonly driver: DisplayDriver;
  readonly open: OpenLink;
  readonly bootDelayMs: number;
  readonly clock: Clock;
  readonly log: Log;
  wanted(): Frame;
  /** How long the wanted code may still stand, ms, on the clock that never goes back; asked only while one is wanted. */
  codeLeftMs(): number;
  /** Called after each change of the view. */
  changed(): void;
}

/** The working state of one session; only the files of the session touch it. */
export interface Glass {
  readonly parts: SessionParts;
  view: GlassView;
  /** Troubles in a row since the glass was last right. */
  failures: number;
  /** Lines lost by themselves in a row before the glass was right on them. */
  flaps: number;
  /** Blank, then end. */
  stopping: boolean;
  /** End now. */
  cutOff: boolean;
  /** The port is somebody else's for a while: close it and do not open it. */
  lent: boolean;
  /** Told each time the port is closed because it is lent. */
  parted: () => void;
  talk: Conversation | undefined;
  alarm: AbortController;
  /** Blanked since the device was last woken, so that nothing stands there that was not painted since. */
  blanked: boolean;
  /** The newest code that stands on paper, which stays: it is not printed again. */
  printed: { readonly key: string; readonly proof: Confirmation } | undefined;
  /** The time left that was last told beside `painted`, or refused there. */
  told: { readonly painted: Frame; readonly seconds: number; readonly isRefused: boolean } | undefined;
}

/** Nothing to show. */
export const IDLE: Frame = { kind: 'idle' };

/** The reason while nobody has found anything out yet. */
export const NOT_OPENED_YET = 'The port has not been opened yet.';

/** A glass nothing is known about yet. */
export function createGlass(parts: SessionParts): Glass {
  return {
    parts,
    view: {
      health: 'absent',
      reason: NOT_OPENED_YET,
      ambiguous: false,
      painted: null,
      proof: null,
      // Paper is not a glass: nothing on it can be taken away.
      codeOnGlass: parts.driver.can.canClear ? 'maybe' : 'no',
      writtenCode: null,
      blankProof: null,
      blankFailed: false,
    },
    failures: 0,
    flaps: 0,
    stopping: false,
    cutOff: false,
    lent: false,
    parted: () => {},
    talk: undefined,
    alarm: new AbortController(),
    blanked: false,
    printed: undefined,
    told: undefined,
  };
}

/** Notes something new about the glass and tells the lane. */
export function see(glass: Glass, change: Partial<GlassView>): void {
  glass.view = { ...glass.view, ...change };
  glass.parts.changed();
}

/** What should stand there now; at the end of a session nothing. */
export function wanted(glass: Glass): Frame {
  return glass.stopping ? IDLE : glass.parts.wanted();
}

/** Whether this glass draws this code. */
export function carries(driver: DisplayDriver, codeText: string): boolean {
  return driver.can.qr !== 'none' && driver.refuses(codeText) === undefined;
}

/** What this glass can show of a frame: a code it cannot carry becomes a request to wait, the till shows it instead. */
export function showable(driver: DisplayDriver, frame: Frame): Frame {
  if (frame.kind !== 'scan' || driver.can.qr === 'none' || carries(driver, frame.codeText)) return frame;
  return { kind: 'pleaseWait', amount: frame.amount };
}

/** The glass shows for certain what it should. */
export function isRight(glass: Glass): boolean {
  const { painted } = glass.view;
  return painted !== null && frameKey(painted) === frameKey(showable(glass.parts.driver, wanted(glass)));
}

/** Waits `ms`, or until something stirs. Conditions must be looked at just before and again after. */
export async function rest(glass: Glass, ms: number): Promise<void> {
  if (glass.alarm.signal.aborted) glass.alarm = new AbortController();
  await glass.parts.clock.sleep(ms, glass.alarm.signal);
}

/** Waits `ms`; ends early only for another wish, a device or line that says something, or the end. */
export async function pause(glass: Glass, ms: number): Promise<void> {
  const { clock } = glass.parts;
  const wish = frameKey(wanted(glass));
  const until = clock.elapsedMs() + ms;
  const undisturbed = () =>
    !glass.stopping &&
    !glass.lent &&
    frameKey(wanted(glass)) === wish &&
    glass.talk?.upset() === undefined &&
    glass.talk?.closedBy() === undefined;
  while (undisturbed() && until > clock.elapsedMs()) await rest(glass, until - clock.elapsedMs());
}
