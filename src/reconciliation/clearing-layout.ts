import type { ReportKind } from './clearing-name.js';

/** What a column holds; decides which texts are legal in it. */
export type ColumnForm = 'id' | 'amount' | 'currency' | 'direction' | 'time' | 'date' | 'count' | 'word' | 'type';

/** One column that is read by name. */
export interface Column {
  /** As it stands in the header line. */
  readonly header: string;
  readonly form: ColumnForm;
  /** `filled`: in the header and never empty. `present`: in the header, may be empty. `welcome`: may be missing. */
  readonly need: 'filled' | 'present' | 'welcome';
}

/** A section of a report: a header line and the lines below it. */
export interface SectionLayout {
  readonly columns: readonly Column[];
}

export interface ReportLayout {
  /** One line of totals that stands before the details in part 000; absent where a report has none. */
  readonly summary?: SectionLayout;
  readonly detail: SectionLayout;
}

const filled = (header: string, form: ColumnForm): Column => ({ header, form, need: 'filled' });
const present = (header: string, form: ColumnForm): Column => ({ header, form, need: 'present' });
const welcome = (header: string, form: ColumnForm): Column => ({ header, form, need: 'welcome' });

const amount = (of: 'settlement' | 'fee') => [
  filled(`${of}AmountValue`, 'amount'),
  filled(`${of}AmountCurrency`, 'currency'),
  filled('fundDirection', 'direction'),
];
const ids = [
  filled('transactionType', 'type'),
  present('paymentRequestId', 'id'),
  present('paymentId', 'id'),
  present('refundRequestId', 'id'),
  present('refundId', 'id'),
  filled('transactionTime', 'time'),
];

/**
 * The columns of the four reports, by header name. Only `totalCount`, `clearingBatchId`, `transactionTime`, `settlementAmountValue`,
 * `settlementBatchId`, `valueDate` and `fundDirection` are confirmed; the others are assumed (order-code reference 6.2 and 6.5). When the
 * real tables become known, this is the one place to change.
 */
export const REPORT_LAYOUTS: Readonly<Record<ReportKind, ReportLayout>> = {
  transactionItems: {
    summary: { columns: [filled('totalCount', 'count'), ...amount('settlement')] },
    detail: {
      columns: [
        ...ids,
        welcome('transactionAmountValue', 'amount'),
        welcome('transactionAmountCurrency', 'currency'),
        ...amount('settlement'),
      ],
    },
  },
  feeItems: {
    summary: { columns: [filled('totalCount', 'count'), ...amount('fee')] },
    detail: { columns: [filled('feeType', 'word'), ...ids, ...amount('fee')] },
  },
  summary: {
    detail: {
      columns: [
        filled('clearingBatchId', 'id'),
        filled('summaryType', 'word'),
        filled('totalCount', 'count'),
        ...amount('settlement'),
      ],
    },
  },
  settlement: {
    summary: { columns: [filled('settlementBatchId', 'id'), filled('valueDate', 'date'), ...amount('settlement')] },
    detail: { columns: [filled('clearingBatchId', 'id'), filled('clearingDate', 'date'), ...amount('settlement')] },
  },
};

const LEAP_YEAR = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';

/** A year, a month and a day that the calendar has. */
const calendarDay = (between: string) =>
  `(?:\\d{4}${between}(?:(?:0[13578]|1[02])${between}(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)${between}(?:0[1-9]|[12]\\d|30)|02${between}(?:0[1-9]|1\\d|2[0-8]))|${LEAP_YEAR}${between}02${between}29)`;

/** What is legal in a column, as a pattern and in words; a filled column holds it, another one may be empty. */
export const COLUMN_FORMS: Readonly<Record<ColumnForm, { readonly pattern: RegExp; readonly words: string }>> = {
  id: { pattern: /^[\x21-\x7e]{1,64}$/, words: 'an id of 1 to 64 printable characters' },
  amount: { pattern: /^(0|[1-9][0-9]{0,17})$/, words: 'an amount in whole smallest units, digits only' },
  currency: { pattern: /^[A-Z]{3}$/, words: 'a currency of three capital letters' },
  direction: { pattern: /^[CD]$/, words: 'C (to us) or D (from us)' },
  time: {
    pattern: new RegExp(
      `^${calendarDay('-')}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):?[0-5]\\d)$`,
    ),
    words: 'a time with its offset, like 2026-03-05T10:16:07+08:00',
  },
  date: { pattern: new RegExp(`^${calendarDay('')}$`), words: 'a date of eight digits, like 20260305' },
  count: { pattern: /^(0|[1-9][0-9]{0,9})$/, words: 'a whole number' },
  word: { pattern: /^[A-Z][A-Z0-9_]{0,63}$/, words: 'a word of capital letters' },
  type: { pattern: /^(PAYMENT|REFUND)$/, words: 'PAYMENT or REFUND' },
};
