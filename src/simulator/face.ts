import { type Instant, utc8Text, utcText } from '../base/clock.js';
import type { AnswerParts } from './answer-bodies.js';
import type { AskedOrder, BookedOrder, GivenBack } from './order-book.js';
import type { Illegal } from './request-check.js';
import type { SimulatorKeys } from './simulator-signing.js';
import type { CallName, WireObject, WireResult } from './simulator-words.js';

/** One of the pay APIs that the simulator plays: how it signs, what it takes, and what it answers. The account book is the same for all. */
export interface Face {
  readonly id: 'orderCode' | 'miniProgram' | 'rebell' | 'autoDebit';
  /** Whether calls on this path, signed with this algorithm, are meant for it. */
  speaks(path: string, algorithm: string): boolean;
  /** What the path asks for, after whatever stands before `/v1/payments/`. */
  readonly calls: Readonly<Record<string, CallName>>;
  readonly algorithm: string;
  timeText(at: Instant): string;
  /** Checks a `pay` request; `now` by the simulator's own clock. */
  readPay(body: WireObject, now: Instant): { asked: Omit<AskedOrder, 'face'>; remarks: string[] } | Illegal;
  /** `known`: the order was there before this call. */
  payAnswer(parts: AnswerParts, order: BookedOrder, known: boolean): WireObject;
  inquiryAnswer(parts: AnswerParts, order: BookedOrder, claimed?: WireResult): WireObject;
  notice(parts: AnswerParts, order: BookedOrder, result: WireResult): WireObject;
  cancelDone(parts: AnswerParts, order: BookedOrder | undefined): WireObject;
  refundDone(parts: AnswerParts, entry: GivenBack): WireObject;
  /** A cancel of an order that nobody placed is remembered and done; otherwise there is no such order. */
  readonly cancelsTheUnknown: boolean;
  /** What a repeat of `pay` is told about an order that has ended; by default ORDER_IS_CLOSED. */
  closedCode?(order: BookedOrder): string;
}

/** The keys as this face writes and reads headers with them. */
export function keysAs(keys: SimulatorKeys, { algorithm }: Pick<Face, 'algorithm'>): SimulatorKeys {
  const named = (key: SimulatorKeys['own']) => ({ ...key, algorithmText: algorithm });
  return { ...keys, own: named(keys.own), stranger: named(keys.stranger), client: named(keys.client) };
}

/** Which of the pay APIs a call is meant for; the last one listed takes what nobody else speaks. */
export function faceFor(faces: readonly Face[], path: string, signatureHeader: unknown): Face {
  const [, algorithm = ''] = /algorithm=([^,]+)/i.exec(typeof signatureHeader === 'string' ? signatureHeader : '') ?? [];
  const found = faces.find((face) => face.speaks(path, algorithm.trim())) ?? faces.at(-1);
  if (found === undefined) throw new Error('the simulator has at least one face');
  return found;
}

/** What a path asks a face for; `undefined` for none of its calls. */
export function callOn(face: Face, path: string): CallName | undefined {
  const [, ending = ''] = /\/v1\/payments\/([A-Za-z]+)$/.exec(path) ?? [];
  return Object.hasOwn(face.calls, ending) ? face.calls[ending] : undefined;
}

export const TIME_TEXTS = {
  offset: utc8Text,
  utc: utcText,
  epochMs: (at: Instant) => String(Math.round(at)),
} as const;
