import { type PlainPair, plainDayLine } from '../reconciliation/plain-pair.js';
import type { DayBooks, DayLine, ListedLine } from '../reconciliation/recon-ports.js';
import type { Verdict } from '../reconciliation/recon-words.js';
import { type Database, type Db, inTransaction } from './database-kind.js';

interface LinesRow {
  readonly day: string;
  readonly run: number;
  readonly first_line: number;
  readonly lines: number;
  readonly body: string;
}

/** Lines in a row of the table: what is read to list one page. */
const LINES_IN_A_ROW = 500;
const VERDICTS: readonly Verdict[] = ['matched', 'shifted', 'waiting', 'exception'];

/** A day has as many lines as sales, so they are kept short: names of files once a row, amounts that agree once a line, plain pairs as one text. */
interface ShortLines {
  readonly files: readonly string[];
  readonly lines: ReadonlyArray<ShortLine | string>;
}

type ShortLine = readonly [
  verdict: number,
  isRefund: 0 | 1,
  paymentRequestId: string | null,
  refundRequestId: string | null,
  file: number,
  line: number | null,
  exceptionId: string | null,
  ours: string | null,
  /** 0: as ours. */
  theirs: string | null | 0,
  oursSettled: string | null,
  theirsSettled: string | null | 0,
];

/** A plain pair as one text: file, line, type, our ids and both amounts, none of which has a space. */
function plainText({ type, line, paymentRequestId, refundRequestId, amount, settlement }: PlainPair, file: number): string {
  const money = `${amount.currency} ${amount.value} ${settlement.currency} ${settlement.value}`;
  return `${file} ${line} ${type === 'refund' ? 1 : 0} ${paymentRequestId} ${refundRequestId ?? ''} ${money}`;
}

function readPlain(text: string, files: readonly string[]): DayLine {
  const cells = text.split(' ');
  const money = (at: number) => ({ currency: cells[at] as string, value: cells[at + 1] as string });
  return plainDayLine({
    type: cells[2] === '1' ? 'refund' : 'payment',
    file: files[Number(cells[0])] ?? '',
    line: Number(cells[1]),
    paymentRequestId: cells[3] as string,
    refundRequestId: cells[4] || null,
    amount: money(5),
    settlement: money(7),
  });
}

function shortLine(
  { type, verdict, paymentRequestId, refundRequestId, line, exceptionId, money }: DayLine,
  file: number,
): ShortLine {
  const { ours, theirs, oursSettled, theirsSettled } = money;
  return [
    VERDICTS.indexOf(verdict),
    type === 'refund' ? 1 : 0,
    paymentRequestId,
    refundRequestId,
    file,
    line,
    exceptionId,
    ours,
    theirs === ours ? 0 : theirs,
    oursSettled,
    theirsSettled === oursSettled ? 0 : theirsSettled,
  ];
}

function linesText(lines: readonly ListedLine[]): string {
  const files: string[] = [];
  const placeOf = (file: string) => (files.includes(file) ? files.indexOf(file) : files.push(file) - 1);
  const short = lines.map((line) => {
    const file = line.file === null ? -1 : placeOf(line.file);
    return 'verdict' in line ? shortLine(line, file) : plainText(line, file);
  });
  return JSON.stringify({ files, lines: short } satisfies ShortLines);
}

/** The lines of a stored row, whole. */
export function readLines(text: string): readonly DayLine[] {
  const stored = JSON.parse(text) as ShortLines | readonly DayLine[];
  // As the first version of the table has them: whole.
  if (!('files' in stored)) return stored;
  const { files, lines } = stored;
  return lines.map((line) => (typeof line === 'string' ? readPlain(line, files) : readShort(line, files)));
}

function readShort(line: ShortLine, files: readonly string[]): DayLine {
  const [verdict, isRefund, paymentRequestId, refundRequestId, file, at, exceptionId, ours, theirs, oursSettled, theirsSettled] =
    line;
  return {
    type: isRefund === 1 ? 'refund' : 'payment',
    verdict: VERDICTS[verdict] ?? 'exception',
    paymentRequestId,
    refundRequestId,
    file: files[file] ?? null,
    line: at,
    exceptionId,
    money: {
      ours,
      theirs: theirs === 0 ? ours : theirs,
      oursSettled,
      theirsSettled: theirsSettled === 0 ? oursSettled : theirsSettled,
    },
  };
}

/** The lines of compared days; `runInForce` tells which run people see. */
export function createDayLines(
  { db }: Database,
  runInForce: (db: Db, day: string) => Promise<number>,
): Pick<DayBooks, 'addLines' | 'lines'> {
  const rowsFrom = (day: string, run: number, from: number) =>
    db<LinesRow>('clearing_day_lines')
      .where({ day, run })
      .andWhere('first_line', '>', from - LINES_IN_A_ROW)
      .andWhereRaw('first_line + lines > ?', [from]);
  return {
    addLines: (day, run, lines) =>
      inTransaction(db, async (trx) => {
        const before = await trx<LinesRow>('clearing_day_lines')
          .where({ day, run })
          .orderBy('first_line', 'desc')
          .first('first_line', 'lines');
        let first = before === undefined ? 0 : before.first_line + before.lines;
        for (let at = 0; at < lines.length; at += LINES_IN_A_ROW) {
          const some = lines.slice(at, at + LINES_IN_A_ROW);
          await trx('clearing_day_lines').insert({ day, run, first_line: first, lines: some.length, body: linesText(some) });
          first += some.length;
        }
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
