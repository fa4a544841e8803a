import { type Instant, utcText } from '../base/clock.js';
import { type Waiting, waitingOf } from './day-basis.js';
import type { DayTotals } from './day-totals.js';
import type { FileEntry } from './file-findings.js';
import { cycleAfter } from './match-day.js';
import type { KeptLine, StoredDay, StoredException, StoredFile } from './recon-ports.js';

/** A clearing day as people and programs see it (till API contract 5). */
export interface DayView {
  readonly date: string;
  readonly sealed: boolean;
  readonly sealedBy: string | null;
  readonly sealedAt: string | null;
  /** Whether it was compared at all: before that there are no totals. */
  readonly compared: boolean;
  /**
   * Files have arrived that the comparison in force has not read, of the day or beside one that has waiting rows, or a day before it was sealed with
   * such rows: it cannot be sealed before it is compared again.
   */
  readonly compareAgain: boolean;
  readonly files: readonly FileEntry[];
  readonly totals: readonly DayTotals[];
  readonly exceptions: { readonly open: number; readonly resolved: number };
  /** Rows that wait for the next cycle, `until`: what its reports do not bring either is an exception of that day. */
  readonly waiting: Waiting & { readonly until: string };
}

/** `isOutdated`: what the comparison in force rests on has changed. */
export function dayView(
  { day, seal, run, totals }: StoredDay,
  files: { readonly entries: readonly FileEntry[]; readonly isOutdated: boolean },
  exceptions: DayView['exceptions'],
): DayView {
  return {
    date: day,
    sealed: seal !== null,
    sealedBy: seal?.by ?? null,
    sealedAt: seal === null ? null : utcText(seal.at),
    compared: run > 0,
    compareAgain: seal === null && run > 0 && files.isOutdated,
    files: files.entries,
    totals,
    exceptions,
    waiting: { ...waitingOf(totals), until: cycleAfter(day, 1) },
  };
}

/** An exception with how old it is and where to look. */
export interface ExceptionView {
  readonly id: string;
  readonly date: string;
  readonly kind: StoredException['kind'];
  readonly cause: string;
  readonly act: string;
  /** For pages in other languages; stands in no JSON. */
  readonly words: StoredException['words'];
  readonly paymentRequestId: string | null;
  readonly refundRequestId: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly state: 'open' | 'resolved';
  readonly foundAt: string;
  /** Whole days since it was found first; of a resolved one, until it was resolved. */
  readonly ageDays: number;
  readonly resolution: { readonly by: string; readonly at: string; readonly reason: string } | null;
  /** Paths below the back office; null where there is nothing to look at. */
  readonly links: { readonly timeline: string | null; readonly line: string | null; readonly file: string | null };
}

const DAY_MS = 86_400_000;

function fileLink(name: string): string {
  return `/api/clearing-files/${encodeURIComponent(name)}`;
}

function lineLink(name: string, line: number): string {
  return `${fileLink(name)}/lines/${line}`;
}

/** A stored report file: what it is, and the lines in which it states its own figures. */
export interface FileView {
  readonly name: string;
  readonly kind: StoredFile['kind'];
  readonly date: string;
  /** `late`: its day was sealed before it came. */
  readonly state: 'arrived' | 'late';
  readonly size: number;
  readonly sha256: string;
  readonly importedAt: string;
  /** Detail lines. */
  readonly lines: number;
  /** The first lines of a summary or settlement report, and the line of totals of the others. */
  readonly stated: readonly (KeptLine & { readonly link: string })[];
  readonly links: { readonly day: string; readonly stated: readonly string[] };
}

const STATED_SHOWN = 200;

/** A file as people and programs see it. */
export function fileView({ name, kind, day, state, size, sha256, importedAt, figures }: StoredFile): FileView {
  const stated = figures.kept.slice(0, STATED_SHOWN).map((one) => ({ ...one, link: lineLink(name, one.line) }));
  const links = { day: `/api/days/${day}`, stated: stated.map(({ link }) => link) };
  const what = { name, kind, date: day, state: state === 'late' ? state : ('arrived' as const), size, sha256 };
  return { ...what, importedAt: utcText(importedAt), lines: figures.lines, stated, links };
}

/** `isKnown`: the books hold the payment that it names. */
export function exceptionView(found: StoredException, isKnown: boolean, now: Instant): ExceptionView {
  const { id, day, kind, cause, act, words, paymentRequestId, refundRequestId, file, line, state, foundAt, resolution } = found;
  return {
    id,
    date: day,
    kind,
    cause,
    act,
    words,
    paymentRequestId,
    refundRequestId,
    file,
    line,
    state,
    foundAt: utcText(foundAt),
    ageDays: Math.max(0, Math.floor(((resolution?.at ?? now) - foundAt) / DAY_MS)),
    resolution: resolution && { by: resolution.by, at: utcText(resolution.at), reason: resolution.reason },
    links: {
      timeline: paymentRequestId === null || !isKnown ? null : `/api/payments/${encodeURIComponent(paymentRequestId)}/timeline`,
      line: file === null || line === null ? null : lineLink(file, line),
      file: file === null ? null : fileLink(file),
    },
  };
}

/** As it stands in JSON: the sentences are there whole. */
export function exceptionJson({ words: _forPages, ...told }: ExceptionView): Omit<ExceptionView, 'words'> {
  return told;
}
