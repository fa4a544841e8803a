import { addMs, instant, parseIsoTime, utcText } from '../base/clock.js';
import { clearingDayOf } from '../payment/clearing-day.js';
import { readLines } from '../reconciliation/day-line-text.js';
import type { Db } from './database-kind.js';
import type { TimelineLine } from './timeline-lines.js';

interface ExceptionOfDay {
  readonly day: string;
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly found_at: number;
}

const DAY_MS = 86_400_000;
/** Days that are looked at for one payment: its own, those of its refunds, their neighbours, and those on which it is an exception. */
const MOST_DAYS = 40;

/** The lines of compared days that are about a payment or its refunds, with the verdict of the run in force; `at` is when their file was taken in. */
export async function clearingLinesOf(db: Db, paymentRequestId: string): Promise<readonly TimelineLine[]> {
  const exceptions: readonly ExceptionOfDay[] = await db('clearing_exceptions')
    .join(
      'clearing_days',
      (on) => void on.on('clearing_days.day', 'clearing_exceptions.day').andOn('clearing_days.run', 'clearing_exceptions.run'),
    )
    .where('clearing_exceptions.payment_request_id', paymentRequestId)
    .limit(MOST_DAYS)
    .select('clearing_exceptions.day', 'clearing_exceptions.id', 'kind', 'state', 'found_at');
  const days = new Set([...(await daysAround(db, paymentRequestId)), ...exceptions.map(({ day }) => day)]);
  const byId = new Map(exceptions.map((one) => [one.id, one]));
  const lines: TimelineLine[] = [];
  for (const day of [...days].toSorted().slice(0, MOST_DAYS)) {
    const rows: { readonly body: string }[] = await db('clearing_day_lines')
      .join(
        'clearing_days',
        (on) => void on.on('clearing_days.day', 'clearing_day_lines.day').andOn('clearing_days.run', 'clearing_day_lines.run'),
      )
      .where('clearing_day_lines.day', day)
      .andWhere('body', 'like', `%${paymentRequestId}%`)
      .orderBy('first_line')
      .select('body');
    for (const { body } of rows)
      for (const line of readLines(body)) {
        const found = byId.get(line.exceptionId ?? '');
        // A row of ours that stands alone and waits, or was cancelled: nothing came.
        if (line.paymentRequestId !== paymentRequestId || (line.file === null && found === undefined)) continue;
        const { type, verdict, refundRequestId, file, line: number, exceptionId } = line;
        const at = (file === null ? undefined : await takenInAt(db, file)) ?? found?.found_at ?? 0;
        const detail = { date: day, type, verdict, refundRequestId, file, line: number, exceptionId };
        lines.push({
          at: Number(at),
          what: 'clearing',
          detail: { ...detail, kind: found?.kind ?? null, state: found?.state ?? null },
        });
      }
  }
  return lines;
}

async function takenInAt(db: Db, name: string): Promise<number | undefined> {
  const row = await db('clearing_files').where('name', name).whereIn('state', ['arrived', 'late']).first('imported_at');
  return row === undefined ? undefined : Number(row['imported_at']);
}

/** The clearing days of the payment and of its refunds, each with the cycle before and after it. */
async function daysAround(db: Db, id: string): Promise<readonly string[]> {
  const payment = await db('payments').where('payment_request_id', id).first('clearing_day');
  const refunds: { readonly refunded_at: number | null; readonly updated_at: number }[] = await db('refunds')
    .where({ payment_request_id: id, state: 'refunded' })
    .limit(MOST_DAYS)
    .select('refunded_at', 'updated_at');
  const own: (string | null | undefined)[] = [
    payment?.['clearing_day'],
    ...refunds.map(({ refunded_at, updated_at }) => clearingDayOf(instant(Number(refunded_at ?? updated_at)))),
  ];
  return own.flatMap((day) => {
    const begins = day == null ? undefined : parseIsoTime(`${day}T00:00:00Z`);
    return begins === undefined ? [] : [-1, 0, 1].map((many) => utcText(addMs(begins, many * DAY_MS)).slice(0, 10));
  });
}
