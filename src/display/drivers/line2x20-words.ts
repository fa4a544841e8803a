import { type Money, moneyText } from '../../payment/money.js';
import type { Frame } from '../display-driver.js';
import { type ByLanguage, countdownText, inLanguage, wordsToScan } from '../frame-text.js';
import type { Language } from '../languages.js';

/** Both lines of a text display, each exactly 20 printable characters. */
export type TwoLines = readonly [top: string, bottom: string];

interface Words {
  readonly total: string;
  /** Stands before the time left, which takes five places with its space. */
  readonly scanWithin: string;
  /** The same two where what the payer scans with has no name. */
  readonly byAny: { readonly scanWithin: string; readonly scan: string };
  /** One text stands below the amount, or alone; two stand below each other. */
  readonly frames: Readonly<Record<Frame['kind'], readonly string[]>>;
}

const COLUMNS = 20;

/** At most 20 printable characters each. Where the code stands is not said: this display does not know. */
const WORDS: ByLanguage<Words> = {
  en: {
    total: 'TOTAL',
    scanWithin: 'SCAN Alipay+ QR',
    byAny: { scanWithin: 'SCAN QR CODE', scan: 'SCAN QR CODE' },
    frames: {
      idle: [],
      pleaseWait: ['PLEASE WAIT'],
      scan: ['SCAN Alipay+ QR CODE'],
      paying: ['PAYMENT UNDER WAY'],
      cancelling: ['CANCELLING - WAIT'],
      thanks: ['PAID - THANK YOU'],
      notPaid: ['PAYMENT NOT COMPLETE', 'PLEASE TRY AGAIN'],
      cancelled: ['PAYMENT CANCELLED'],
    },
  },
  ja: {
    total: 'GOUKEI',
    scanWithin: 'Alipay+ QR ATO',
    byAny: { scanWithin: 'QR ATO', scan: 'QR O SUKYAN' },
    frames: {
      idle: [],
      pleaseWait: ['OMACHI KUDASAI'],
      scan: ['Alipay+ QR O SUKYAN'],
      paying: ['OSHIHARAI SHORICHUU'],
      cancelling: ['TORIKESHICHUU'],
      thanks: ['ARIGATOU GOZAIMASU'],
      notPaid: ['OSHIHARAI MIKANRYOU', 'MOU ICHIDO DOUZO'],
      cancelled: ['OSHIHARAI TORIKESHI'],
    },
  },
};

/** An amount whose every character is a letter, digit, point or space; anything else becomes `?`. */
function plainAmount(amount: Money): string {
  return moneyText(amount).replace(/[^A-Za-z0-9. ]/gu, '?');
}

/** Label left, amount right. A long amount takes the label's place, then the space before its digits; it is never cut. */
function totalLine(label: string, amount: Money): string {
  const text = plainAmount(amount);
  if (label.length + 1 + text.length <= COLUMNS) return label + text.padStart(COLUMNS - label.length);
  const fitting = [text, text.replaceAll(' ', '')].find((one) => one.length <= COLUMNS);
  return (fitting ?? label).padStart(COLUMNS);
}

/** The line below the amount while a code stands elsewhere; without the time where that is too long for it. */
export function scanLine(language: Language, secondsLeft: number | undefined, scanWith?: string | null): string {
  const { scanWithin, byAny, frames } = inLanguage(WORDS, language);
  const worded = (named: string, unnamed: string) => wordsToScan(named, unnamed, scanWith).toUpperCase();
  const within = worded(scanWithin, byAny.scanWithin);
  const counted = secondsLeft === undefined || secondsLeft <= 0 ? '' : `${within} ${countdownText(secondsLeft)}`;
  const plain = worded(frames.scan[0] ?? '', byAny.scan);
  return (counted === '' || counted.length > COLUMNS ? plain : counted).padEnd(COLUMNS);
}

/** What a frame looks like in 2 x 20 characters (display reference 7). */
export function twoLines(frame: Frame, language: Language, secondsLeft?: number): TwoLines {
  const { total, frames } = inLanguage(WORDS, language);
  const [first = '', second = ''] = frames[frame.kind];
  if (frame.kind === 'scan') return [totalLine(total, frame.amount), scanLine(language, secondsLeft, frame.scanWith)];
  if ('amount' in frame) return [totalLine(total, frame.amount), first.padEnd(COLUMNS)];
  return [first.padEnd(COLUMNS), second.padEnd(COLUMNS)];
}
