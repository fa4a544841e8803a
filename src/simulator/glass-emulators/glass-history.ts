import { type Clock, type Instant, utcText } from '../../base/clock.js';
import type { GlassView } from './glass-view.js';

/** A stretch of time in which the glass looked the same. */
export interface GlassSegment extends GlassView {
  readonly from: Instant;
  /** `null` while it still looks so. */
  to: Instant | null;
}

/** Something that crossed the line or was carried out, in the order it happened. */
export interface TraceEntry {
  readonly at: string;
  readonly kind: 'in' | 'out' | 'did' | 'trouble';
  /** Hex for bytes, else words. */
  readonly what: string;
}

export interface GlassHistory {
  /** Takes note of how the glass looks now; true when that is news. */
  look(view: GlassView): boolean;
  note(kind: TraceEntry['kind'], what: string): void;
  segments(): GlassSegment[];
  trace(): TraceEntry[];
}

const MOST_ENTRIES = 20_000;

function sameView(a: GlassView, b: GlassView): boolean {
  return a.lit === b.lit && a.page === b.page && a.code === b.code && JSON.stringify(a.texts) === JSON.stringify(b.texts);
}

function cut<T>(list: T[]): void {
  if (list.length > 2 * MOST_ENTRIES) list.splice(0, list.length - MOST_ENTRIES);
}

/** Everything that was ever visible, with its times: tests judge by it that no code outlived its order. */
export function createGlassHistory(clock: Clock): GlassHistory {
  const segments: GlassSegment[] = [];
  const trace: TraceEntry[] = [];
  return {
    look(view) {
      const last = segments.at(-1);
      if (last !== undefined && sameView(last, view)) return false;
      const now = clock.now();
      if (last !== undefined) last.to = now;
      segments.push({ ...view, from: now, to: null });
      cut(segments);
      return true;
    },
    note(kind, what) {
      trace.push({ at: utcText(clock.now()), kind, what });
      cut(trace);
    },
    segments: () => segments.map((segment) => ({ ...segment })),
    trace: () => [...trace],
  };
}
