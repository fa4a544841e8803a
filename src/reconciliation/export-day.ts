import { stringify } from 'csv-stringify/sync';
import { type Instant, utc8Text, utcText } from '../base/clock.js';
import type { DayBooks, DayLine, LineMoney, OurRows, StoredException } from './recon-ports.js';

const AMOUNTS = ['ours', 'theirs', 'oursSettled', 'theirsSettled'] as const satisfies readonly (keyof LineMoney)[];

/** New ones come last: programs go by the place of a column, too. */
const COLUMNS = [
  'type',
  'verdict',
  'paymentRequestId',
  'refundRequestId',
  ...AMOUNTS,
  'file',
  'line',
  'exceptionKind',
  'exceptionCause',
  'exceptionState',
  'exceptionReason',
  'oursCurrency',
  'theirsCurrency',
  'oursSettledCurrency',
  'theirsSettledCurrency',
  'saleReference',
  'completedAtUtc8',
  'completedAt',
  'notCounted',
] as const;

type Cells = { readonly [column in (typeof COLUMNS)[number]]?: string | number | null | { readonly below: string } };

// A spreadsheet takes a text that begins with = or - for a formula, and ids come from outside; amounts below zero are to stay numbers.
const CSV = {
  escape_formulas: true,
  record_delimiter: '\r\n',
  columns: [...COLUMNS],
  cast: { object: ({ below }: Readonly<Record<string, unknown>>) => ({ value: String(below), escape_formulas: false }) },
} as const;

const PAGE = 500;
const IS_ZERO = /^[A-Z]{3} 0(\.0+)?$/;

/** What nobody has to add up to: amounts that the figures of the day leave out, `ours JPY 600; theirsSettled USD 4.02`. */
function notCounted({ money, counted }: DayLine): string | null {
  const left = AMOUNTS.filter((name) => counted[name] === null && money[name] !== null && !IS_ZERO.test(money[name] ?? ''));
  return left.length === 0 ? null : left.map((name) => `${name} ${money[name]}`).join('; ');
}

/** Amounts as plain decimals, with their currencies beside them: each column comes to the figure of the day. What is listed as nothing stands as nothing. */
function amountCells({ money, counted }: DayLine): Cells {
  const cells: Record<string, string | { readonly below: string }> = {};
  for (const name of AMOUNTS) {
    const [currency, value] = (counted[name] ?? (IS_ZERO.test(money[name] ?? '') ? money[name] : null))?.split(' ') ?? [];
    if (currency === undefined || value === undefined) continue;
    cells[name] = value.startsWith('-') ? { below: value } : value;
    cells[`${name}Currency`] = currency;
  }
  return cells;
}

function exceptionCells(found: StoredException | undefined): Cells {
  return {
    exceptionKind: found?.kind ?? null,
    exceptionCause: found?.cause ?? null,
    exceptionState: found?.state ?? null,
    exceptionReason: found?.resolution?.reason ?? null,
  };
}

type Told = Pick<DayLine, 'paymentRequestId' | 'refundRequestId'> & Partial<Pick<DayLine, 'verdict' | 'counted'>>;

/** Whether our row was complete when the day was compared: the time of what ends later would change an export that may be sealed. */
function wasComplete({ verdict, counted }: Told): boolean {
  return verdict === 'matched' || verdict === 'shifted' || (counted !== undefined && counted.ours !== null);
}

/** The till's reference and the time of payment or refund, of what our books hold. */
async function salesCells(rows: OurRows, told: readonly Told[]): Promise<(one: Told) => Cells> {
  const ids = (of: 'paymentRequestId' | 'refundRequestId') => [...new Set(told.flatMap((one) => one[of] ?? []))];
  const sales = await rows.salesOf(ids('paymentRequestId'));
  const refunds = await rows.refundTimes(ids('refundRequestId'));
  return (one) => {
    const { paymentRequestId, refundRequestId } = one;
    const sale = sales.get(paymentRequestId ?? '');
    const known: Instant | null = (refundRequestId === null ? sale?.paidAt : refunds.get(refundRequestId)) ?? null;
    const at = wasComplete(one) ? known : null;
    return {
      saleReference: sale?.saleReference ?? null,
      completedAtUtc8: at === null ? null : utc8Text(at).slice(0, 19).replace('T', ' '),
      completedAt: at === null ? null : utcText(at),
    };
  };
}

/** Of what an export is made. */
export interface ExportParts {
  readonly days: DayBooks;
  readonly rows: OurRows;
}

/**
 * A day as CSV, some lines at a time: every line with what is wrong with it, then every exception that has no line, but for files that came
 * after the seal: they change nothing of a sealed day. Rejects when the day is compared anew meanwhile: half of each is neither.
 */
export async function* exportedDay({ days, rows }: ExportParts, date: string): AsyncGenerator<string> {
  const { run } = await days.find(date);
  const still = async () => {
    if ((await days.find(date)).run !== run) throw new Error(`${date} was compared anew while it was exported: export it again`);
  };
  yield stringify([], { ...CSV, header: true });
  const withLine = new Set<string>();
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await days.lines(date, from, PAGE);
    const ids = page.items.flatMap(({ exceptionId }) => exceptionId ?? []);
    const found = new Map((await Promise.all(ids.map((id) => days.exception(id)))).map((one) => [one?.id, one]));
    const saleOf = await salesCells(rows, page.items);
    await still();
    for (const id of ids) withLine.add(id);
    yield stringify(
      page.items.map((line): Cells => {
        const { type, verdict, paymentRequestId, refundRequestId, file, line: number, exceptionId } = line;
        const what = { type, verdict, paymentRequestId, refundRequestId, file, line: number, notCounted: notCounted(line) };
        return { ...what, ...amountCells(line), ...exceptionCells(found.get(exceptionId ?? '')), ...saleOf(line) };
      }),
      CSV,
    );
    from = page.next;
  }
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['exceptions']>> = await days.exceptions(date, from, PAGE);
    const alone = page.items.filter(({ id, kind }) => !withLine.has(id) && kind !== 'late_file');
    const saleOf = await salesCells(rows, alone);
    await still();
    yield stringify(
      alone.map((found): Cells => {
        const { paymentRequestId, refundRequestId, file, line } = found;
        const what = { verdict: 'exception', paymentRequestId, refundRequestId, file, line };
        return { ...what, ...exceptionCells(found), ...saleOf(found) };
      }),
      CSV,
    );
    from = page.next;
  }
}
