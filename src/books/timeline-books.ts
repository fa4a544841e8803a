import type { Database, Db } from './database-kind.js';
import { clearingLinesOf } from './payment-clearing.js';
import { refundsOf } from './refund-rows.js';
import { journalLine, messageLine, notificationLine, type TimelineLine } from './timeline-lines.js';
import { inCause, type Place, type PlacedJournal, type PlacedMessage, type PlacedNotification } from './timeline-order.js';

/** A stretch of a payment's history, oldest first. */
export interface TimelinePage {
  readonly lines: readonly TimelineLine[];
  /** The place of the first line among `all`. */
  readonly from: number;
  readonly all: number;
  /** Where the next stretch begins; null behind the last one. */
  readonly next: number | null;
  /** Further records, older than all others of their kind, that are too many to be put in order. */
  readonly leftOut: number;
}

export interface TimelineBooks {
  timelinePage(paymentRequestId: string, wish: { readonly from: number; readonly limit: number }): Promise<TimelinePage>;
}

/** Records of one kind that are put in order: those of a payment that was asked about for years. The newest count. */
const MOST_OF_A_KIND = 20_000;
/** SQLite takes no more values in one statement than some ten thousands. */
const KEYS_AT_ONCE = 500;

/** A record on the axis: read whole later, or a line already. */
type Entry = { readonly at: number; readonly place: Place } | { readonly at: number; readonly line: TimelineLine };

type Row = Readonly<Record<string, unknown>>;

/** Everything that happened to a payment on one axis of time: messages and what was made of them, till, people, displays, refunds, clearing lines. */
export function createTimelineBooks({ db }: Database): TimelineBooks {
  return {
    async timelinePage(id, { from, limit }) {
      const { entries, leftOut } = await entriesOf(db, id);
      const chosen = entries.slice(from, from + limit);
      const end = from + chosen.length;
      return {
        lines: await linesOf(db, id, chosen),
        from,
        all: entries.length,
        next: end < entries.length ? end : null,
        leftOut,
      };
    },
  };
}

async function entriesOf(db: Db, id: string) {
  const [journal, messages, notifications] = [
    await newest(db('journal').where('payment_request_id', id).select('seq', 'at', 'decision', 'evidence'), 'seq'),
    await newest(db('attempts').where('payment_request_id', id).select('id', 'at', 'phase'), 'id'),
    await newest(db('notifications').where('payment_request_id', id).select('id', 'received_at as at'), 'id'),
  ];
  const glass = await newest(
    db('lane_events').where({ payment_request_id: id, kind: 'display' }).select('id', 'lane_id', 'at', 'body'),
    'id',
  );
  const weighed = journal.map(journalPlace);
  const chain = inCause(
    weighed,
    messages.map((row) => ({ id: Number(row['id']), at: Number(row['at']), phase: row['phase'] as PlacedMessage['phase'] })),
    notifications.map((row): PlacedNotification => ({ id: Number(row['id']), at: Number(row['at']) })),
  );
  const asked = await askedFor(db, id, weighed);
  const before = (place: Place) => (place.table === 'journal' ? (asked.bySeq.get(place.key) ?? []) : []);
  const sorted: Entry[] = [
    ...(await actsOf(db, id)),
    ...asked.rest,
    ...chain.flatMap((place): Entry[] => [...before(place).map((line) => ({ at: place.at, line })), { at: place.at, place }]),
    ...glass.flatMap(glassLine),
    ...(await clearingLinesOf(db, id)).map((line) => ({ at: line.at, line })),
  ];
  const counts = await Promise.all(
    (['journal', 'attempts', 'notifications'] as const).map(async (table, index) => {
      const read = [journal, messages, notifications][index]?.length ?? 0;
      if (read < MOST_OF_A_KIND) return 0;
      const [row] = await db(table).where('payment_request_id', id).count({ n: '*' });
      return Number(row?.['n'] ?? 0) - read;
    }),
  );
  // Sorting is stable: at one instant acts and questions stand before what they caused, and displays behind it.
  return { entries: sorted.toSorted((a, b) => a.at - b.at), leftOut: counts.reduce((sum, count) => sum + count, 0) };
}

/** The newest rows, oldest first. */
async function newest(
  rows: { orderBy(column: string, order: 'desc'): { limit(most: number): PromiseLike<Row[]> } },
  column: string,
): Promise<readonly Row[]> {
  return (await rows.orderBy(column, 'desc').limit(MOST_OF_A_KIND)).toReversed();
}

interface AskedEvidence {
  readonly kind: string;
  readonly by?: { readonly kind: string; readonly id?: string };
  readonly refundRequestId?: string;
}

function journalPlace(row: Row): PlacedJournal & { readonly till: string | null } {
  const { kind, by, refundRequestId } = JSON.parse(String(row['evidence'])) as AskedEvidence;
  return {
    seq: Number(row['seq']),
    at: Number(row['at']),
    kind,
    decision: String(row['decision']),
    refundRequestId: refundRequestId ?? null,
    till: by?.kind === 'terminal' ? (by.id ?? '') : null,
  };
}

/** What tills asked for, and refunds, each before the journal line that weighed it. */
async function askedFor(db: Db, id: string, journal: readonly ReturnType<typeof journalPlace>[]) {
  const bySeq = new Map<number, readonly TimelineLine[]>();
  const payment = await db('payments').where('payment_request_id', id).first('sale', 'terminal_id');
  const refunds = new Map((await refundsOf(db, id)).map((refund) => [refund.refundRequestId as string, refund]));
  for (const { seq, at, kind, till, refundRequestId } of journal) {
    const line = (detail: Row): TimelineLine => ({ at, what: 'till', detail });
    if (kind === 'saleAccepted' && payment !== undefined)
      bySeq.set(seq, [line({ asked: 'sale', terminalId: payment['terminal_id'], ...saleIn(payment['sale']) })]);
    else if (kind === 'cancelAsked' && till !== null) bySeq.set(seq, [line({ asked: 'cancel', terminalId: till })]);
    else if (kind === 'undoAsked' && till !== null) bySeq.set(seq, [line({ asked: 'undo', terminalId: till })]);
    else if (kind === 'refundAsked' && refundRequestId !== null) {
      const refund = refunds.get(refundRequestId);
      refunds.delete(refundRequestId);
      if (refund !== undefined) bySeq.set(seq, [refundLine(refund, at)]);
    }
  }
  const rest = [...refunds.values()].map(
    (refund): Entry => ({ at: refund.createdAt, line: refundLine(refund, refund.createdAt) }),
  );
  return { bySeq, rest };
}

/** The sale as the till asked for it; what cannot be read is left out. */
function saleIn(text: unknown): Row {
  try {
    return JSON.parse(String(text)) as Row;
  } catch {
    return {};
  }
}

function refundLine(refund: Awaited<ReturnType<typeof refundsOf>>[number], at: number): TimelineLine {
  const { refundRequestId, refundReference, isUndo, amount, reason, askedBy, state } = refund;
  return { at, what: 'refund', detail: { refundRequestId, refundReference, isUndo, amount, reason, askedBy, state } };
}

function glassLine(row: Row): Entry[] {
  const { since: _told, ...display } = saleIn(row['body']);
  // Before its code was wanted nothing happened to this payment there.
  if (display['state'] === 'none' || display['state'] === undefined) return [];
  const at = Number(row['at']);
  return [{ at, line: { at, what: 'glass', detail: { laneId: row['lane_id'], ...display } } }];
}

async function actsOf(db: Db, id: string): Promise<readonly Entry[]> {
  const exceptions = db('clearing_exceptions').where('payment_request_id', id).select('id');
  const rows: Row[] = await db('acts')
    .where('about', id)
    .orWhereIn('about', exceptions)
    .orderBy('seq', 'desc')
    .limit(MOST_OF_A_KIND);
  return rows.toReversed().map((row) => {
    const at = Number(row['at']);
    const detail = {
      seq: row['seq'],
      who: row['who'],
      what: row['what'],
      about: row['about'],
      why: row['why'],
      more: saleIn(row['detail']),
    };
    return { at, line: { at, what: 'act', detail } };
  });
}

/** The chosen entries, each read whole. */
async function linesOf(db: Db, id: string, chosen: readonly Entry[]): Promise<readonly TimelineLine[]> {
  const keys = (table: Place['table']) =>
    chosen.flatMap((one) => ('place' in one && one.place.table === table ? [one.place.key] : []));
  const read = async (table: string, column: 'seq' | 'id', wanted: readonly number[], shown: (row: Row) => TimelineLine) => {
    const found = new Map<number, TimelineLine>();
    for (let at = 0; at < wanted.length; at += KEYS_AT_ONCE) {
      const rows: Row[] = await db(table)
        .where('payment_request_id', id)
        .whereIn(column, wanted.slice(at, at + KEYS_AT_ONCE));
      for (const row of rows) found.set(Number(row[column]), shown(row));
    }
    return found;
  };
  const whole = {
    journal: await read('journal', 'seq', keys('journal'), journalLine),
    message: await read('attempts', 'id', keys('message'), messageLine),
    notification: await read('notifications', 'id', keys('notification'), notificationLine),
  };
  return chosen.flatMap((one) => ('line' in one ? [one.line] : (whole[one.place.table].get(one.place.key) ?? [])));
}
