import { charsetOption } from './charset-option.js';
import { NEXTION_DEFAULTS, type NextionOptions } from './nextion.js';

const PAGE = /^\w{1,29}$/;
const COMPONENT = /^(\w{1,29}\.)?\w{1,29}$/;
/** Speeds a Nextion accepts, display reference 4. */
const BAUD_RATES = [2400, 4800, 9600, 19200, 31250, 38400, 57600, 115200, 230400, 250000, 256000, 512000, 921600];

type Names<K extends string> = Readonly<Record<K, string>>;
type Refused = { readonly refused: string };

function names<K extends string>(given: unknown, defaults: Names<K>, rule: RegExp, where: string): Names<K> | Refused {
  if (given === undefined) return defaults;
  if (typeof given !== 'object' || given === null) return { refused: `${where} must be a table of names` };
  const out: Record<K, string> = { ...defaults };
  for (const [key, raw] of Object.entries(given)) {
    // YAML reads a page called 0 as a number.
    const value: unknown = typeof raw === 'number' ? String(raw) : raw;
    if (!Object.hasOwn(defaults, key))
      return { refused: `${where}.${key} is unknown; there are: ${Object.keys(defaults).join(', ')}` };
    const isNone = value === '' && where === 'components' && key !== 'qr';
    if (typeof value !== 'string' || !(isNone || rule.test(value))) {
      return { refused: `${where}.${key} must be a name from the panel's project: letters, digits and _, at most 29` };
    }
    out[key as K] = value;
  }
  return out;
}

/** Options as they stand in the configuration, with the defaults filled in, or what is wrong with them. Options of every driver are left aside. */
export function nextionOptions(given: Readonly<Record<string, unknown>>, baudRate?: number): NextionOptions | Refused {
  const pages = names(given['pages'], NEXTION_DEFAULTS.pages, PAGE, 'pages');
  if ('refused' in pages) return pages;
  const components = names(given['components'], NEXTION_DEFAULTS.components, COMPONENT, 'components');
  if ('refused' in components) return components;
  const textMax = given['textMax'] ?? NEXTION_DEFAULTS.textMax;
  if (typeof textMax !== 'number' || !Number.isInteger(textMax) || textMax < 1 || textMax > 1024) {
    return { refused: 'textMax must be a whole number from 1 to 1024' };
  }
  const speed = baudRate ?? NEXTION_DEFAULTS.baudRate;
  if (!BAUD_RATES.includes(speed))
    return { refused: `a Nextion panel has no baud rate ${speed}; it has: ${BAUD_RATES.join(', ')}` };
  const charset = charsetOption(given, ['ascii', 'utf-8', 'gb18030', 'cp949', 'cp874']);
  if (typeof charset !== 'string') return charset;
  const { language } = given;
  return { pages, components, textMax, charset, baudRate: speed, language: typeof language === 'string' ? language : undefined };
}
