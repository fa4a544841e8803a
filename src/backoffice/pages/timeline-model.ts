import { type Instant, instant } from '../../base/clock.js';
import type { PaymentFinder } from '../payment-routes.js';
import type { WordKey } from './words/words.js';

type Line = Awaited<ReturnType<PaymentFinder['timeline']>>[number];
type Detail = Line['detail'];

/** A message as it is shown: headers and bytes of one direction. */
export interface ShownMessage {
  readonly word: WordKey;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly base64: string | null;
  readonly sha256: string | null;
  /** What the check of its signature said; null where there was nothing to check. */
  readonly verdict: string | null;
}

/** One row of a timeline. */
export interface TimelineRow {
  readonly at: Instant;
  /** Since the row before, ms; null for the first. */
  readonly afterMs: number | null;
  readonly word: WordKey;
  /** In plain words of the protocol: `pay`, `paid`, `awaiting_payer`. */
  readonly what: string;
  readonly phase: WordKey | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly alarm: string | null;
  readonly quarantine: string | null;
  readonly verdict: string | null;
  readonly evidence: string | null;
  readonly messages: readonly ShownMessage[];
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function headersOf(value: unknown): ShownMessage['headers'] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, text]) => [name, Array.isArray(text) ? text.join(', ') : String(text)] as const);
}

const NOTHING = {
  phase: null,
  from: null,
  to: null,
  alarm: null,
  quarantine: null,
  verdict: null,
  evidence: null,
  messages: [],
} as const;

function journalRow(detail: Detail) {
  const evidence = detail['evidence'];
  const kind = typeof evidence === 'object' && evidence !== null && 'kind' in evidence ? String(evidence.kind) : '';
  const [from, to] = [textOf(detail['from']), textOf(detail['to'])];
  return {
    ...NOTHING,
    word: 'tl.journal' as const,
    what: kind,
    from: from === to ? null : from,
    to,
    alarm: textOf(detail['alarm']),
    evidence: JSON.stringify(evidence, null, 1),
  };
}

function messageRow(detail: Detail) {
  const phase = textOf(detail['phase']);
  const silence = textOf(detail['silence']);
  const sent: ShownMessage = {
    word: 'tl.request',
    headers: headersOf(detail['requestHeaders']),
    body: textOf(detail['requestBody']),
    base64: textOf(detail['requestBodyBase64']),
    sha256: textOf(detail['bodySha256']),
    verdict: null,
  };
  const answer: ShownMessage = {
    word: 'tl.answer',
    headers: headersOf(detail['answerHeaders']),
    body: textOf(detail['answerBody']),
    base64: textOf(detail['answerBodyBase64']),
    sha256: null,
    verdict: textOf(detail['verdict']),
  };
  const said = detail['status'] === undefined ? '' : ` ${String(detail['status'])}`;
  return {
    ...NOTHING,
    word: 'tl.message' as const,
    what: `${textOf(detail['call']) ?? ''}${said}${silence === null ? '' : ` ${silence}`}`,
    phase: phase === 'leaving' ? ('tl.leaving' as const) : silence === null ? ('tl.answered' as const) : ('tl.silent' as const),
    verdict: answer.verdict,
    messages: [sent, answer].filter(({ headers, body }) => headers.length > 0 || body !== null),
  };
}

function notificationRow(detail: Detail) {
  const message: ShownMessage = {
    word: 'tl.notification',
    headers: headersOf(detail['headers']),
    body: textOf(detail['body']),
    base64: textOf(detail['bodyBase64']),
    sha256: textOf(detail['bodySha256']),
    verdict: textOf(detail['verdict']),
  };
  return {
    ...NOTHING,
    word: 'tl.notification' as const,
    what: textOf(detail['path']) ?? '',
    quarantine: textOf(detail['quarantine']),
    verdict: message.verdict,
    messages: [message],
  };
}

function rowOf({ what, detail }: Line) {
  if (what === 'message') return messageRow(detail);
  return what === 'notification' ? notificationRow(detail) : journalRow(detail);
}

/** Pure: a payment's history on one axis of time, each row with the pause before it. */
export function timelineOf(lines: readonly Line[]): readonly TimelineRow[] {
  return lines.map((line, index) => {
    const before = lines[index - 1];
    return { ...rowOf(line), at: instant(line.at), afterMs: before === undefined ? null : line.at - before.at };
  });
}
