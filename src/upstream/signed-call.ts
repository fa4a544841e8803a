import { addMs, type Clock, type Instant, parseHeaderTime, utc8Text, utcText } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { StoredMessage } from '../payment/books-port.js';
import type { CallName } from '../payment/payment.js';
import type { Dialect } from './dialect.js';
import { sha256 } from './frozen-body.js';
import { type SigningKey, signatureHeader, type VerifyingKeys, verifySignature } from './signature.js';
import type { Answer, Transport } from './transport.js';
import type { UpstreamClock } from './upstream-clock.js';

/** Our key and theirs. */
export interface UpstreamKeys {
  readonly signing: SigningKey;
  readonly verifying: VerifyingKeys;
}

/** Everything a signed call needs besides what it says. */
export interface CallParts {
  readonly dialect: Dialect;
  readonly clientId: string;
  /** Before the dialect's paths on the wire, and in the signed text. */
  readonly basePath: string;
  readonly signPath: string;
  readonly agentToken: string | undefined;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Asked at every call: a reload puts other keys in force. */
  readonly keys: () => UpstreamKeys;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly upstreamClock: UpstreamClock;
}

/** What a call came to, before anybody looks into the body. Only `verified` carries words worth reading. */
export type CallResult =
  | {
      readonly kind: 'verified';
      readonly body: Uint8Array;
      readonly message: StoredMessage;
      readonly receivedAt: Instant;
      readonly keyVersionUnknown: boolean;
    }
  | {
      readonly kind: 'unusable';
      readonly why: 'httpStatus' | 'unsignedAnswer' | 'badSignature';
      readonly message: StoredMessage;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'silent'; readonly bytesMayHaveLeft: boolean; readonly message: StoredMessage };

/** Sends the exact bytes with a fresh time and signature, and verifies the exact bytes that come back (order-code reference 2.6). */
export async function signedCall(
  parts: CallParts,
  call: CallName,
  path: string,
  body: Uint8Array,
  deadlineMs: number,
  /** What is stored in place of the body, where that may not be. */
  kept: Uint8Array = body,
): Promise<CallResult> {
  const { clock, upstreamClock, dialect } = parts;
  killPoint('call.frozen', path);
  const sentAt = clock.now();
  const time = timeText(dialect.signing.requestTime, addMs(sentAt, upstreamClock.offsetMs()));
  const signature = await signatureHeader(
    parts.keys().signing,
    { path: parts.signPath + path, clientId: parts.clientId, time },
    body,
  );
  const requestHeaders: Record<string, string> = {
    ...parts.extraHeaders,
    'Content-Type': 'application/json; charset=UTF-8',
    'Client-Id': parts.clientId,
    'Request-Time': time,
    Signature: signature,
    ...(parts.agentToken !== undefined && { 'Agent-Token': parts.agentToken }),
  };
  const answer = await parts.transport.post(parts.basePath + path, requestHeaders, body, deadlineMs);
  const message = { ...storedMessage(call, parts.basePath + path, requestHeaders, kept, answer), bodySha256: sha256(body) };
  if (answer.kind === 'silent') return { kind: 'silent', bytesMayHaveLeft: answer.bytesMayHaveLeft, message };
  killPoint('call.answered', path);
  const result = verified(parts, path, answer, message, sentAt);
  killPoint('call.verified', path);
  return result;
}

/** A call that was not made, because its bytes are not to be had any more: nothing has left. */
export function unsentCall(parts: CallParts, call: CallName, path: string, kept: Uint8Array): CallResult {
  const silence: Answer = {
    kind: 'silent',
    bytesMayHaveLeft: false,
    cause: 'noConnection',
    detail: 'the agreement is not known',
  };
  return { kind: 'silent', bytesMayHaveLeft: false, message: storedMessage(call, parts.basePath + path, {}, kept, silence) };
}

function verified(
  parts: CallParts,
  path: string,
  answer: Extract<Answer, { kind: 'answered' }>,
  message: StoredMessage,
  sentAt: Instant,
): CallResult {
  const { body } = answer;
  const responseTime = answer.headers['response-time'];
  const named = answer.headers['client-id'];
  const header = answer.headers['signature'];
  const withVerdict = (verdict: string): StoredMessage => ({
    ...message,
    answer: message.answer && { ...message.answer, verdict },
  });
  if (header === undefined || typeof responseTime !== 'string' || responseTime === '') {
    return { kind: 'unusable', why: 'unsignedAnswer', body, message: withVerdict('unsigned') };
  }
  if (named !== undefined && named !== parts.clientId)
    return { kind: 'unusable', why: 'badSignature', body, message: withVerdict('bad: clientId') };
  const context = { path: parts.signPath + path, clientId: parts.clientId, time: responseTime };
  const verdict = verifySignature(parts.keys().verifying, parts.dialect.signing.algorithmText, header, context, body);
  if (verdict.kind === 'unsigned') return { kind: 'unusable', why: 'unsignedAnswer', body, message: withVerdict('unsigned') };
  if (verdict.kind === 'bad') return { kind: 'unusable', why: 'badSignature', body, message: withVerdict(`bad: ${verdict.why}`) };
  const receivedAt = parts.clock.now();
  const said = parseHeaderTime(responseTime);
  if (said !== undefined) parts.upstreamClock.heard(said, sentAt, receivedAt);
  // Anything but 200 is no result, even when it is signed (order-code reference 2.5).
  if (answer.status !== 200) return { kind: 'unusable', why: 'httpStatus', body, message: withVerdict('good') };
  return { kind: 'verified', body, message: withVerdict('good'), receivedAt, keyVersionUnknown: verdict.keyVersionUnknown };
}

/** The text of a time header, as the dialect wants it. */
export function timeText(form: Dialect['signing']['requestTime'], at: Instant): string {
  switch (form) {
    case 'isoOffset':
      return utc8Text(at);
    case 'isoUtc':
      return utcText(at);
    case 'epochMs':
      return String(Math.round(at));
  }
}

/** Header names whose values are worth nothing to a reader and something to a thief. */
const SECRET_HEADERS = new Set(['agent-token', 'authorization', 'cookie', 'set-cookie']);

function storedMessage(
  call: CallName,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  answer: Answer,
): StoredMessage {
  return {
    call,
    path,
    requestHeaders: withoutSecrets(headers),
    requestBody: body,
    answer:
      answer.kind === 'answered'
        ? { status: answer.status, headers: withoutSecrets(answer.headers), body: answer.body, verdict: 'unchecked' }
        : null,
    silence: answer.kind === 'silent' ? `${answer.cause}: ${answer.detail}` : null,
  };
}

/** Headers as they may be stored: what a thief could use is `***`, several of one name are joined. */
export function withoutSecrets(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET_HEADERS.has(name.toLowerCase()) ? '***' : [value ?? []].flat().join(', '),
    ]),
  );
}
