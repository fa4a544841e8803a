import { moneyText } from '../payment/money.js';
import type { Frame } from './display-driver.js';

/** What a payer reads beside or instead of a code; every driver with room for text uses the same words. */
export interface FrameText {
  readonly amount: string;
  readonly line1: string;
  readonly line2: string;
}

/** What stands in a table by language; English is always there. */
export type ByLanguage<T> = Readonly<{ en: T } & Record<string, T>>;

type Words = Readonly<Record<Frame['kind'], readonly [line1: string, line2: string]>>;

/** At most 38 characters a line of printable ASCII, because that is all that every surface with text can draw. */
const WORDS: ByLanguage<Words> = {
  en: {
    idle: ['', ''],
    pleaseWait: ['Please wait', ''],
    scan: ['Scan to pay with Alipay+', ''],
    paying: ['Payment under way', 'Please wait'],
    cancelling: ['Cancelling, please wait', ''],
    thanks: ['Payment received', 'Thank you'],
    notPaid: ['Payment not completed', 'Please try again or pay another way'],
    cancelled: ['Payment cancelled', ''],
  },
  ja: {
    idle: ['', ''],
    pleaseWait: ['Shoushou omachi kudasai', ''],
    scan: ['Alipay+ de sukyan shite oshiharai', ''],
    paying: ['Oshiharai shorichuu', 'Shoushou omachi kudasai'],
    cancelling: ['Torikeshichuu, omachi kudasai', ''],
    thanks: ['Oshiharai kanryou', 'Arigatou gozaimasu'],
    notPaid: ['Oshiharai dekimasen deshita', 'Mou ichido ka betsu no houhou de'],
    cancelled: ['Oshiharai torikeshi', ''],
  },
};

/** The entry for a language tag such as `ja` or `ja-JP`; English where there is none. */
export function inLanguage<T>(table: ByLanguage<T>, language: string | undefined): T {
  const tag = language?.split('-')[0] ?? 'en';
  return Object.hasOwn(table, tag) ? (table[tag] ?? table.en) : table.en;
}

/** The words for a kind of frame, at most 38 characters a line; English, or Japanese in Latin letters for `ja`. */
export function frameWords(kind: Frame['kind'], language?: string): readonly [line1: string, line2: string] {
  return inLanguage(WORDS, language)[kind];
}

/** The words of a frame with its amount (order-code reference 7.1, wording): no result code, no word about risk. */
export function frameText(frame: Frame, language?: string): FrameText {
  const [line1, line2] = frameWords(frame.kind, language);
  return { amount: 'amount' in frame ? moneyText(frame.amount) : '', line1, line2 };
}
