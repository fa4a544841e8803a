import { type Instant, instant } from '../../base/clock.js';
import type { SeenLine } from '../timeline-seen.js';
import { actWords, clearingWords, glassWords, NO_WORDS, type RowWords, refundWords, tillWords } from './timeline-rows.js';
import type { WordKey } from './words/words.js';

type Detail = SeenLine['detail'];

/** A message as it is shown: headers and bytes of one direction. */
export interface ShownMessage {
  readonly word: WordKey;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly base64: string | null;
  readonly sha256: string | null;
  /** What the check of its signature said; null where there was nothing to check. */
  readonly verdict: string | null;
  /** By which it is verified again; null without a signature. */
  readonly name: string | null;
  /** The bytes are not for this person now. */
  readonly isWithheld: boolean;
}

/** One row of a timeline. */
export interface TimelineRow extends RowWords {
  /** Its address on the page; null for what nothing points at. */
  readonly anchor: string | null;
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
  ...NO_WORDS,
  anchor: null,
  phase: null,
  from: null,
  to: null,
  alarm: null,
  quarantine: null,
  verdict: null,
  evidence: null,
  messages: [],
} as const;

/** The headers of a signed message have a signature among them. */
function nameOf(part: string, detail: Detail, headers: ShownMessage['headers']): string | null {
  return headers.some(([name]) => name.toLowerCase() === 'signature') ? `${part}-${textOf(detail['id'])}` : null;
}

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
  const [requestHeaders, answerHeaders] = [headersOf(detail['requestHeaders']), headersOf(detail['answerHeaders'])];
  const sent: ShownMessage = {
    word: 'tl.request',
    headers: requestHeaders,
    name: nameOf('request', detail, requestHeaders),
    isWithheld: false,
    body: textOf(detail['requestBody']),
    base64: textOf(detail['requestBodyBase64']),
    sha256: textOf(detail['bodySha256']),
    verdict: null,
  };
  const answer: ShownMessage = {
    word: 'tl.answer',
    headers: answerHeaders,
    name: nameOf('answer', detail, answerHeaders),
    isWithheld: detail['withheld'] === true,
    body: textOf(detail['answerBody']),
    base64: textOf(detail['answerBodyBase64']),
    sha256: null,
    verdict: textOf(detail['verdict']),
  };
  const said = detail['status'] === undefined ? '' : ` ${String(detail['status'])}`;
  return {
    ...NOTHING,
    word: 'tl.message' as const,
    anchor: `message-${textOf(detail['id'])}`,
    way: phase === 'answered' ? ('tl.way.in' as const) : ('tl.way.out' as const),
    what: `${textOf(detail['call']) ?? ''}${said}${silence === null ? '' : ` ${silence}`}`,
    phase: phase === 'leaving' ? ('tl.leaving' as const) : silence === null ? ('tl.answered' as const) : ('tl.silent' as const),
    verdict: answer.verdict,
    messages: [sent, answer].filter(({ headers, body }) => headers.length > 0 || body !== null),
  };
}

function notificationRow(detail: Detail) {
  const headers = headersOf(detail['headers']);
  const message: ShownMessage = {
    word: 'tl.notification',
    headers,
    name: nameOf('notification', detail, headers),
    isWithheld: detail['withheld'] === true,
    body: textOf(detail['body']),
    base64: textOf(detail['bodyBase64']),
    sha256: textOf(detail['bodySha256']),
    verdict: textOf(detail['verdict']),
  };
  return {
    ...NOTHING,
    word: 'tl.notification' as const,
    anchor: `notification-${textOf(detail['id'])}`,
    way: 'tl.way.in' as const,
    what: textOf(detail['path']) ?? '',
    quarantine: textOf(detail['quarantine']),
    verdict: message.verdict,
    messages: [message],
  };
}

/** The rows that are no message and nothing that was weighed. */
const OTHERS: Readonly<Record<string, readonly [word: WordKey, words: (detail: Detail) => RowWords]>> = {
  till: ['tl.till', tillWords],
  refund: ['tl.refund', refundWords],
  glass: ['tl.glass', glassWords],
  act: ['tl.act', actWords],
  clearing: ['tl.clearing', clearingWords],
};

function rowOf({ what, detail }: SeenLine): Omit<TimelineRow, 'at' | 'afterMs'> {
  if (what === 'message') return messageRow(detail);
  if (what === 'notification') return notificationRow(detail);
  const other = OTHERS[what];
  if (other === undefined) return journalRow(detail);
  const words = other[1](detail);
  // Whatever has no sentence stands there by its own name.
  const name = words.said === null ? textOf(detail['what'] ?? detail['asked'] ?? detail['state']) : null;
  return { ...NOTHING, ...words, word: other[0], what: name ?? '' };
}

/** Pure: a payment's history on one axis of time, each row with the pause before it. */
export function timelineOf(lines: readonly SeenLine[]): readonly TimelineRow[] {
  return lines.map((line, index) => {
    const before = lines[index - 1];
    return { ...rowOf(line), at: instant(line.at), afterMs: before === undefined ? null : line.at - before.at };
  });
}
