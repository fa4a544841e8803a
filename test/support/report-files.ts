import type { TheirLine } from '#src/reconciliation/recon-words.js';

const ITEM_HEADER =
  'transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,transactionAmountValue,transactionAmountCurrency,' +
  'settlementAmountValue,settlementAmountCurrency,fundDirection';
const FEE_HEADER =
  'feeType,transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,feeAmountValue,feeAmountCurrency,fundDirection';

/** The name of a report of the usual set. */
export function reportName(kind: string, day: string, part = 0): string {
  const number = String(part).padStart(3, '0');
  return `${kind}_1020000000000000001_USD_${day.replaceAll('-', '')}00000101_2188000000000001_${number}.csv`;
}

function total(lines: readonly TheirLine[]): { value: string; direction: string } {
  const sum = lines.reduce(
    (all, { settlement: { value, direction } }) => all + (direction === 'C' ? BigInt(value) : -BigInt(value)),
    0n,
  );
  return { value: String(sum < 0n ? -sum : sum), direction: sum > 0n ? 'C' : 'D' };
}

/** The three reports of a cycle with these lines, as texts by name; no fees. The lines are numbered as they stand in the text. */
export function cycleFiles(day: string, lines: readonly TheirLine[]): ReadonlyMap<string, string> {
  const { value, direction } = total(lines);
  const rows = lines.map(({ type, amount, settlement, ...ids }) =>
    [
      type === 'payment' ? 'PAYMENT' : 'REFUND',
      ids.paymentRequestId ?? '',
      ids.paymentId ?? '',
      ids.refundRequestId ?? '',
      ids.refundId ?? '',
      `${day}T12:00:00+08:00`,
      amount?.value ?? '',
      amount?.currency ?? '',
      settlement.value,
      settlement.currency,
      settlement.direction,
    ].join(','),
  );
  const summary = `totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n${lines.length},${value},USD,${direction}`;
  const batch = `${day.replaceAll('-', '')}00000101`;
  const feeSummary = 'totalCount,feeAmountValue,feeAmountCurrency,fundDirection\n0,0,USD,D';
  return new Map([
    [reportName('transactionItems', day), [summary, ITEM_HEADER, ...rows, ''].join('\n')],
    [reportName('feeItems', day), `${feeSummary}\n${FEE_HEADER}\n`],
    [
      reportName('summary', day),
      'clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n' +
        `${batch},NET,${lines.length},${value},USD,${direction}\n`,
    ],
  ]);
}
