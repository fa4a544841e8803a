import { createHash } from 'node:crypto';
import { type Instant, instant } from '../base/clock.js';
import type { ExceptionWords } from '../reconciliation/exception-sentences.js';
import type { ExceptionKind, FoundException, StoredException } from '../reconciliation/recon-ports.js';
import type { Db } from './database-kind.js';

/** A row of `clearing_exceptions`. */
export interface ExceptionRow {
  readonly day: string;
  readonly run: number;
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly cause: string;
  readonly act: string;
  readonly words: string | null;
  readonly payment_request_id: string | null;
  readonly refund_request_id: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly state: 'open' | 'resolved';
  readonly found_at: number;
  readonly resolved_by: string | null;
  readonly resolved_at: number | null;
  readonly reason: string | null;
}

const ROWS_AT_ONCE = 100;

/** The exception of a row. */
export function exceptionFromRow(row: ExceptionRow): StoredException {
  const { id, day, cause, act, file, line, state, resolved_by: by, resolved_at: at } = row;
  return {
    id,
    day,
    kind: row.kind as ExceptionKind,
    cause,
    act,
    words: row.words === null ? null : (JSON.parse(row.words) as ExceptionWords),
    paymentRequestId: row.payment_request_id,
    refundRequestId: row.refund_request_id,
    file,
    line,
    state,
    foundAt: instant(row.found_at),
    resolution: by === null || at === null ? null : { by, at: instant(at), reason: row.reason ?? '' },
  };
}

/** The same finding has the same id in every run; what changed in its words is another finding. */
function idOf(day: string, { kind, cause, paymentRequestId, refundRequestId, file, line }: FoundException): string {
  const words = JSON.stringify([day, kind, paymentRequestId, refundRequestId, file, line, cause]);
  return `ex-${createHash('sha256').update(words).digest('hex').slice(0, 24)}`;
}

const UNRESOLVED = { state: 'open', resolved_by: null, resolved_at: null, reason: null } as const;

/** The place behind the last exception of a run. */
async function nextPlace(trx: Db, day: string, run: number): Promise<number> {
  const counted = await trx<ExceptionRow>('clearing_exceptions').where({ day, run }).max({ last: 'seq' }).first();
  return Number(counted?.['last'] ?? 0) + 1;
}

/** Resolutions outlive the run in which they were made, also those of findings that are no longer found: these stand behind all others. */
export async function keepResolutions(trx: Db, day: string, from: number, to: number): Promise<void> {
  const resolved = await trx<ExceptionRow>('clearing_exceptions')
    .where({ day, run: from, state: 'resolved' })
    .orderBy(['seq', 'id']);
  let seq = await nextPlace(trx, day, to);
  for (const { id, state, resolved_by, resolved_at, reason, ...row } of resolved) {
    const changed = await trx('clearing_exceptions')
      .where({ day, run: to, id })
      .update({ state, resolved_by, resolved_at, reason, found_at: row.found_at });
    if (changed > 0) continue;
    await trx('clearing_exceptions').insert({ ...row, id, state, resolved_by, resolved_at, reason, run: to, seq });
    seq += 1;
  }
}

/** Adds findings to a run, in order, behind those that it has; gives their ids. */
export async function insertExceptions(
  trx: Db,
  { day, run, now }: { readonly day: string; readonly run: number; readonly now: Instant },
  found: readonly FoundException[],
): Promise<string[]> {
  const first = await nextPlace(trx, day, run);
  const ids = found.map((one) => idOf(day, one));
  const { run: before } = (await trx<{ readonly day: string; readonly run: number }>('clearing_days')
    .where({ day })
    .first('run')) ?? { run: 0 };
  const known = new Map<string, number>();
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
    const some = trx<ExceptionRow>('clearing_exceptions')
      .where({ day, run: before })
      .whereIn('id', ids.slice(at, at + ROWS_AT_ONCE));
    for (const row of await some.select('id', 'found_at')) known.set(row.id, row.found_at);
  }
  const rows = new Map<string, ExceptionRow>();
  found.forEach(({ kind: what, cause, act, words, paymentRequestId, refundRequestId, file, line }, index) => {
    const id = ids[index] ?? '';
    const said = {
      kind: what,
      cause,
      act,
      words: JSON.stringify(words),
      payment_request_id: paymentRequestId,
      refund_request_id: refundRequestId,
      file,
      line,
    };
    rows.set(id, { day, run, seq: first + index, id, ...said, ...UNRESOLVED, found_at: known.get(id) ?? now });
  });
  if (rows.size > 0) await trx.batchInsert('clearing_exceptions', [...rows.values()], ROWS_AT_ONCE);
  return ids;
}
