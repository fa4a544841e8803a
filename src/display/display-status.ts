import type { Instant } from '../base/clock.js';
import type { Confirmation, DisplayDriver, Frame } from './display-driver.js';
import { carries, type GlassView, type Health } from './glass.js';
import { type DisplayedPayment, frameKey } from './what-to-show.js';

/** What became of a payment's code on one glass (till API contract, section 3, `display[].state`). */
export type DisplayState = 'none' | 'pending' | 'showing' | 'printed' | 'cleared' | 'stale' | 'unavailable';

/** One display of a lane as tills see it. `since` is when state, confirmation or health last changed. */
export interface DisplayStatus {
  readonly driver: string;
  readonly port: string;
  readonly health: Health;
  /** For the technician; null while all is well. */
  readonly reason: string | null;
  readonly state: DisplayState;
  readonly confirmation: Confirmation | null;
  readonly since: Instant;
  /** The payment that `state` is about; null when the lane never had one in this run. */
  readonly paymentRequestId: string | null;
}

/** What is remembered per glass about the lane's newest payment. */
export interface GlassMemory {
  readonly paymentRequestId: string | null;
  /** A code of this payment was wanted on the glass, and the glass could have carried it or not. */
  readonly wanted: boolean;
  /** Its code was written there, whether or not it was confirmed. */
  readonly written: boolean;
}

/** Nothing has happened yet. */
export function newMemory(paymentRequestId: string | null): GlassMemory {
  return { paymentRequestId, wanted: false, written: false };
}

/** Everything that the state of one glass is worked out from. */
export interface Situation {
  readonly driver: DisplayDriver;
  readonly view: GlassView;
  readonly payment: DisplayedPayment | null;
  readonly frame: Frame;
  /** How long `frame` has been wanted, ms. */
  readonly wantedForMs: number;
}

/** A code has to be gone this long after it stopped being wanted, ms. */
const BLANK_WITHIN_MS = 1_000;

/** A code stands on the glass this long after it was wanted, ms; else the till has to show it. */
const SHOWN_WITHIN_MS = 1_500;
/** How long something has been wanted when a status may change by the time alone, ms. */
export const STATUS_DUE_MS = [BLANK_WITHIN_MS, SHOWN_WITHIN_MS] as const;

const isStanding = (view: GlassView, frame: Frame) => view.painted !== null && frameKey(view.painted) === frameKey(frame);

/** The health that is told: a display that is there and well, and has not come to show its code yet, is not ready for the people at the counter. */
function toldHealth({ driver, view, frame, wantedForMs }: Situation): Pick<GlassView, 'health' | 'reason'> {
  const isDue = frame.kind === 'scan' && wantedForMs >= SHOWN_WITHIN_MS && carries(driver, frame.codeText);
  if (view.health !== 'ready' || !isDue || isStanding(view, frame)) return view;
  return { health: 'degraded', reason: 'The display has not come to show the code yet.' };
}

/** What is remembered after this situation. */
export function remember(memory: GlassMemory, { view, payment, frame }: Situation): GlassMemory {
  const isSame = payment === null || memory.paymentRequestId === payment.paymentRequestId;
  const kept = isSame ? memory : newMemory(payment.paymentRequestId);
  if (frame.kind !== 'scan') return kept;
  return { ...kept, wanted: true, written: kept.written || view.writtenCode === frame.codeText };
}

type Told = { readonly state: DisplayState; readonly confirmation: Confirmation | null };

const told = (state: DisplayState, confirmation: Confirmation | null = null): Told => ({ state, confirmation });

function whileWanted({ driver, view, frame }: Situation): Told {
  if (frame.kind !== 'scan' || !carries(driver, frame.codeText)) return told('unavailable');
  if (!isStanding(view, frame)) return told('pending');
  return told(driver.can.canClear ? 'showing' : 'printed', view.proof);
}

/** State and confirmation of one glass. */
function statusCore(memory: GlassMemory, now: Situation): Told {
  const { driver, view, payment, frame } = now;
  if (view.ambiguous) return told('unavailable');
  if (frame.kind === 'scan') return whileWanted(now);
  if (memory.written && !driver.can.canClear) return told('printed');
  const hadTime = view.blankFailed || now.wantedForMs >= BLANK_WITHIN_MS;
  if (view.codeOnGlass === 'yes') {
    return hadTime || view.health !== 'ready' ? told('stale') : told('showing', view.proof);
  }
  // A code that an earlier run of the bridge may have left there.
  if (view.codeOnGlass === 'maybe' && hadTime && payment !== null && payment.life.code !== null) return told('stale');
  if (memory.written) return told('cleared', view.blankProof);
  return told(memory.wanted ? 'unavailable' : 'none');
}

/** The status after this situation, its memory included; `old` itself when a till would see no difference. */
export function nextStatus(old: DisplayStatus, memory: GlassMemory, situation: Situation, now: Instant): DisplayStatus {
  const { driver, frame } = situation;
  const { state, confirmation } = statusCore(memory, situation);
  const { health, reason: trouble } = toldHealth(situation);
  const reason = trouble ?? (frame.kind === 'scan' ? (driver.refuses(frame.codeText) ?? null) : null);
  const { paymentRequestId } = memory;
  const isSame = old.state === state && old.confirmation === confirmation && old.health === health;
  if (isSame && old.reason === reason && old.paymentRequestId === paymentRequestId) return old;
  return { ...old, health, reason, state, confirmation, since: isSame ? old.since : now, paymentRequestId };
}
