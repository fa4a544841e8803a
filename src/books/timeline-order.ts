/** A record of one kind, as far as its place on the axis of time needs it. */
interface Placed {
  readonly at: number;
}

/** A journal line: what was weighed. */
export interface PlacedJournal extends Placed {
  readonly seq: number;
  readonly kind: string;
  readonly decision: string;
  /** The refund it is about; null for all else. */
  readonly refundRequestId: string | null;
}

export interface PlacedMessage extends Placed {
  readonly id: number;
  readonly phase: 'leaving' | 'answered' | 'silent';
}

export interface PlacedNotification extends Placed {
  readonly id: number;
}

/** What a record is, by the key with which it is read whole. */
export type Place =
  | { readonly table: 'journal'; readonly key: number; readonly at: number }
  | { readonly table: 'message'; readonly key: number; readonly at: number }
  | { readonly table: 'notification'; readonly key: number; readonly at: number };

const isAnswer = (kind: string) => kind.endsWith('Answered');
const isNotified = (kind: string) => kind.startsWith('notified') || kind.startsWith('code');

/**
 * Journal, messages and notifications of one payment in the order of cause and effect, each in the order it was written: an answer and a
 * notification before what was made of them, a send after the decision to send. What was written in one transaction has the time of its
 * journal line here, so that sorting by time does not part it. Pure.
 */
export function inCause(
  journal: readonly PlacedJournal[],
  messages: readonly PlacedMessage[],
  notifications: readonly PlacedNotification[],
): readonly Place[] {
  const out: Place[] = [];
  let message = 0;
  let notification = 0;
  const takeMessage = (at: number) => out.push({ table: 'message', key: messages[message++]?.id ?? 0, at });
  const takeNotification = () => {
    const { id = 0, at = 0 } = notifications[notification++] ?? {};
    out.push({ table: 'notification', key: id, at });
  };
  for (const { seq, at, kind, decision } of journal) {
    for (let next = messages[message]; next !== undefined && next.at < at; next = messages[message]) takeMessage(next.at);
    if (isAnswer(kind) && messages[message] !== undefined && messages[message]?.phase !== 'leaving') takeMessage(at);
    if (isNotified(kind)) while ((notifications[notification]?.at ?? Number.POSITIVE_INFINITY) <= at) takeNotification();
    out.push({ table: 'journal', key: seq, at });
    if (kind === 'callStarted' && decision !== 'illegal' && messages[message]?.phase === 'leaving') takeMessage(at);
  }
  for (let next = messages[message]; next !== undefined; next = messages[message]) takeMessage(next.at);
  while (notification < notifications.length) takeNotification();
  return out;
}
