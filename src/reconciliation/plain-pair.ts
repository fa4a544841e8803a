import { type Money, moneyText } from '../payment/money.js';
import type { ClearingLine } from './clearing-lines.js';
import type { DayLine } from './recon-ports.js';
import type { OurRow } from './recon-words.js';

/** A row and a line that say the same to the letter: nothing but the line is needed to list them, and nothing is wrong. */
export interface PlainPair {
  readonly type: OurRow['type'];
  readonly file: string;
  readonly line: number;
  readonly paymentRequestId: string;
  readonly refundRequestId: string | null;
  /** Unsigned, at most 15 digits. */
  readonly amount: Money;
  readonly settlement: Money;
}

/** More are added up without floats. */
const MOST_DIGITS = 15;

/**
 * The pair, where `compareTheirs` would find it matched and both bases agree: a completed row of `day`, both ids, both amounts and the
 * direction the same. Undefined where anything differs, be it only in writing: then the rules for all pairs decide.
 */
export function plainPair(row: OurRow, line: ClearingLine, file: string, day: string): PlainPair | undefined {
  const { type, paymentRequestId, refundRequestId, amount, settlement } = row;
  if (row.day !== day || row.standing !== 'completed' || line.amount === null || settlement === null) return undefined;
  if (paymentRequestId !== line.paymentRequestId || refundRequestId !== line.refundRequestId) return undefined;
  if (line.settlement.direction !== (type === 'payment' ? 'C' : 'D')) return undefined;
  if (amount.value !== line.amount.value || amount.currency !== line.amount.currency) return undefined;
  if (settlement.value !== line.settlement.value || settlement.currency !== line.settlement.currency) return undefined;
  if (amount.value.length > MOST_DIGITS || settlement.value.length > MOST_DIGITS) return undefined;
  return { type, file, line: line.line, paymentRequestId, refundRequestId, amount, settlement };
}

/** As it is listed. */
export function plainDayLine({ type, file, line, paymentRequestId, refundRequestId, amount, settlement }: PlainPair): DayLine {
  const signed = (money: Money) => {
    const text = moneyText(money);
    return type === 'payment' || money.value === '0' ? text : text.replace(' ', ' -');
  };
  const [both, settled] = [signed(amount), signed(settlement)];
  const money = { ours: both, theirs: both, oursSettled: settled, theirsSettled: settled };
  return { type, verdict: 'matched', paymentRequestId, refundRequestId, file, line, exceptionId: null, money, counted: money };
}
