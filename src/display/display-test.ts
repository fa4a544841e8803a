import { addMs, type Clock } from '../base/clock.js';
import type { Confirmation, Frame } from './display-driver.js';
import type { DisplaySettings } from './display-settings.js';
import { NOT_OPENED_YET } from './glass.js';
import type { LaneDisplay, LoanRefusal } from './lane-display.js';
import type { LentGlass, Loan, LoanEnd } from './lane-loan.js';
import type { Language } from './languages.js';
import { type SymbolFacts, symbolFacts } from './symbol-facts.js';

/** What a technician asks for. */
export interface TestOrder {
  /** Four digits that stand in the code, to be typed back. */
  readonly number: string;
  /** Bytes of the code; an order code has 43 to 170 (display reference 9.1). */
  readonly codeLength: number;
  /** The code stands so long at most once every glass has shown it or failed, ms. */
  readonly forMs: number;
  /** Of the merchant: the amount shown is zero. */
  readonly currency: string;
}

/** How one display took the test code. */
export interface TestedGlass {
  /** Its place in the lane's list, from 1. */
  readonly display: number;
  readonly driver: string;
  readonly port: string;
  /** `text_only`: a display that shows no codes shows the words. `refused`: this code, before anything was sent. */
  readonly result: 'shown' | 'text_only' | 'refused' | 'failed';
  /** What confirmed it; null unless shown. */
  readonly confirmation: Confirmation | null;
  /** From the order to the confirmation, ms; null unless shown. */
  readonly msToGlass: number | null;
  readonly symbol: SymbolFacts | null;
  /** Of the words that stand there; null where there are none. */
  readonly language: Language | null;
  /** Of the configuration. */
  readonly wantedLanguage: string | null;
  /** What is wrong, for the technician; null when nothing is. */
  readonly reason: string | null;
}

/** A test code that stands on a lane's glasses now. */
export interface RunningTest {
  readonly code: string;
  /** Those that were decided before the test was interrupted, if it was. */
  readonly glasses: readonly TestedGlass[];
  /** What cut the test short before every glass was decided; null when nothing did. */
  readonly interrupted: LoanEnd | null;
  /** Takes the code away; says how the test ended and which glasses (by their place from 1) are not known to be blank. */
  end(): Promise<{ readonly ended: LoanEnd; readonly notBlank: readonly number[] }>;
}

export interface TestParts {
  readonly lane: LaneDisplay;
  /** In the order of the lane's displays. */
  readonly settings: readonly DisplaySettings[];
  readonly clock: Clock;
}

/** A session that was only just started needs this long to find its device, beside the boot delay, ms. */
const FOUND_WITHIN_MS = 10_000;
/** The longest a board needs by its driver's word, ms. */
const USUAL_BOOT_MS = 8_000;
/** The longest painting there is: a raster at 9600 baud (display reference 11). */
const SHOWN_WITHIN_MS = 30_000;
/** Trouble that lasts longer than this is told instead of waited for. */
const TROUBLE_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** A harmless text with the number in it, of `length` bytes where that is possible at all. */
export function testCode(number: string, length: number): string {
  return `ocbridge display test ${number} - type this number at the prompt`.slice(0, Math.max(length, 26)).padEnd(length, '.');
}

/** Waits until every display was found or is known to be absent; trouble that is not over by then is told by the test itself. */
async function untilFound({ lane, settings, clock }: TestParts): Promise<void> {
  const bootMs = Math.max(0, ...settings.map(({ options }) => options?.bootDelayMs ?? USUAL_BOOT_MS));
  const until = clock.elapsedMs() + FOUND_WITHIN_MS + bootMs;
  const unsettled = () => lane.statuses().some(({ health, reason }) => health !== 'ready' && reason === NOT_OPENED_YET);
  while (unsettled() && clock.elapsedMs() < until) await clock.sleep(LOOK_EVERY_MS);
}

interface Progress {
  readonly frame: Frame & { readonly kind: 'scan' };
  readonly ms: number;
}

/** What became of the code on one glass; undefined while that is open. */
function outcomeOf(
  { surface, view }: LentGlass,
  { frame, ms }: Progress,
): Pick<TestedGlass, 'result' | 'confirmation' | 'msToGlass' | 'reason'> | undefined {
  const { driver } = surface;
  const failed = (result: 'refused' | 'failed', reason: string) => ({ result, confirmation: null, msToGlass: null, reason });
  const showsCodes = driver.can.qr !== 'none';
  const refusal = showsCodes ? driver.refuses(frame.codeText) : undefined;
  if (refusal !== undefined) return failed('refused', refusal);
  const { painted, proof, health, reason } = view();
  if (painted === frame)
    return { result: showsCodes ? 'shown' : 'text_only', confirmation: proof, msToGlass: Math.round(ms), reason: null };
  const isLost = health === 'absent' || (health === 'degraded' && ms > TROUBLE_WITHIN_MS);
  if (isLost || ms > SHOWN_WITHIN_MS)
    return failed('failed', reason ?? `The display did not confirm the code within ${SHOWN_WITHIN_MS / 1000} s.`);
  return undefined;
}

async function watch(loan: Loan, frame: Progress['frame'], { settings, clock }: TestParts): Promise<readonly TestedGlass[]> {
  const began = clock.elapsedMs();
  const done = new Map<LentGlass, TestedGlass>();
  const look = () => {
    for (const [index, glass] of loan.glasses.entries()) {
      const outcome = done.has(glass) ? undefined : outcomeOf(glass, { frame, ms: clock.elapsedMs() - began });
      if (outcome === undefined) continue;
      const { driver, port } = glass.surface;
      const own = settings[index];
      const symbol = own === undefined ? null : (symbolFacts(driver, own, frame.codeText) ?? null);
      const languages = { language: driver.language, wantedLanguage: own?.options?.language ?? null };
      done.set(glass, { display: index + 1, driver: driver.model, port, ...outcome, symbol, ...languages });
    }
  };
  for (look(); done.size < loan.glasses.length && !loan.over.aborted; look()) await loan.stirred(LOOK_EVERY_MS);
  return loan.glasses.flatMap((glass) => done.get(glass) ?? []);
}

/**
 * Shows a test code on every glass of a lane and waits until each has confirmed it or failed. The code stands until `end`, a sale on the
 * lane, or the time is up. Refused while a payment holds the lane.
 */
export async function startTest(parts: TestParts, order: TestOrder): Promise<RunningTest | LoanRefusal> {
  const { lane, clock } = parts;
  await untilFound(parts);
  const frame = {
    kind: 'scan',
    codeText: testCode(order.number, order.codeLength),
    amount: { currency: order.currency, value: '0' },
    expiresAt: addMs(clock.now(), SHOWN_WITHIN_MS + order.forMs),
  } as const;
  const loan = await lane.lend({ frame, forMs: SHOWN_WITHIN_MS + order.forMs });
  if (typeof loan === 'string') return loan;
  const glasses = await watch(loan, frame, parts);
  loan.standFor(order.forMs);
  return {
    code: frame.codeText,
    glasses,
    interrupted: loan.over.aborted ? (loan.over.reason as LoanEnd) : null,
    async end() {
      await loan.giveBack();
      const notBlank = loan.glasses.flatMap(({ surface, view }, index) =>
        surface.driver.can.canClear && view().codeOnGlass !== 'no' && view().writtenCode === frame.codeText ? [index + 1] : [],
      );
      return { ended: loan.over.reason as LoanEnd, notBlank };
    },
  };
}
