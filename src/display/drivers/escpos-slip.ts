import { machineZone, zonedText } from '../../base/zone.js';
import type { ScanFrame } from '../display-driver.js';
import { type ByLanguage, frameText, inLanguage } from '../frame-text.js';
import type { Language } from '../languages.js';
import { textBytes, type WireCharset } from '../text-bytes.js';

/** The amount above a printed code and the texts below it, each line within the columns. The code does not wait for words. */
export interface SlipText {
  readonly amount: readonly string[];
  readonly below: readonly string[];
}

interface Words {
  readonly noReceipt: string;
  readonly order: string;
  readonly until: string;
}

const WORDS: ByLanguage<Words> = {
  en: { noReceipt: 'NOT A RECEIPT - SCAN TO PAY', order: 'Order', until: 'Valid until' },
  ja: { noReceipt: 'RYOUSHUUSHO DEWA ARIMASEN', order: 'Chuumon', until: 'Yuukou kigen' },
  zh: { noReceipt: '此非收据 - 请扫码付款', order: '订单', until: '有效期至' },
  ko: { noReceipt: '영수증이 아닙니다 - 스캔하여 결제', order: '주문', until: '유효 시각' },
  th: { noReceipt: 'ไม่ใช่ใบเสร็จ - สแกนเพื่อชำระเงิน', order: 'คำสั่งซื้อ', until: 'ใช้ได้ถึง' },
};

/** Lines of at most so many columns, and how wide a text is. */
interface Room {
  readonly columns: number;
  readonly charset: WireCharset;
}

/** A printer's two-byte characters are two columns wide; marks above or below are counted in full, since not every printer stacks them. */
const widthOf = (text: string, { charset }: Room) => textBytes(text, charset).length;

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Pieces of a word that is longer than a line; a letter is never parted from its marks. */
function pieces(word: string, room: Room): readonly string[] {
  const out: string[] = [];
  let piece = '';
  for (const { segment } of letters.segment(word)) {
    if (piece !== '' && widthOf(piece + segment, room) > room.columns) {
      out.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return piece === '' ? out : [...out, piece];
}

/** Breaks at spaces, and inside of a word only where it is longer than a line; nothing is lost. */
function wrapped(text: string, room: Room): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, room))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer, room) <= room.columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
  }
  return line === '' ? lines : [...lines, line];
}

/** What is printed with a code: amount, what to do, that this is no receipt, the order, until when (display reference 6.3). */
export function slipText(frame: ScanFrame, room: Room, language: Language, zone = machineZone()): SlipText {
  const { amount, line1, line2 } = frameText(frame, language);
  const words = inLanguage(WORDS, language);
  const below = [
    line1,
    line2,
    words.noReceipt,
    ...(frame.reference === undefined ? [] : [`${words.order} ${frame.reference}`]),
    `${words.until} ${zonedText(frame.expiresAt, zone).slice(11)}`,
  ];
  return {
    amount: wrapped(amount, room),
    below: below.flatMap((line) => wrapped(line, room)),
  };
}
