import { signedMoneyText } from '../payment/money.js';
import type { Cause } from './exception-sentences.js';
import { signedSettlement, type TheirLine } from './recon-words.js';

/** A fee as the contract has it. */
export interface ContractFee {
  readonly feeType: string;
  /** Share of the settlement amount as decimal text, `0.002`. */
  readonly rate: string;
  /** `returned`: a refund gives it back. */
  readonly onRefund: 'returned' | 'none';
}

/** A line of the fee report, signed: what is taken from us is negative. */
export interface FeeLine {
  readonly feeType: string;
  readonly value: bigint;
  readonly file: string;
  readonly line: number;
}

/** A fee that is not what the contract says. */
export interface FeeDifference {
  readonly feeType: string;
  readonly expected: bigint;
  readonly found: bigint;
  /** The first fee line about it; null when there is none. */
  readonly at: { readonly file: string; readonly line: number } | null;
  /** The arithmetic, for people. */
  readonly cause: Cause;
}

/** A share of an amount, half up to whole smallest units; exact, without floats. */
export function shareOf(amount: bigint, rate: string): bigint {
  const [whole = '0', decimals = ''] = rate.split('.');
  const scale = 10n ** BigInt(decimals.length);
  const product = amount * BigInt(`${whole}${decimals}`);
  return (2n * product + scale) / (2n * scale);
}

/** A fee takes the other way of what it is a share of: times this, the signed amount is the signed fee. */
function factorOf(rate: string): string {
  return /^[0.]+$/.test(rate) ? rate : `-${rate}`;
}

/**
 * Compares the fees of one transaction line with the contract: per line and fee type, of the line's settlement amount, half up. A fee that
 * the contract does not know counts as expected to be nothing.
 */
export function feeDifferences(
  line: TheirLine,
  found: readonly FeeLine[],
  contract: readonly ContractFee[],
): readonly FeeDifference[] {
  const amount = BigInt(line.settlement.value);
  const types = new Set([...contract.map(({ feeType }) => feeType), ...found.map(({ feeType }) => feeType)]);
  return [...types].toSorted().flatMap((feeType) => {
    const fee = contract.find((one) => one.feeType === feeType);
    const isFree = fee === undefined || (line.type === 'refund' && fee.onRefund === 'none');
    const share = isFree ? 0n : shareOf(amount, fee.rate);
    const expected = signedSettlement(line) < 0n ? share : -share;
    const own = found.filter((one) => one.feeType === feeType);
    const sum = own.reduce((total, { value }) => total + value, 0n);
    if (sum === expected) return [];
    const [first] = own;
    const told = (value: bigint) => signedMoneyText({ currency: line.settlement.currency, value: String(value) });
    const both = { fee: feeType, found: told(sum) };
    const cause: Cause = isFree
      ? ['cause.fee.free', both]
      : ['cause.fee.rate', { ...both, amount: told(signedSettlement(line)), rate: factorOf(fee.rate), expected: told(expected) }];
    return [{ feeType, expected, found: sum, at: first === undefined ? null : { file: first.file, line: first.line }, cause }];
  });
}
