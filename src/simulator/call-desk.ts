import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addMs, type Clock, utcText } from '../base/clock.js';
import { type AnswerToWrite, writeAnswer } from './answer-writer.js';
import type { CallChange } from './call-change.js';
import { type CallRecord, createRing, type Ring } from './call-log.js';
import { type CarryOutParts, carryOut } from './carry-out.js';
import type { EventLog } from './event-log.js';
import { callOn, type Face, faceFor, keysAs } from './face.js';
import type { FaultPlan } from './fault-plan.js';
import { distinctHeaders, oneHeader, readRequestBody } from './read-request.js';
import { FACES } from './sibling-faces.js';
import { type SimulatorKeys, signAs, verdictText } from './simulator-signing.js';
import { type CallName, isWireObject, type WireObject, type WireValue } from './simulator-words.js';
import type { Stories } from './stories.js';

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
  /** How many calls are no longer kept. */
  dropped(): number;
  /** How many calls of each kind came since the start; `other` for paths that are none of the upstream's. */
  counts(): Readonly<Record<string, number>>;
  lastAnswer(call: CallName): SentAnswer | undefined;
  /** How many calls are being worked on; held and delayed ones do not count. */
  busy(): number;
}

export interface CallDeskParts extends CarryOutParts {
  readonly clock: Clock;
  readonly keys: SimulatorKeys;
  readonly plan: FaultPlan;
  readonly stories: Stories;
  readonly events: EventLog;
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
  readonly counts: Record<string, number>;
  seq: number;
  working: number;
}

/** One call at the desk, and where it stands in its story. */
interface Opened {
  readonly record: CallRecord;
  readonly call: CallName | undefined;
  readonly face: Face;
  readonly body: Buffer;
  readonly change: CallChange;
  readonly story: string;
  readonly nth: number;
}

/** The counter behind the upstream's paths: log, judge, carry out, answer. */
export function createCallDesk(parts: CallDeskParts): CallDesk {
  const log = createRing<CallRecord>(MOST_CALLS, MOST_LOG_BYTES);
  const desk: Desk = { parts, log, lastAnswers: new Map(), counts: {}, seq: 0, working: 0 };
  return {
    handle: (request, response, path) =>
      handle(desk, request, response, path).catch(() => {
        response.destroy();
      }),
    calls: () => log.all(),
    dropped: () => log.dropped(),
    counts: () => desk.counts,
    lastAnswer: (call) => desk.lastAnswers.get(call),
    busy: () => desk.working,
  };
}

/** Whether a call is being worked on: from a rest on nothing but a delay or the wire is waited for. */
interface Work {
  rest(): void;
  resume(): void;
}

function startWork(desk: Desk): Work {
  let atWork = false;
  const set = (now: boolean) => {
    if (now !== atWork) desk.working += now ? 1 : -1;
    atWork = now;
  };
  set(true);
  return { rest: () => set(false), resume: () => set(true) };
}

async function handle(desk: Desk, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const work = startWork(desk);
  try {
    const body = await readRequestBody(request, MOST_BODY_BYTES);
    if (body === undefined) response.writeHead(413, { connection: 'close' }).end();
    else await answer(desk, open(desk, request, path, body), response, work);
  } finally {
    work.rest();
  }
}

async function answer(desk: Desk, opened: Opened, response: ServerResponse, work: Work): Promise<void> {
  const { clock, stop } = desk.parts;
  const { change, record } = opened;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (change.processAfterMs !== undefined) {
    work.rest();
    await clock.sleep(change.processAfterMs, stop);
    work.resume();
  }
  if (stop.aborted) return;
  const written = await compose(desk, opened);
  if (change.answerAfterMs !== undefined) {
    const delay = clock.sleep(change.answerAfterMs, gone.signal);
    work.rest();
    await delay;
    work.resume();
  }
  const sent = writeAnswer(clock, response, written, change, gone.signal);
  if (change.delivery === 'held' || (change.inParts?.overMs ?? 0) > 0) work.rest();
  record.answer = await sent;
}

function open(desk: Desk, request: IncomingMessage, path: string, body: Buffer): Opened {
  const { clock, keys, plan, stories } = desk.parts;
  const headers = distinctHeaders(request);
  const face = faceFor(FACES, path, headers['signature']);
  const call = callOn(face, path);
  const kind = call ?? 'other';
  const story = stories.ofCall(call, body);
  const nth = stories.next(story, kind);
  const { names, change } = call === undefined ? { names: [], change: {} } : plan.forCall(call, story, nth);
  desk.seq += 1;
  desk.counts[kind] = (desk.counts[kind] ?? 0) + 1;
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
    signature: verdictText(keys, headers['signature'], context, body, face.algorithm),
    faults: names,
    remarks: [],
    processed: 0,
    answer: null,
  };
  desk.log.add(record, body.length + 4_000);
  return { record, call, face, body, change, story, nth };
}

async function compose(desk: Desk, opened: Opened): Promise<AnswerToWrite> {
  const { parts, lastAnswers } = desk;
  const { record, call, face, body, change } = opened;
  const { time } = parts;
  const keys = keysAs(parts.keys, face);
  const done = await carryOut(parts, record, { call, face }, body, change);
  record.remarks = done.remarks;
  const changed = call === undefined || change.answer === undefined ? done.answer : change.answer(done.answer, call);
  tell(parts.events, opened, changed);
  const replayed = call !== undefined && change.replay === true ? lastAnswers.get(call) : undefined;
  if (replayed !== undefined) return { status: 200, headers: signedHeaders(replayed), body: replayed.body };
  const written = Buffer.from(JSON.stringify(changed), 'utf8');
  const raw = change.bytes?.(written) ?? written;
  const clientId = change.clientId ?? oneHeader(record.headers, 'client-id');
  const shownTime = face.timeText(addMs(time.shown(time.now()), change.responseTimeShiftMs ?? 0));
  const context = { path: record.path, clientId, time: shownTime };
  const signature = await signAs(keys, change.signing ?? 'own', context, raw, oneHeader(record.headers, 'request-time'));
  const sent = { path: record.path, clientId, time: shownTime, signature: signature ?? '', body: raw };
  if (call !== undefined && (change.signing ?? 'own') === 'own') lastAnswers.set(call, sent);
  const { [change.withoutHeader ?? '']: _left, ...headers } = { ...signedHeaders(sent), ...change.headers };
  return { status: change.status ?? 200, headers, body: raw };
}

/** The line of a call: what was played, how it was signed, how often it was carried out, and what is said (whether or not it arrives). */
function tell(events: EventLog, { record, call, story, nth }: Opened, said: WireObject): void {
  const result = (value: WireValue | undefined) =>
    isWireObject(value) ? `${String(value['resultCode'])}:${String(value['resultStatus'])}` : 'nothing';
  const payment = said['paymentResult'] === undefined ? '' : `, payment ${result(said['paymentResult'])}`;
  const faults = record.faults.length === 0 ? 'no fault' : `fault ${record.faults.join(' + ')}`;
  const words = `${faults}, signature ${record.signature}, carried out ${record.processed}, says ${result(said['result'])}${payment}`;
  events.add(story, call ?? 'other', nth, words);
}

function signedHeaders({ clientId, time, signature }: SentAnswer): Record<string, string> {
  return {
    'content-type': 'application/json; charset=UTF-8',
    'client-id': clientId,
    'response-time': time,
    ...(signature === '' ? {} : { signature }),
  };
}
