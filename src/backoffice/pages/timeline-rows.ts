import type { Money } from '../../payment/money.js';
import { moneyShown } from './shown.js';
import { isWordKey, type WordKey } from './words/words.js';

type Detail = Readonly<Record<string, unknown>>;

/** A sentence with its values. */
export interface Said {
  readonly key: WordKey;
  readonly values: Readonly<Record<string, string>>;
}

/** What a row shows beside its kind and time; everything that is not said is null or empty. */
export interface RowWords {
  readonly said: Said | null;
  /** Who to whom. */
  readonly way: WordKey | null;
  /** How sure it is, or what became of it. */
  readonly mark: { readonly key: WordKey; readonly tone: 'good' | 'bad' | 'wait' | 'info' | 'still' } | null;
  /** In somebody's own words. */
  readonly why: string | null;
  /** Names and values that are folded away. */
  readonly facts: readonly (readonly [string, string])[];
  readonly links: readonly { readonly href: string; readonly key: WordKey; readonly values: Readonly<Record<string, string>> }[];
}

export const NO_WORDS: RowWords = { said: null, way: null, mark: null, why: null, facts: [], links: [] };

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function amountOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'currency' in value ? moneyShown(value as Money) : textOf(value);
}

function factsOf(detail: Detail, without: readonly string[]): RowWords['facts'] {
  return Object.entries(detail).flatMap(([name, value]) =>
    value === null || value === undefined || without.includes(name)
      ? []
      : [[name, name === 'amount' ? amountOf(value) : textOf(value)] as const],
  );
}

const known = (key: string): WordKey | null => (isWordKey(key) ? key : null);

/** What a till asked for. */
export function tillWords(detail: Detail): RowWords {
  const key = known(`tl.till.${textOf(detail['asked'])}`);
  const values = { till: textOf(detail['terminalId']), amount: amountOf(detail['amount']), lane: textOf(detail['laneId']) };
  return { ...NO_WORDS, said: key && { key, values }, way: 'tl.way.till', facts: factsOf(detail, ['asked']) };
}

/** A refund as it was asked for, by a till, a person or an undo. */
export function refundWords(detail: Detail): RowWords {
  const by = (detail['askedBy'] ?? {}) as Detail;
  const values = { who: textOf(by['id'] ?? by['name'] ?? by['kind']), amount: amountOf(detail['amount']) };
  return {
    ...NO_WORDS,
    said: { key: detail['isUndo'] === true ? 'tl.refund.undo' : 'tl.refund.asked', values },
    way: by['kind'] === 'terminal' ? 'tl.way.till' : by['kind'] === 'operator' ? 'tl.way.person' : null,
    mark: markOf(`refund.${textOf(detail['state'])}`),
    why: detail['reason'] === null ? null : textOf(detail['reason']),
    facts: factsOf(detail, ['isUndo', 'askedBy', 'reason', 'state']),
  };
}

const TONES: Readonly<Record<string, 'good' | 'bad' | 'wait' | 'info' | 'still'>> = {
  'refund.pending': 'wait',
  'refund.in_doubt': 'wait',
  'refund.refunded': 'good',
  'refund.refused': 'bad',
  'tl.proof.written': 'wait',
  'tl.proof.drained': 'info',
  'tl.proof.acked': 'good',
  'tl.proof.verified': 'good',
  'day.verdict.matched': 'good',
  'day.verdict.shifted': 'info',
  'day.verdict.waiting': 'wait',
  'day.verdict.exception': 'bad',
};

function markOf(key: string): RowWords['mark'] {
  return isWordKey(key) ? { key, tone: TONES[key] ?? 'still' } : null;
}

/** What one display did about the payment's code. */
export function glassWords(detail: Detail): RowWords {
  const state = textOf(detail['state']);
  const key = known(`tl.glass.${state}`);
  const glass = [...new Set([textOf(detail['driver']), textOf(detail['port'])])].join(' ').trim();
  // Of a display that was never reached nothing was proven.
  const isProven = state === 'showing' || state === 'printed' || state === 'cleared';
  return {
    ...NO_WORDS,
    said: key && { key, values: { glass } },
    way: 'tl.way.glass',
    mark: isProven ? markOf(`tl.proof.${textOf(detail['confirmation'])}`) : null,
    why: detail['reason'] === null || detail['reason'] === undefined ? null : textOf(detail['reason']),
    facts: factsOf(detail, ['reason']),
  };
}

/** What a person did or asked for, by the trail of acts: it is written down before anybody decides, and says no outcome. */
export function actWords(detail: Detail): RowWords {
  const what = textOf(detail['what']);
  const key = known(`tl.did.${what}`);
  const more = (detail['more'] ?? {}) as Detail;
  return {
    ...NO_WORDS,
    said: key && { key, values: { who: textOf(detail['who']), amount: amountOf(more['amount']) } },
    way: 'tl.way.person',
    why: textOf(detail['why']) === '' ? null : textOf(detail['why']),
    facts: [...factsOf(detail, ['why', 'more']), ...factsOf(more, [])],
  };
}

/** A line of a clearing file that is about the payment or a refund of it. */
export function clearingWords(detail: Detail): RowWords {
  const [file, line, date] = [textOf(detail['file']), textOf(detail['line']), textOf(detail['date'])];
  const exception = textOf(detail['exceptionId']);
  const day = {
    href: exception === '' ? `/days/${encodeURIComponent(date)}` : `/exceptions/${encodeURIComponent(exception)}`,
    key: 'tl.clearing.day',
    values: {},
  } as const;
  const asItCame = {
    href: `/clearing-files/${encodeURIComponent(file)}/lines/${line}`,
    key: 'ex.bytes',
    values: { line },
  } as const;
  return {
    ...NO_WORDS,
    said: { key: file === '' ? 'tl.clearing.missing' : 'tl.clearing.line', values: { line, date } },
    way: 'tl.way.file',
    mark: markOf(`day.verdict.${textOf(detail['verdict'])}`),
    why: null,
    facts: factsOf(detail, ['exceptionId']),
    links: file === '' ? [day] : [asItCame, day],
  };
}
