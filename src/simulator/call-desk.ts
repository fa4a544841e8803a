import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addMs, type Clock, utcText } from '../base/clock.js';
import { refusal } from './answer-bodies.js';
import { type AnswerToWrite, writeAnswer } from './answer-writer.js';
import type { CallChange } from './call-change.js';
import { type CallRecord, createRing, type Ring } from './call-log.js';
import type { FaultPlan } from './fault-plan.js';
import type { BookedOrder } from './order-book.js';
import { type IncomingCall, type Processed, type ProcessParts, processCall } from './process-call.js';
import { distinctHeaders, oneHeader, readRequestBody } from './read-request.js';
import { believed, headerTime, type SimulatorKeys, signAs, verdictText } from './simulator-signing.js';
import { CALL_NAMES, CALL_PATHS, type CallName, wireResult } from './simulator-words.js';

/** A signed answer as it left, kept so that it can be played back where it does not belong. */
export interface SentAnswer {
  readonly path: string;
  readonly clientId: string;
  readonly time: string;
  readonly signature: string;
  readonly body: Buffer;
}

export interface CallDesk {
  /** Answers one request to an upstream path, or plays the fault that is due. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  calls(): CallRecord[];
  lastAnswer(call: CallName): SentAnswer | undefined;
  /** How many calls are being worked on; held and delayed ones do not count. */
  busy(): number;
}

export interface CallDeskParts extends ProcessParts {
  readonly clock: Clock;
  readonly keys: SimulatorKeys;
  readonly plan: FaultPlan;
  /** Any other client id is refused with INVALID_CLIENT; `undefined` takes all. */
  readonly clientId: string | undefined;
  /** Lets the payer pay at once, and waits until the notification was delivered. */
  readonly payAtOnce: (order: BookedOrder) => Promise<void>;
  /** Ends what is still waiting; open connections are cut by whoever owns the server. */
  readonly stop: AbortSignal;
}

const MOST_CALLS = 10_000;
const MOST_LOG_BYTES = 128 * 1024 * 1024;
const MOST_BODY_BYTES = 1024 * 1024;
const MOST_KEPT_TEXT = 64 * 1024;

interface Desk {
  readonly parts: CallDeskParts;
  readonly log: Ring<CallRecord>;
  readonly lastAnswers: Map<CallName, SentAnswer>;
  seq: number;
  working: number;
}

/** The counter behind the upstream's paths: log, judge, carry out, answer. */
export function createCallDesk(parts: CallDeskParts): CallDesk {
  const log = createRing<CallRecord>(MOST_CALLS, MOST_LOG_BYTES);
  const desk: Desk = { parts, log, lastAnswers: new Map(), seq: 0, working: 0 };
  return {
    handle: (request, response, path) =>
      handle(desk, request, response, path).catch(() => {
        response.destroy();
      }),
    calls: () => log.all(),
    lastAnswer: (call) => desk.lastAnswers.get(call),
    busy: () => desk.working,
  };
}

async function handle(desk: Desk, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  desk.working += 1;
  let atWork = true;
  const rest = () => {
    if (atWork) desk.working -= 1;
    atWork = false;
  };
  try {
    const body = await readRequestBody(request, MOST_BODY_BYTES);
    if (body === undefined) response.writeHead(413, { connection: 'close' }).end();
    else await answer(desk, request, response, path, body, rest);
  } finally {
    rest();
  }
}

/** `rest` says that from now on nothing but a delay or the wire is waited for. */
async function answer(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: Buffer,
  rest: () => void,
) {
  const { clock, plan, stop } = desk.parts;
  const call = CALL_NAMES.find((name) => CALL_PATHS[name] === path);
  const { names, change } = call === undefined ? { names: [], change: {} } : plan.forCall(call);
  const record = open(desk, request, path, call, body, names);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (change.processAfterMs !== undefined) {
    rest();
    await clock.sleep(change.processAfterMs, stop);
  }
  if (stop.aborted) return;
  const written = await compose(desk, record, call, body, change);
  if (change.answerAfterMs !== undefined) {
    const delay = clock.sleep(change.answerAfterMs, gone.signal);
    rest();
    await delay;
  }
  const sent = writeAnswer(clock, response, written, change.delivery, gone.signal);
  if (change.delivery === 'held') rest();
  record.answer = await sent;
}

function open(
  desk: Desk,
  request: IncomingMessage,
  path: string,
  call: CallName | undefined,
  body: Buffer,
  faults: string[],
): CallRecord {
  const { clock, keys } = desk.parts;
  desk.seq += 1;
  const headers = distinctHeaders(request);
  const context = { path, clientId: oneHeader(headers, 'client-id'), time: oneHeader(headers, 'request-time') };
  const record: CallRecord = {
    seq: desk.seq,
    at: utcText(clock.now()),
    call: call ?? null,
    method: request.method ?? '',
    path,
    headers,
    body: body.toString('utf8').slice(0, MOST_KEPT_TEXT),
    bodyBytes: body.length,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    signature: verdictText(keys, headers['signature'], context, body),
    faults,
    remarks: [],
    processed: 0,
    answer: null,
  };
  desk.log.add(record, body.length + 2_000);
  return record;
}

/** Carries the call out as often as the faults allow and words the last result. */
function carryOut(
  parts: CallDeskParts,
  record: CallRecord,
  call: CallName | undefined,
  body: Buffer,
  change: CallChange,
): Processed {
  const refuse = (code: string): Processed => ({ answer: refusal(wireResult(code, 'F')), remarks: [] });
  const clientId = oneHeader(record.headers, 'client-id');
  if (call === undefined) return refuse('NO_INTERFACE_DEF');
  if (record.method !== 'POST') return refuse('METHOD_NOT_SUPPORTED');
  if (clientId === '' || (parts.clientId !== undefined && clientId !== parts.clientId)) return refuse('INVALID_CLIENT');
  if (!believed(record.signature)) return refuse('INVALID_SIGNATURE');
  if (change.processed === 0) return { answer: { result: { ...wireResult('UNKNOWN_EXCEPTION', 'U') } }, remarks: [] };
  const incoming: IncomingCall = {
    call,
    clientId,
    requestTime: oneHeader(record.headers, 'request-time'),
    contentType: oneHeader(record.headers, 'content-type'),
    body,
  };
  const newCode = change.newCode?.(parts.names, requestIdOf(body));
  const twist = { newCode, paymentResult: change.paymentResult };
  const first = processCall(parts, incoming, twist);
  record.processed = change.processed === 2 ? 2 : 1;
  if (change.processed !== 2) return first;
  const second = processCall(parts, incoming, twist);
  return first.created === undefined ? second : { ...second, created: first.created };
}

async function compose(
  desk: Desk,
  record: CallRecord,
  call: CallName | undefined,
  body: Buffer,
  change: CallChange,
): Promise<AnswerToWrite> {
  const { parts, lastAnswers } = desk;
  const { time, keys } = parts;
  const done = carryOut(parts, record, call, body, change);
  record.remarks = done.remarks;
  if (change.payBeforeAnswer === true && done.created !== undefined) await parts.payAtOnce(done.created);
  const replayed = call !== undefined && change.replay === true ? lastAnswers.get(call) : undefined;
  if (replayed !== undefined) return { status: 200, headers: signedHeaders(replayed), body: replayed.body };
  const changed = call === undefined || change.answer === undefined ? done.answer : change.answer(done.answer, call);
  const written = Buffer.from(JSON.stringify(changed), 'utf8');
  const raw = change.bytes?.(written) ?? written;
  const clientId = oneHeader(record.headers, 'client-id');
  const shownTime = headerTime(addMs(time.shown(time.now()), change.responseTimeShiftMs ?? 0));
  const context = { path: record.path, clientId, time: shownTime };
  const signature = await signAs(keys, change.signing ?? 'own', context, raw, oneHeader(record.headers, 'request-time'));
  const sent = { path: record.path, clientId, time: shownTime, signature: signature ?? '', body: raw };
  if (call !== undefined && (change.signing ?? 'own') === 'own') lastAnswers.set(call, sent);
  return { status: change.status ?? 200, headers: { ...signedHeaders(sent), ...change.headers }, body: raw };
}

function signedHeaders({ clientId, time, signature }: SentAnswer): Record<string, string> {
  return {
    'content-type': 'application/json; charset=UTF-8',
    'client-id': clientId,
    'response-time': time,
    ...(signature === '' ? {} : { signature }),
  };
}

function requestIdOf(body: Buffer): string {
  return /"paymentRequestId"\s*:\s*"([^"]*)"/.exec(body.toString('utf8'))?.[1] ?? '';
}
