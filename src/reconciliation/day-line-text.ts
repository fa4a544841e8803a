import { type PlainPair, plainDayLine } from './plain-pair.js';
import type { DayLine, ListedLine } from './recon-ports.js';
import type { Verdict } from './recon-words.js';

/** Lines in a pack, at most: what is read to list one page. */
export const MOST_IN_A_PACK = 500;
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

/** Some lines as one text: they wait as it until they are stored, and lie in the books as it. */
export interface PackedLines {
  readonly lines: number;
  readonly body: string;
}

/** At most `MOST_IN_A_PACK`. */
function packLines(lines: readonly ListedLine[]): PackedLines {
  const files: string[] = [];
  const placeOf = (file: string) => (files.includes(file) ? files.indexOf(file) : files.push(file) - 1);
  const short = lines.map((line) => {
    const file = line.file === null ? -1 : placeOf(line.file);
    return 'verdict' in line ? shortLine(line, file) : plainText(line, file);
  });
  return { lines: lines.length, body: JSON.stringify({ files, lines: short } satisfies ShortLines) };
}

/** Packs lines as they come: those that wait for the disk are many, and as objects they keep the memory busy. */
export function createPacker() {
  const packs: PackedLines[] = [];
  let loose: ListedLine[] = [];
  const end = () => {
    if (loose.length > 0) packs.push(packLines(loose));
    loose = [];
  };
  return {
    packs,
    add(lines: readonly ListedLine[]) {
      for (const line of lines) {
        loose.push(line);
        if (loose.length === MOST_IN_A_PACK) end();
      }
    },
    /** Packs what has not filled a pack yet. */
    end,
  };
}

/** The lines of a pack, whole. */
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
