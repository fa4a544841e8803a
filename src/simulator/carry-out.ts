import { refusal } from './answer-bodies.js';
import type { CallChange } from './call-change.js';
import type { CallRecord } from './call-log.js';
import type { Face } from './face.js';
import type { BookedOrder } from './order-book.js';
import { type IncomingCall, type Processed, type ProcessParts, processCall } from './process-call.js';
import { oneHeader } from './read-request.js';
import { believed } from './simulator-signing.js';
import { type CallName, wireResult } from './simulator-words.js';

export interface CarryOutParts extends ProcessParts {
  /** Any other client id is refused with INVALID_CLIENT; `undefined` takes all. */
  readonly clientId: string | undefined;
  /** Lets the payer pay at once, and waits until the notification was delivered. */
  readonly payAtOnce: (order: BookedOrder) => Promise<void>;
  /** Sends the order's address to `cashierNotifyUrl` after `afterMs`; resolves when that has been tried once. */
  readonly sendAddress: (order: BookedOrder, afterMs: number) => Promise<void>;
  /** Lets the payer pay in the last millisecond of the order's life; does not wait. */
  readonly payAtExpiry: (order: BookedOrder) => void;
}

/** Carries the call out as often as the faults allow, lets the payer do what they say, and words the last result. */
export async function carryOut(
  parts: CarryOutParts,
  record: CallRecord,
  { call, face }: { readonly call: CallName | undefined; readonly face: Face },
  body: Buffer,
  change: CallChange,
): Promise<Processed> {
  const refuse = (code: string): Processed => ({ answer: refusal(wireResult(code, 'F')), remarks: [] });
  const clientId = oneHeader(record.headers, 'client-id');
  if (call === undefined) return refuse('NO_INTERFACE_DEF');
  if (record.method !== 'POST') return refuse('METHOD_NOT_SUPPORTED');
  if (clientId === '' || (parts.clientId !== undefined && clientId !== parts.clientId)) return refuse('INVALID_CLIENT');
  if (!believed(record.signature)) return refuse('INVALID_SIGNATURE');
  if (change.processed === 0) return { answer: { result: { ...wireResult('UNKNOWN_EXCEPTION', 'U') } }, remarks: [] };
  const id = requestIdOf(body);
  const named = () => parts.book.find({ paymentRequestId: id });
  const before = change.payerPays === 'first' ? named() : undefined;
  if (before !== undefined) parts.book.pay(before);
  const incoming: IncomingCall = {
    call,
    face,
    clientId,
    requestTime: oneHeader(record.headers, 'request-time'),
    contentType: oneHeader(record.headers, 'content-type'),
    body,
  };
  const done = inTurn(parts, record, incoming, id, change);
  if (done.created !== undefined && change.addressLater !== undefined) {
    const sent = parts.sendAddress(done.created, change.addressLater === 'before' ? 0 : change.addressLater);
    if (change.addressLater === 'before') await sent;
  }
  if (done.created !== undefined && change.payerPays === 'beforeAnswer') await parts.payAtOnce(done.created);
  if (done.created !== undefined && change.payerPays === 'atExpiry') parts.payAtExpiry(done.created);
  const after = change.payerPays === 'afterCancel' ? named() : undefined;
  if (after?.state === 'cancelled' && after.timesCharged === 0) parts.book.pay(after, true);
  return done;
}

function inTurn(parts: CarryOutParts, record: CallRecord, incoming: IncomingCall, id: string, change: CallChange): Processed {
  const twist = {
    newCode: change.newCode?.(parts.names, id),
    codeAnew: change.codeAnew,
    paymentResult: change.paymentResult,
  };
  const first = processCall(parts, incoming, twist);
  record.processed = change.processed === 2 ? 2 : 1;
  if (change.processed !== 2) return first;
  const second = processCall(parts, incoming, twist);
  return first.created === undefined ? second : { ...second, created: first.created };
}

function requestIdOf(body: Buffer): string {
  return /"paymentRequestId"\s*:\s*"([^"]*)"/.exec(body.toString('utf8'))?.[1] ?? '';
}
