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
  readonly transactions: { readonly stated: StatedTotal; readonly counted: StatedTotal };
  readonly fees: { readonly stated: StatedTotal; readonly counted: StatedTotal };
  /** The NET line of the summary report; null where it has none. */
  readonly net: StatedTotal | null;
}

/** A settlement report and the clearing batches it pays. */
export interface SettlementSet {
  readonly name: string;
  readonly stated: bigint;
  /** What each batch is paid with there, and what its own summary said; null: that cycle is not in the books. */
  readonly batches: ReadonlyArray<{ readonly batchId: string; readonly paid: bigint; readonly cleared: bigint | null }>;
}

/** Each failed identity as a sentence with both figures; empty when all hold (order-code reference 6.4). */
export function clearingIdentities({ name, transactions, fees, net }: ClearingSet): readonly Cause[] {
  const failed: Cause[] = [];
  const about = (stated: number | bigint, counted: number | bigint, more: Readonly<Record<string, string>> = {}) => ({
    batch: name,
    stated: String(stated),
    counted: String(counted),
    ...more,
  });
  const compare = (kind: string, { stated, counted }: ClearingSet['fees']) => {
    if (stated.count !== null && stated.count !== counted.count)
      failed.push(['cause.count', about(stated.count, counted.count ?? 0, { kind })]);
    if (stated.value !== counted.value) failed.push(['cause.sum', about(stated.value, counted.value, { kind })]);
  };
  compare('transactionItems', transactions);
  compare('feeItems', fees);
  const wanted = transactions.counted.value + fees.counted.value;
  if (net !== null && net.value !== wanted) failed.push(['cause.net', about(net.value, wanted)]);
  return failed;
}

/** The same for a settlement: its batches come to its total, and each is paid as it was cleared. */
export function settlementIdentities({ name, stated, batches }: SettlementSet): readonly Cause[] {
  const sum = batches.reduce((total, { paid }) => total + paid, 0n);
  const failed: Cause[] =
    sum === stated ? [] : [['cause.settlement', { batch: name, stated: String(stated), counted: String(sum) }]];
  const wrong = batches.filter(({ paid, cleared }) => cleared !== null && paid !== cleared);
  return [
    ...failed,
    ...wrong.map(
      ({ batchId, paid, cleared }): Cause => [
        'cause.settled',
        { batch: name, other: batchId, paid: String(paid), cleared: String(cleared) },
      ],
    ),
  ];
}
