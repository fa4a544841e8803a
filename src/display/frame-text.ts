import { moneyText } from '../payment/money.js';
import type { Frame } from './display-driver.js';
import type { Language } from './languages.js';

/** What a payer reads beside or instead of a code; every driver with room for text uses the same words. */
export interface FrameText {
  readonly amount: string;
  readonly line1: string;
  readonly line2: string;
}

/** What stands in a table by language; English is always there. */
export type ByLanguage<T> = Readonly<{ en: T } & Partial<Record<Language, T>>>;

type Words = Readonly<Record<Frame['kind'], readonly [line1: string, line2: string]> & { scanByAny: string; timeLeft: string }>;

/** In `scan` it stands for what the payer scans with; nothing that takes its place is longer. */
export const ORDER_CODE_BRAND = 'Alipay+';

/** Room of one line in columns: what every surface with text can draw. A character of a two-byte set takes two. */
export const LINE_COLUMNS = 38;

/**
 * At most `LINE_COLUMNS` a line. Every character is one that the fonts of its writing hold and that no device mistakes for anything else
 * (`textBytes`), so no full-width punctuation.
 */
const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    idle: ['', ''],
    pleaseWait: ['Please wait', ''],
    scan: ['Scan to pay with Alipay+', ''],
    scanByAny: 'Scan to pay',
    paying: ['Payment under way', 'Please wait'],
    cancelling: ['Cancelling, please wait', ''],
    thanks: ['Payment received', 'Thank you'],
    notPaid: ['Payment not completed', 'Please try again or pay another way'],
    cancelled: ['Payment cancelled', ''],
    timeLeft: 'Time left',
  },
  ja: {
    idle: ['', ''],
    pleaseWait: ['Shoushou omachi kudasai', ''],
    scan: ['Alipay+ de sukyan shite oshiharai', ''],
    scanByAny: 'Sukyan shite oshiharai kudasai',
    paying: ['Oshiharai shorichuu', 'Shoushou omachi kudasai'],
    cancelling: ['Torikeshichuu, omachi kudasai', ''],
    thanks: ['Oshiharai kanryou', 'Arigatou gozaimasu'],
    notPaid: ['Oshiharai dekimasen deshita', 'Mou ichido ka betsu no houhou de'],
    cancelled: ['Oshiharai torikeshi', ''],
    timeLeft: 'Nokori jikan',
  },
  zh: {
    idle: ['', ''],
    pleaseWait: ['请稍候', ''],
    scan: ['请使用 Alipay+ 扫码付款', ''],
    scanByAny: '请扫码付款',
    paying: ['正在付款', '请稍候'],
    cancelling: ['正在取消 请稍候', ''],
    thanks: ['已收到付款', '谢谢'],
    notPaid: ['付款未完成', '请重试或使用其他付款方式'],
    cancelled: ['付款已取消', ''],
    timeLeft: '剩余时间',
  },
  ko: {
    idle: ['', ''],
    pleaseWait: ['잠시만 기다려 주세요', ''],
    scan: ['Alipay+로 스캔하여 결제해 주세요', ''],
    scanByAny: '스캔하여 결제해 주세요',
    paying: ['결제가 진행 중입니다', '잠시만 기다려 주세요'],
    cancelling: ['취소 중입니다 기다려 주세요', ''],
    thanks: ['결제가 완료되었습니다', '감사합니다'],
    notPaid: ['결제가 완료되지 않았습니다', '다시 시도하거나 다른 방법을 이용하세요'],
    cancelled: ['결제가 취소되었습니다', ''],
    timeLeft: '남은 시간',
  },
  th: {
    idle: ['', ''],
    pleaseWait: ['กรุณารอสักครู่', ''],
    scan: ['สแกนเพื่อชำระเงินด้วย Alipay+', ''],
    scanByAny: 'สแกนเพื่อชำระเงิน',
    paying: ['กำลังชำระเงิน', 'กรุณารอสักครู่'],
    cancelling: ['กำลังยกเลิก กรุณารอสักครู่', ''],
    thanks: ['ได้รับการชำระเงินแล้ว', 'ขอบคุณ'],
    notPaid: ['การชำระเงินไม่สำเร็จ', 'กรุณาลองใหม่หรือชำระด้วยวิธีอื่น'],
    cancelled: ['ยกเลิกการชำระเงินแล้ว', ''],
    timeLeft: 'เหลือเวลา',
  },
};

/** The entry for a language; English where there is none. */
export function inLanguage<T>(table: ByLanguage<T>, language: Language): T {
  return table[language] ?? table.en;
}

/** The words for a kind of frame, at most `LINE_COLUMNS` a line; the longest where they name what the payer scans with. */
export function frameWords(kind: Frame['kind'], language: Language): readonly [line1: string, line2: string] {
  return WORDS[language][kind];
}

/** Words that name `ORDER_CODE_BRAND`, as they stand for a payer who scans with something else; `byAny` where it has no name. */
export function wordsToScan(named: string, byAny: string, scanWith: string | null = ORDER_CODE_BRAND): string {
  return scanWith === null ? byAny : named.replace(ORDER_CODE_BRAND, scanWith);
}

/** A time to be counted down by people: `2:31`. */
export function countdownText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/**
 * The words of a frame with its amount (order-code reference 7.1, wording): no result code, no word about risk. `secondsLeft`: how long
 * the code still stands; told beside a code only.
 */
export function frameText(frame: Frame, language: Language, secondsLeft?: number): FrameText {
  const [named, words] = frameWords(frame.kind, language);
  const line1 = frame.kind === 'scan' ? wordsToScan(named, WORDS[language].scanByAny, frame.scanWith) : named;
  const isCounted = frame.kind === 'scan' && secondsLeft !== undefined && secondsLeft > 0;
  const line2 = isCounted ? `${WORDS[language].timeLeft} ${countdownText(secondsLeft)}` : words;
  return { amount: 'amount' in frame ? moneyText(frame.amount) : '', line1, line2 };
}
