import type { GlassSegment } from '#src/simulator/glass-emulators/glass-history.js';

/** A code that was wanted on the glass from one instant to another; times are ms since the epoch. */
export interface WantedCode {
  readonly code: string;
  readonly from: number;
  /** When its payment ended or its time was up; infinite while it is wanted. */
  until: number;
}

/** A time in which nobody could have blanked the glass: from the pulling of the cable until the glass had to be right again. */
export interface Unreachable {
  readonly from: number;
  to: number;
}

export interface Judged {
  /** What the end of a half line shows may stand there this long, ms. */
  readonly flashMs: number;
  /** What is printed stays; only when it was printed counts. */
  readonly isPaper: boolean;
}

/** What was wrong, as sentences, and how long each flash of a half line stood there, ms. */
export interface Judgement {
  readonly faults: readonly string[];
  readonly flashes: readonly number[];
}

/** A code has to be gone this long after it stopped being wanted, ms. */
const GONE_WITHIN_MS = 1_000;
/** Clocks of the record and of the wishes are read to the millisecond, on a busy machine. */
const SLACK_MS = 60;

type Stretch = Pick<GlassSegment, 'code' | 'from' | 'to'>;

/** Words may change beside a code that stands. */
function byCode(segments: readonly GlassSegment[]): readonly Stretch[] {
  const out: { code: string | null; from: GlassSegment['from']; to: GlassSegment['to'] }[] = [];
  for (const { code, from, to } of segments) {
    const last = out.at(-1);
    if (last !== undefined && last.code === code) last.to = to;
    else out.push({ code, from, to });
  }
  return out;
}

function endOfGrace(wantedUntil: number, unreachable: readonly Unreachable[]): number {
  let until = wantedUntil + GONE_WITHIN_MS;
  for (const { from, to } of unreachable) if (from <= until && to > until) until = to;
  return until + SLACK_MS;
}

/**
 * What is wrong with what was to be seen: a code that nobody wanted (torn), one that was painted after its end, one that stood too long
 * although it could be blanked. `segments` and `unreachable` are in the order of time.
 */
export function judgeGlass(
  segments: readonly GlassSegment[],
  wanted: readonly WantedCode[],
  unreachable: readonly Unreachable[],
  now: number,
  { flashMs, isPaper }: Judged,
): Judgement {
  const faults: string[] = [];
  const flashes: number[] = [];
  for (const { code, from, to } of byCode(segments)) {
    if (code === null) continue;
    const until: number = to ?? now;
    const wish = wanted.findLast((one) => one.code === code);
    const what = `${JSON.stringify(code)} from ${new Date(from).toISOString()} for ${until - from} ms`;
    if (wish === undefined || from > wish.until + GONE_WITHIN_MS) {
      const fault =
        wish === undefined ? `torn or foreign code ${what}` : `painted ${from - wish.until} ms after its end: ${what}`;
      if (until - from <= flashMs) flashes.push(until - from);
      else faults.push(fault);
      continue;
    }
    if (!isPaper && until > endOfGrace(wish.until, unreachable))
      faults.push(`stood ${until - wish.until} ms after its end: ${what}`);
  }
  return { faults, flashes };
}
