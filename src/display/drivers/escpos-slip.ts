import { localTimeText } from '../../base/clock.js';
import type { Frame } from '../display-driver.js';
import { type ByLanguage, frameText, inLanguage } from '../frame-text.js';

/** Texts above and below a printed code, each line within the columns. */
export interface SlipText {
  readonly amount: readonly string[];
  readonly above: readonly string[];
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
};

/** Breaks at spaces, and inside of a word only where it is longer than a line; nothing is lost. */
function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replace(/[^\x20-\x7e]/gu, '?').split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (line.length > columns) {
      lines.push(line.slice(0, columns));
      line = line.slice(columns);
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** What is printed with a code: amount, what to do, the order, until when, and that this is no receipt (display reference 6.3). */
export function slipText(frame: Frame & { readonly kind: 'scan' }, columns: number, language: string | undefined): SlipText {
  const { amount, line1, line2 } = frameText(frame, language);
  const words = inLanguage(WORDS, language);
  const below = [
    words.noReceipt,
    ...(frame.reference === undefined ? [] : [`${words.order} ${frame.reference}`]),
    `${words.until} ${localTimeText(frame.expiresAt)}`,
  ];
  return {
    amount: wrapped(amount, columns),
    above: [line1, line2].flatMap((line) => wrapped(line, columns)),
    below: below.flatMap((line) => wrapped(line, columns)),
  };
}
