import { signedMoneyText } from '../payment/money.js';
import type { Cause } from './exception-sentences.js';

/** A total as a report states it: count where it has one, and signed smallest units. */
export interface StatedTotal {
  readonly count: number | null;
  readonly value: bigint;
}

/** The figures of one clearing set: the three reports of a cycle that belong together. */
export interface ClearingSet {
  /** For people: batch and currency. */
  readonly name: string;
  /** Of all its figures. */
  readonly currency: string;
  readonly transactions: { readonly stated: StatedTotal; readonly counted: StatedTotal };
  readonly fees: { readonly stated: StatedTotal; readonly counted: StatedTotal };
  /** The NET line of the summary report; null where it has none. */
  readonly net: StatedTotal | null;
}

/** A settlement report and the clearing batches it pays. */
export interface SettlementSet {
  readonly name: string;
  readonly currency: string;
  readonly stated: bigint;
  /** What each batch is paid with there, and what its own summary said; null: that cycle is not in the books. */
  readonly batches: ReadonlyArray<{ readonly batchId: string; readonly paid: bigint; readonly cleared: bigint | null }>;
}

function moneyIn(currency: string): (value: bigint) => string {
  return (value) => signedMoneyText({ currency, value: String(value) });
}

/** Each failed identity as a sentence with both figures; empty when all hold (order-code reference 6.4). */
export function clearingIdentities({ name, currency, transactions, fees, net }: ClearingSet): readonly Cause[] {
  const failed: Cause[] = [];
  const money = moneyIn(currency);
  const about = (stated: string, counted: string, more: Readonly<Record<string, string>> = {}) => ({
    batch: name,
    stated,
    counted,
    ...more,
  });
  const compare = (kind: string, { stated, counted }: ClearingSet['fees']) => {
    if (stated.count !== null && stated.count !== counted.count)
      failed.push(['cause.count', about(String(stated.count), String(counted.count ?? 0), { kind })]);
    if (stated.value !== counted.value) failed.push(['cause.sum', about(money(stated.value), money(counted.value), { kind })]);
  };
  compare('transactionItems', transactions);
  compare('feeItems', fees);
  const wanted = transactions.counted.value + fees.counted.value;
  if (net !== null && net.value !== wanted) failed.push(['cause.net', about(money(net.value), money(wanted))]);
  return failed;
}

/** The same for a settlement: its batches come to its total, and each is paid as it was cleared. */
export function settlementIdentities({ name, currency, stated, batches }: SettlementSet): readonly Cause[] {
  const money = moneyIn(currency);
  const sum = batches.reduce((total, { paid }) => total + paid, 0n);
  const failed: Cause[] =
    sum === stated ? [] : [['cause.settlement', { batch: name, stated: money(stated), counted: money(sum) }]];
  const wrong = batches.filter(({ paid, cleared }) => cleared !== null && paid !== cleared);
  return [
    ...failed,
    ...wrong.map(
      ({ batchId, paid, cleared }): Cause => [
        'cause.settled',
        { batch: name, other: batchId, paid: money(paid), cleared: money(cleared ?? 0n) },
      ],
    ),
  ];
}
