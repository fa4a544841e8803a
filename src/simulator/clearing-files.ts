import { parseIsoTime, utc8Text } from '../base/clock.js';
import { type ClearingEntry, dayAfter, entriesOfDay, paymentEntry } from './clearing-entries.js';
import { missingKind, type PlantedDifference, type PlantedFault } from './clearing-faults.js';
import type { BookedOrder } from './order-book.js';
import type { SimulatorTime } from './simulator-words.js';

/** A report as the upstream would deliver it. */
export interface WrittenReport {
  readonly name: string;
  /** Where it would lie on the upstream's SFTP server (order-code reference 6.3). */
  readonly path: string;
  readonly content: string;
}

export interface ClearingWish {
  /** `YYYY-MM-DD`, UTC+8. */
  readonly date: string;
  /** How many files the transaction and fee reports are cut into. */
  readonly parts: number;
  readonly faults: readonly PlantedFault[];
}

export interface ClearingWorld {
  readonly orders: readonly BookedOrder[];
  readonly time: SimulatorTime;
  readonly acquirerId: string;
}

/** A line of the report: an entry, maybe changed on the way, with its fees. */
interface Line {
  readonly entry: ClearingEntry;
  readonly fees: readonly { readonly type: string; readonly value: bigint; readonly direction: 'C' | 'D' }[];
}

const AGREEMENT = '2188000000000001';
const INTERCHANGE_PER_MILLE = 10n;
const SERVICE_PER_MILLE = 2n;
const NO_AMOUNT = '0000';

/** Half up, as the sample reports are. */
function perMille(value: string, rate: bigint): bigint {
  return (BigInt(value) * rate * 2n + 1000n) / 2000n;
}

/** An interchange fee that a refund gives back, and a service fee that it does not. */
function lineOf(entry: ClearingEntry): Line {
  const interchange = perMille(entry.settlement.value, INTERCHANGE_PER_MILLE);
  if (entry.type === 'REFUND') return { entry, fees: [{ type: 'INTERCHANGE', value: interchange, direction: 'C' }] };
  const service = perMille(entry.settlement.value, SERVICE_PER_MILLE);
  return {
    entry,
    fees: [
      { type: 'INTERCHANGE', value: interchange, direction: 'D' },
      { type: 'SERVICE', value: service, direction: 'D' },
    ],
  };
}

function label(fault: string, kind: string, entry: ClearingEntry | null): PlantedDifference {
  const refundRequestId = entry?.type === 'REFUND' ? entry.refundRequestId : null;
  return { fault, kind, paymentRequestId: entry?.paymentRequestId ?? null, refundRequestId };
}

/** An entry that no order stands behind; the instance's ids begin like those of its other orders. */
function inventedEntry({ name, nth }: PlantedFault, date: string, { orders, time }: ClearingWorld): ClearingEntry {
  const like = orders[0]?.paymentRequestId.split('-')[0] ?? 'NOBODY';
  const owner = name === 'clearing_foreign_line' ? `OTHER${like}` : like;
  const id = `${nth}`.padStart(4, '0');
  const isRefund = name === 'clearing_unknown_refund';
  return {
    type: isRefund ? 'REFUND' : 'PAYMENT',
    paymentRequestId: `${owner}-invented${name.length}${id}`,
    paymentId: `${date.replaceAll('-', '')}9999${name.length}${id}`,
    refundRequestId: isRefund ? `${owner}-inventedrefund${id}` : '',
    refundId: isRefund ? `${date.replaceAll('-', '')}8888${id}` : '',
    at: parseIsoTime(`${date}T12:00:00+08:00`) ?? time.now(),
    amount: { currency: 'JPY', value: `1${NO_AMOUNT}` },
    settlement: { currency: 'USD', value: '6700' },
  };
}

const INVENTED: Readonly<Record<string, string>> = {
  clearing_foreign_line: 'foreign_line',
  clearing_unknown_payment: 'paid_there_unknown_here',
  clearing_unknown_refund: 'refund_unmatched',
};

/** Plants one fault in the lines; undefined when there is nothing to pick. */
function plant(
  lines: Line[],
  fault: PlantedFault,
  own: readonly ClearingEntry[],
  { date, world }: { readonly date: string; readonly world: ClearingWorld },
): PlantedDifference | null | undefined {
  const { name, nth } = fault;
  const invented = INVENTED[name];
  if (invented !== undefined) {
    const entry = inventedEntry(fault, date, world);
    lines.push(lineOf(entry));
    return label(name, invented, entry);
  }
  if (name === 'clearing_cancelled_listed' || name === 'clearing_failed_listed') {
    const state = name === 'clearing_cancelled_listed' ? 'cancelled' : 'closed';
    const order = world.orders.filter((one) => one.state === state && one.asked !== null)[nth - 1];
    const entry = order && paymentEntry(order, parseIsoTime(`${date}T12:00:00+08:00`) ?? order.createdAt);
    if (entry === undefined) return undefined;
    lines.push(lineOf(entry));
    return label(name, state === 'cancelled' ? 'cancelled_here_paid_there' : 'failed_here_paid_there', entry);
  }
  return plantInEntry(lines, fault, own);
}

const sameEntry = (a: ClearingEntry, b: ClearingEntry) =>
  a.paymentRequestId === b.paymentRequestId && a.refundRequestId === b.refundRequestId;

function plantInEntry(
  lines: Line[],
  { name, nth }: PlantedFault,
  own: readonly ClearingEntry[],
): PlantedDifference | null | undefined {
  const type = name === 'clearing_refund_missing' ? 'REFUND' : 'PAYMENT';
  const isTyped = name === 'clearing_refund_missing' || name === 'clearing_payment_missing' || name === 'clearing_fee_differs';
  const wanted = own.filter((one) => !isTyped || one.type === type)[nth - 1];
  const at = lines.findIndex((line) => wanted !== undefined && sameEntry(line.entry, wanted));
  const picked = lines[at];
  if (picked === undefined) return undefined;
  const { entry, fees } = picked;
  switch (name) {
    case 'clearing_payment_missing':
    case 'clearing_refund_missing':
      lines.splice(at, 1);
      return label(name, missingKind(entry), entry);
    case 'clearing_next_cycle':
      lines.splice(at, 1);
      return null;
    case 'clearing_amount_differs': {
      const amount = { ...entry.amount, value: (BigInt(entry.amount.value) + 1n).toString() };
      lines[at] = { fees, entry: { ...entry, amount } };
      return label(name, 'amount_differs', entry);
    }
    case 'clearing_currency_differs': {
      const amount = { ...entry.amount, currency: entry.amount.currency === 'HKD' ? 'JPY' : 'HKD' };
      lines[at] = { fees, entry: { ...entry, amount } };
      return label(name, 'currency_differs', entry);
    }
    case 'clearing_line_twice':
      lines.push({ entry, fees: [] });
      return label(name, 'duplicate_line', entry);
    case 'clearing_fee_differs':
      lines[at] = { entry, fees: fees.map((fee) => (fee.type === 'SERVICE' ? { ...fee, value: fee.value + 1n } : fee)) };
      return label(name, 'fee_differs', entry);
    default:
      return undefined;
  }
}

const ITEM_HEADER =
  'transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,transactionAmountValue,transactionAmountCurrency,' +
  'settlementAmountValue,settlementAmountCurrency,fundDirection';
const FEE_HEADER =
  'feeType,transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,feeAmountValue,feeAmountCurrency,fundDirection';
const SUMMARY_HEADER = 'clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection';

function directed(net: bigint): { value: bigint; direction: 'C' | 'D' } {
  return net > 0n ? { value: net, direction: 'C' } : { value: -net, direction: 'D' };
}

/** Summary section and details, cut into parts; each part repeats the header of the details. */
function cut(summary: readonly string[], header: string, rows: readonly string[], parts: number): readonly string[] {
  const size = Math.max(1, Math.ceil(rows.length / parts));
  return Array.from({ length: parts }, (_unused, part) => {
    const head = part === 0 ? [...summary, header] : [header];
    return [...head, ...rows.slice(part * size, (part + 1) * size), ''].join('\n');
  });
}

function reportsOf(lines: readonly Line[], wish: ClearingWish, { acquirerId }: ClearingWorld, wrongBy: bigint): WrittenReport[] {
  const { date, parts } = wish;
  const currency = lines[0]?.entry.settlement.currency ?? 'USD';
  const digits = date.replaceAll('-', '');
  const batch = `${digits}00000101`;
  const idsOf = ({ entry }: Line) =>
    [entry.paymentRequestId, entry.paymentId, entry.refundRequestId, entry.refundId, utc8Text(entry.at)].join(',');
  const items = lines.map((line) => {
    const { type, amount, settlement } = line.entry;
    const direction = type === 'PAYMENT' ? 'C' : 'D';
    return `${type},${idsOf(line)},${amount.value},${amount.currency},${settlement.value},${settlement.currency},${direction}`;
  });
  const fees = lines.flatMap((line) =>
    line.fees.map(({ type, value, direction }) => `${type},${line.entry.type},${idsOf(line)},${value},${currency},${direction}`),
  );
  const itemNet = lines.reduce(
    (sum, { entry }) => sum + (entry.type === 'PAYMENT' ? BigInt(entry.settlement.value) : -BigInt(entry.settlement.value)),
    0n,
  );
  const feeNet = lines
    .flatMap((line) => line.fees)
    .reduce((sum, { value, direction }) => sum + (direction === 'C' ? value : -value), 0n);
  const [ofItems, ofFees, net] = [directed(itemNet), directed(feeNet), directed(itemNet + feeNet + wrongBy)];
  const settled = dayAfter(date, 2).replaceAll('-', '');
  const texts: Readonly<Record<string, readonly string[]>> = {
    transactionItems: cut(
      [
        'totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection',
        `${items.length},${ofItems.value},${currency},${ofItems.direction}`,
      ],
      ITEM_HEADER,
      items,
      parts,
    ),
    feeItems: cut(
      [
        'totalCount,feeAmountValue,feeAmountCurrency,fundDirection',
        `${fees.length},${ofFees.value},${currency},${ofFees.direction}`,
      ],
      FEE_HEADER,
      fees,
      parts,
    ),
    summary: [`${SUMMARY_HEADER}\n${batch},NET,${items.length},${net.value},${currency},${net.direction}\n`],
    settlement: [
      'settlementBatchId,valueDate,settlementAmountValue,settlementAmountCurrency,fundDirection\n' +
        `${settled}00000101,${settled},${net.value},${currency},${net.direction}\n` +
        'clearingBatchId,clearingDate,settlementAmountValue,settlementAmountCurrency,fundDirection\n' +
        `${batch},${digits},${net.value},${currency},${net.direction}\n`,
    ],
  };
  return Object.entries(texts).flatMap(([kind, contents]) =>
    contents.map((content, part) => {
      const isSettlement = kind === 'settlement';
      const id = isSettlement ? `${settled}00000101` : batch;
      const name = `${kind}_${acquirerId}_${currency}_${id}_${AGREEMENT}_${String(part).padStart(3, '0')}.csv`;
      const folder = isSettlement
        ? `settlement/${acquirerId}/${settled}`
        : `clearing/${acquirerId}/${dayAfter(date, 1).replaceAll('-', '')}`;
      return { name, path: `/v1/settlements/${folder}/${name}`, content };
    }),
  );
}

/**
 * The reports of a clearing day out of the account book, with the planted differences, each labelled; a fault that finds nothing to pick
 * is told in `idle`.
 */
export function writeClearing(wish: ClearingWish, world: ClearingWorld) {
  const { date } = wish;
  const own = entriesOfDay(world.orders, date, world.time);
  const carriedOver = wish.faults.filter(({ name }) => name === 'clearing_next_cycle');
  const before = entriesOfDay(world.orders, dayAfter(date, -1), world.time);
  const late = carriedOver.flatMap(({ nth }) => before[nth - 1] ?? []).map(lineOf);
  const lines = own.map(lineOf);
  const planted: PlantedDifference[] = [];
  const idle: string[] = [];
  // Entries are picked out of the account book and not out of what other faults left, so that several may meet in one payment.
  for (const fault of wish.faults) {
    const { name } = fault;
    if (name === 'clearing_file_missing') planted.push(label(name, 'file_missing', null));
    else if (name === 'clearing_part_missing') planted.push(label(name, 'file_part_missing', null));
    else if (name === 'clearing_totals_differ') planted.push(label(name, 'totals_differ', null));
    else {
      const found = plant(lines, fault, own, { date, world });
      if (found === undefined) idle.push(name);
      else if (found !== null) planted.push(found);
    }
  }
  const has = (name: string) => wish.faults.some((fault) => fault.name === name);
  const parts = has('clearing_part_missing') ? Math.max(3, wish.parts) : wish.parts;
  const reports = reportsOf([...late, ...lines], { ...wish, parts }, world, has('clearing_totals_differ') ? 1n : 0n).filter(
    ({ name }) => {
      if (has('clearing_file_missing') && name.startsWith('feeItems_')) return false;
      return !(has('clearing_part_missing') && name.startsWith('transactionItems_') && name.endsWith('_001.csv'));
    },
  );
  return { files: reports, planted, idle };
}
