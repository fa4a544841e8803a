import type { LineFlow } from '../display-driver.js';
import type { CodeLevel } from '../order-code-image.js';
import type { WireCharset } from '../text-bytes.js';
import { charsetOption } from './charset-option.js';

/** A receipt printer that prints codes. */
export interface EscposOptions {
  /** The printer draws codes itself; false: it is sent a picture; auto: it is asked each time it is found, and silence means a picture. */
  readonly native: boolean | 'auto';
  /** Size of a module, dots. */
  readonly moduleDots: number;
  /** Characters a line. */
  readonly columns: number;
  /** Room for the code with its margin, dots; left out: what the columns take, 12 each. */
  readonly dots?: number | undefined;
  /** Size of a dot; 203 an inch where it is left out, as nearly all receipt printers have. */
  readonly dotMm?: number | undefined;
  readonly flow: LineFlow;
  /** Error correction without an icon; left out: Q. */
  readonly ecc?: CodeLevel | undefined;
  /** What the printer's fonts hold. */
  readonly charset: WireCharset;
  /** The number of the page of that charset on this printer, where it has one of its own. */
  readonly codePage?: number | undefined;
  /** Language tag of the words, as far as the charset carries it. */
  readonly language?: string | undefined;
  /** IANA name of the zone of the time on the slip; left out: that of the machine. */
  readonly timeZone?: string | undefined;
}

export const ESCPOS_DEFAULTS: EscposOptions = {
  native: true,
  moduleDots: 6,
  columns: 42,
  flow: 'none',
  charset: 'ascii',
};

type Refused = { readonly refused: string };

const FLOWS: readonly LineFlow[] = ['none', 'xonxoff', 'rtscts'];
const LEVELS: readonly CodeLevel[] = ['L', 'M', 'Q', 'H'];

function oneOf<T extends string>(value: unknown, usual: T, words: readonly T[], name: string): T | Refused {
  const found = words.find((word) => word === (value ?? usual));
  return found ?? { refused: `${name} must be one of: ${words.join(', ')}` };
}

function whole(value: unknown, usual: number, least: number, most: number, name: string): number | Refused {
  const wanted = value ?? usual;
  const fits = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= least && wanted <= most;
  return fits ? wanted : { refused: `${name} must be a whole number from ${least} to ${most}` };
}

const isRefused = (value: unknown): value is Refused => typeof value === 'object' && value !== null && 'refused' in value;

/** What the common options tell of the paper. */
function sizes({ screenMm, screenPx, codePx }: Readonly<Record<string, unknown>>): Pick<EscposOptions, 'dots' | 'dotMm'> {
  const numberIn = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const [mm, px] = [numberIn(screenMm), numberIn(screenPx)];
  return { dots: numberIn(codePx) ?? px, dotMm: mm !== undefined && px !== undefined ? mm / px : undefined };
}

type TextOptions = Pick<EscposOptions, 'charset' | 'codePage' | 'language' | 'timeZone'>;

function textOptions(given: Readonly<Record<string, unknown>>): TextOptions | Refused {
  const charset = charsetOption(given, ['ascii', 'gb18030', 'cp949', 'cp874']);
  if (typeof charset !== 'string') return charset;
  const isPaged = charset === 'cp874';
  if (isPaged !== (given['codePage'] !== undefined)) return { refused: 'charset cp874 and codePage go together' };
  const codePage = isPaged ? whole(given['codePage'], 0, 0, 255, 'codePage') : undefined;
  if (isRefused(codePage)) return codePage;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { charset, codePage, language: textOf(given['language']), timeZone: textOf(given['timeZone']) };
}

/** Options as they stand in the configuration, with the defaults filled in, or what is wrong with them. */
export function escposOptions(given: Readonly<Record<string, unknown>>): EscposOptions | Refused {
  const moduleDots = whole(given['moduleDots'], ESCPOS_DEFAULTS.moduleDots, 1, 16, 'moduleDots');
  if (isRefused(moduleDots)) return moduleDots;
  const columns = whole(given['columns'], ESCPOS_DEFAULTS.columns, 16, 80, 'columns');
  if (isRefused(columns)) return columns;
  const flow = oneOf(given['flow'], ESCPOS_DEFAULTS.flow, FLOWS, 'flow');
  if (isRefused(flow)) return flow;
  const ecc = given['ecc'] === undefined ? undefined : oneOf(given['ecc'], 'Q', LEVELS, 'ecc');
  if (isRefused(ecc)) return ecc;
  const text = textOptions(given);
  if (isRefused(text)) return text;
  return {
    native: given['native'] === 'auto' ? 'auto' : given['native'] !== false,
    moduleDots,
    columns,
    ...sizes(given),
    flow,
    ecc,
    ...text,
  };
}
