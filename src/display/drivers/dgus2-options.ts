import { LINE_COLUMNS } from '../frame-text.js';
import type { WireCharset } from '../text-bytes.js';
import { charsetOption } from './charset-option.js';

/** How the integrator's panel project is laid out. */
export interface Dgus2Options {
  /** The panel is set to checksums. */
  readonly crc: boolean;
  /** Word addresses of the variables; 0 for a text that the project has not. */
  readonly vp: { readonly qr: number; readonly amount: number; readonly line1: number; readonly line2: number };
  readonly pages: { readonly idle: number; readonly pay: number; readonly paid: number };
  /** Longest code in bytes: up to 154 the symbol has 45 modules a side, up to 458 it has 73 and has to fit the page. */
  readonly maxPayload: number;
  /** Silence between two frames, ms. */
  readonly interFrameMs: number;
  /** Codes are read back and compared. */
  readonly readBack: boolean;
  /** Only for how long an answer takes on the line. */
  readonly baudRate: number;
  /** How the text controls of the project read their variables. */
  readonly charset: WireCharset;
  /** Language tag of the words, as far as the charset carries it. */
  readonly language?: string | undefined;
}

export const DGUS2_DEFAULTS: Dgus2Options = {
  crc: false,
  vp: { qr: 0x1000, amount: 0x2000, line1: 0x2100, line2: 0x2200 },
  pages: { idle: 0, pay: 1, paid: 2 },
  maxPayload: 154,
  interFrameMs: 20,
  readBack: true,
  baudRate: 115_200,
  charset: 'ascii',
};

type Refused = { readonly refused: string };
type Given = Readonly<Record<string, unknown>>;

/** Below are the panel's own variables. */
const LOWEST_VP = 0x1000;
const LONGEST_PAYLOAD = 458;
/** Longest texts, characters of one column. */
export const TEXT_COLUMNS = { amount: 24, line1: LINE_COLUMNS, line2: LINE_COLUMNS } as const;

const isRefused = (value: unknown): value is Refused => typeof value === 'object' && value !== null && 'refused' in value;

function whole(value: unknown, usual: number, name: string, least: number, most: number): number | Refused {
  const wanted = value ?? usual;
  const fits = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= least && wanted <= most;
  return fits ? wanted : { refused: `${name} must be a whole number from ${least} to ${most}` };
}

function numbers<K extends string>(
  given: unknown,
  usual: Readonly<Record<K, number>>,
  where: string,
): Readonly<Record<K, number>> | Refused {
  const table = given ?? {};
  if (typeof table !== 'object' || table === null) return { refused: `${where} must be a table of numbers` };
  const out: Record<K, number> = { ...usual };
  for (const [key, value] of Object.entries(table)) {
    if (!Object.hasOwn(usual, key)) return { refused: `${where}.${key} is unknown; there are: ${Object.keys(usual).join(', ')}` };
    const number = whole(value, 0, `${where}.${key}`, 0, 0xffff);
    if (isRefused(number)) return number;
    out[key as K] = number;
  }
  return out;
}

/** Room of a text with its end mark, words: two characters in one, or one where each takes a word. */
function textWords(name: keyof typeof TEXT_COLUMNS, charset: WireCharset): number {
  return (charset === 'utf-16be' ? TEXT_COLUMNS[name] : Math.ceil(TEXT_COLUMNS[name] / 2) + 1) + 1;
}

/** Variables must lie behind the panel's own ones and must not share words. */
function layoutRefusal(vp: Dgus2Options['vp'], maxPayload: number, charset: WireCharset): string | undefined {
  const areas = [
    { name: 'qr', from: vp.qr, words: Math.ceil(maxPayload / 2) + 1 },
    ...(['amount', 'line1', 'line2'] as const).map((name) => ({ name, from: vp[name], words: textWords(name, charset) })),
  ].filter(({ name, from }) => name === 'qr' || from !== 0);
  const outside = areas.find(({ from, words }) => from < LOWEST_VP || from + words > 0x10000);
  if (outside !== undefined) return `vp.${outside.name} must be 0x1000 or higher, and leave room for ${outside.words} words`;
  for (const one of areas) {
    const other = areas.find((each) => each !== one && each.from >= one.from && each.from < one.from + one.words);
    if (other !== undefined) return `vp.${other.name} lies within the ${one.words} words that vp.${one.name} needs`;
  }
  return undefined;
}

/** Options as they stand in the configuration, with the defaults filled in, or what is wrong with them. */
export function dgus2Options(given: Given, baudRate?: number): Dgus2Options | Refused {
  const vp = numbers(given['vp'], DGUS2_DEFAULTS.vp, 'vp');
  if (isRefused(vp)) return vp;
  const pages = numbers(given['pages'], DGUS2_DEFAULTS.pages, 'pages');
  if (isRefused(pages)) return pages;
  const maxPayload = whole(given['maxPayload'], DGUS2_DEFAULTS.maxPayload, 'maxPayload', 1, LONGEST_PAYLOAD);
  if (isRefused(maxPayload)) return maxPayload;
  const interFrameMs = whole(given['interFrameMs'], DGUS2_DEFAULTS.interFrameMs, 'interFrameMs', 0, 1000);
  if (isRefused(interFrameMs)) return interFrameMs;
  const charset = charsetOption(given, ['ascii', 'gb18030', 'utf-16be']);
  if (typeof charset !== 'string') return charset;
  const refused = layoutRefusal(vp, maxPayload, charset);
  if (refused !== undefined) return { refused };
  const { language } = given;
  return {
    crc: given['crc'] === true,
    vp,
    pages,
    maxPayload,
    interFrameMs,
    readBack: given['readBack'] !== false,
    charset,
    baudRate: baudRate ?? DGUS2_DEFAULTS.baudRate,
    language: typeof language === 'string' ? language : undefined,
  };
}
