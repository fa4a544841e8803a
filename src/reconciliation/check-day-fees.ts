import { type ContractFee, type FeeLine, feeDifferences } from './check-fees.js';
import { type ClearingLine, matchKey, ownIdOf, theirIdOf, theirLine } from './clearing-lines.js';
import { type Cause, toldException } from './exception-sentences.js';
import type { FiledLine } from './line-streams.js';
import type { ClearingBooks, FoundException, OurRows, StoredFile } from './recon-ports.js';

/** What the fees of a day are checked with. */
export interface FeesToCheck {
  readonly books: Pick<ClearingBooks, 'feesUnder' | 'linesNaming'>;
  readonly rows: Pick<OurRows, 'byOwnIds' | 'byTheirIds'>;
  /** First part of our request ids. */
  readonly instanceId: string;
  /** Files of the day that count. */
  readonly files: readonly StoredFile[];
  /** The fees of a file's set; null where none are configured, and then none are checked. */
  readonly feesOf: (file: StoredFile) => readonly ContractFee[] | null;
}

/** Checks the transaction and fee lines of some keys. */
export type FeeCheck = (items: readonly FiledLine[], fees: readonly FiledLine[]) => Promise<readonly FoundException[]>;

/**
 * Compares the fees of each transaction line with the contract; fees of no listed transaction are told, too. A fee belongs to the line that
 * names our id as it does, else to the one that names the upstream's: such a pair stands under two keys, and is told once.
 */
export function createFeeCheck({ books, rows, files, feesOf, instanceId }: FeesToCheck): FeeCheck {
  const byId = new Map(files.map((file) => [file.id, file]));
  const idsOf = (kind: StoredFile['kind']) => files.filter((file) => file.kind === kind).map(({ id }) => id);
  const [itemFiles, feeFiles] = [idsOf('transactionItems'), idsOf('feeItems')];
  const fileOf = ({ fileId }: FiledLine) => byId.get(fileId) as StoredFile;

  function feeLine(filed: FiledLine): FeeLine {
    const { settlement, feeType, line } = filed.line;
    const value = settlement.direction === 'C' ? BigInt(settlement.value) : -BigInt(settlement.value);
    return { feeType: feeType ?? '', value, file: fileOf(filed).name, line };
  }

  function differences(item: FiledLine, fees: readonly FiledLine[], contract: readonly ContractFee[]): readonly FoundException[] {
    const { name, day } = fileOf(item);
    return feeDifferences(theirLine(item.line, name, day), fees.map(feeLine), contract).map(({ cause, at }) =>
      feeDiffers(item.line, cause, at ?? { file: name, line: item.line.line }),
    );
  }

  const otherKey = (line: ClearingLine) => otherKeyIn(rows, line);

  async function feesUnderOther(line: ClearingLine): Promise<readonly FiledLine[]> {
    const key = await otherKey(line);
    return key === null ? [] : books.feesUnder(feeFiles, [key]);
  }

  async function ofItem(item: FiledLine, own: readonly FiledLine[]): Promise<readonly FoundException[]> {
    const contract = feesOf(fileOf(item));
    if (contract === null) return [];
    if (ownIdOf(item.line) === null) return differences(item, [...own, ...(await feesUnderOther(item.line))], contract);
    const found = differences(item, own, contract);
    // Fees that name the upstream's id only come later, and are told with these.
    return found.length === 0 || (await feesUnderOther(item.line)).length > 0 ? [] : found;
  }

  /** Fees whose key no transaction line has. */
  async function ofNobody(fees: readonly FiledLine[]): Promise<readonly FoundException[]> {
    const [first] = fees as readonly [FiledLine];
    const listed = theirIdOf(first.line) === null ? [] : await books.linesNaming(itemFiles, [first.line]);
    for (const item of listed) {
      const contract = feesOf(fileOf(item));
      if (contract === null || ownIdOf(item.line) === ownIdOf(first.line)) continue;
      if (ownIdOf(first.line) === null)
        return differences(item, [...(await books.feesUnder(feeFiles, [matchKey(item.line)])), ...fees], contract);
      if (ownIdOf(item.line) === null && (await otherKey(item.line)) === matchKey(first.line)) return [];
    }
    return fees.flatMap((fee) => {
      const { line } = fee;
      if (feesOf(fileOf(fee)) === null) return [];
      const cause: Cause = ['cause.fee.unlisted', { fee: String(line.feeType), type: line.type }];
      return [feeDiffers(line, cause, { file: fileOf(fee).name, line: line.line })];
    });
  }

  return async (items, fees) => {
    const byKey = new Map<string, FiledLine[]>();
    for (const fee of fees) byKey.set(matchKey(fee.line), [...(byKey.get(matchKey(fee.line)) ?? []), fee]);
    const found: FoundException[] = [];
    const seen = new Set<string>();
    const foreign = await foreignKeys(
      items.map(({ line }) => line),
      rows,
      instanceId,
    );
    for (const item of items) {
      const key = matchKey(item.line);
      // The second line of a pair is a duplicate; its fees are told with the first one.
      if (seen.has(key) || feesOf(fileOf(item)) === null) continue;
      seen.add(key);
      if (foreign.has(key)) continue;
      found.push(...(await ofItem(item, byKey.get(key) ?? [])));
    }
    for (const [key, own] of byKey) if (!seen.has(key)) found.push(...(await ofNobody(own)));
    return found;
  };
}

/** The key under which fees or items stand that name the same transaction by the other id only; null when there can be none. */
async function otherKeyIn(rows: FeesToCheck['rows'], line: ClearingLine): Promise<string | null> {
  const theirs = theirIdOf(line);
  if (theirs === null) return null;
  if (ownIdOf(line) !== null) return matchKey({ ...line, paymentRequestId: null, refundRequestId: null });
  const [row] = await rows.byTheirIds(line.type, [theirs]);
  return row === undefined ? null : matchKey(row);
}

/** Keys of lines that another system made (`foreign_line`): their fees were agreed with somebody else. */
async function foreignKeys(
  lines: readonly ClearingLine[],
  rows: FeesToCheck['rows'],
  instanceId: string,
): Promise<ReadonlySet<string>> {
  const others = lines.filter((line) => !(ownIdOf(line) ?? line.paymentRequestId)?.startsWith(`${instanceId}-`));
  const known = new Set<string>();
  for (const type of ['payment', 'refund'] as const) {
    const own = others.filter((line) => line.type === type);
    const found = [
      ...(await rows.byOwnIds(
        type,
        own.flatMap((line) => ownIdOf(line) ?? []),
      )),
      ...(await rows.byTheirIds(
        type,
        own.flatMap((line) => theirIdOf(line) ?? []),
      )),
    ];
    for (const row of found) for (const id of [ownIdOf(row), theirIdOf(row)]) if (id !== null) known.add(`${type} ${id}`);
  }
  const isKnown = (line: ClearingLine) =>
    [ownIdOf(line), theirIdOf(line)].some((id) => id !== null && known.has(`${line.type} ${id}`));
  return new Set(others.filter((line) => !isKnown(line)).map(matchKey));
}

function feeDiffers(
  line: Pick<ClearingLine, 'paymentRequestId' | 'refundRequestId' | 'type'>,
  cause: Cause,
  at: { readonly file: string; readonly line: number },
): FoundException {
  return {
    kind: 'fee_differs',
    ...toldException('act.fee', cause),
    paymentRequestId: line.paymentRequestId,
    refundRequestId: line.type === 'refund' ? line.refundRequestId : null,
    ...at,
  };
}
