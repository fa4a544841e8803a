import type { LineFlow } from '../display-driver.js';
import type { CodeLevel } from '../order-code-image.js';

/** A receipt printer that prints codes. */
export interface EscposOptions {
  /** The printer draws codes itself; false: it is sent a picture. */
  readonly native: boolean;
  /** Size of a module, dots. */
  readonly moduleDots: number;
  /** Characters a line; also tells the width of the paper, 12 dots each. */
  readonly columns: number;
  readonly flow: LineFlow;
  readonly ecc: CodeLevel;
  readonly language?: string | undefined;
}

export const ESCPOS_DEFAULTS: EscposOptions = { native: true, moduleDots: 6, columns: 42, flow: 'none', ecc: 'Q' };

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

/** Options as they stand in the configuration, with the defaults filled in, or what is wrong with them. */
export function escposOptions(given: Readonly<Record<string, unknown>>): EscposOptions | Refused {
  const moduleDots = whole(given['moduleDots'], ESCPOS_DEFAULTS.moduleDots, 1, 16, 'moduleDots');
  if (isRefused(moduleDots)) return moduleDots;
  const columns = whole(given['columns'], ESCPOS_DEFAULTS.columns, 16, 80, 'columns');
  if (isRefused(columns)) return columns;
  const flow = oneOf(given['flow'], ESCPOS_DEFAULTS.flow, FLOWS, 'flow');
  if (isRefused(flow)) return flow;
  const ecc = oneOf(given['ecc'], ESCPOS_DEFAULTS.ecc, LEVELS, 'ecc');
  if (isRefused(ecc)) return ecc;
  const { language } = given;
  return {
    native: given['native'] !== false,
    moduleDots,
    columns,
    flow,
    ecc,
    language: typeof language === 'string' ? language : undefined,
  };
}
