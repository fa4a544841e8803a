import { MOST_IN_A_PACK, readLines } from '../reconciliation/day-line-text.js';
import type { DayBooks } from '../reconciliation/recon-ports.js';
import { type Database, type Db, inTransaction } from './database-kind.js';

interface LinesRow {
  readonly day: string;
  readonly run: number;
  readonly first_line: number;
  readonly lines: number;
  readonly body: string;
}

/** The lines of compared days; `runInForce` tells which run people see. */
export function createDayLines(
  { db }: Database,
  runInForce: (db: Db, day: string) => Promise<number>,
): Pick<DayBooks, 'addLines' | 'lines'> {
  const rowsFrom = (day: string, run: number, from: number) =>
    db<LinesRow>('clearing_day_lines')
      .where({ day, run })
      .andWhere('first_line', '>', from - MOST_IN_A_PACK)
      .andWhereRaw('first_line + lines > ?', [from]);
  return {
    addLines: (day, run, packs) =>
      inTransaction(db, async (trx) => {
        const before = await trx<LinesRow>('clearing_day_lines')
          .where({ day, run })
          .orderBy('first_line', 'desc')
          .first('first_line', 'lines');
        let first = before === undefined ? 0 : before.first_line + before.lines;
        const bindings = packs.flatMap(({ lines, body }) => {
          first += lines;
          return [day, run, first - lines, lines, body];
        });
        const values = packs.map(() => '(?, ?, ?, ?, ?)').join(', ');
        await trx.raw(`insert into clearing_day_lines (day, run, first_line, lines, body) values ${values}`, bindings);
      }),
    async lines(day, from, limit) {
      const run = await runInForce(db, day);
      const rows = await rowsFrom(day, run, from)
        .orderBy('first_line')
        .limit(1 + Math.ceil(limit / 100));
      const all = rows.flatMap((row) => readLines(row.body).map((line, index) => ({ line, at: row.first_line + index })));
      const wanted = all.filter(({ at }) => at >= from);
      const items = wanted.slice(0, limit).map(({ line }) => line);
      const last = wanted[items.length - 1]?.at ?? from;
      const isMore = (await rowsFrom(day, run, last + 1).first('run')) !== undefined;
      return { items, next: items.length > 0 && isMore ? last + 1 : null };
    },
  };
}
