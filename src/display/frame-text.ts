import { moneyText } from '../payment/money.js';
import type { Frame } from './display-driver.js';

/** What a payer reads beside or instead of a code; every driver with room for text uses the same words. */
export interface FrameText {
  readonly amount: string;
  readonly line1: string;
  readonly line2: string;
}

/**
 * The words of a frame in English, at most 38 characters a line (order-code reference 7.1, wording): no result code, no word about
 * risk. No other language is built in yet.
 */
export function frameText(frame: Frame): FrameText {
  switch (frame.kind) {
    case 'idle':
      return { amount: '', line1: '', line2: '' };
    case 'pleaseWait':
      return { amount: moneyText(frame.amount), line1: 'Please wait', line2: '' };
    case 'scan':
      return { amount: moneyText(frame.amount), line1: 'Scan to pay with Alipay+', line2: '' };
    case 'paying':
      return { amount: moneyText(frame.amount), line1: 'Payment under way', line2: 'Please wait' };
    case 'cancelling':
      return { amount: moneyText(frame.amount), line1: 'Cancelling, please wait', line2: '' };
    case 'thanks':
      return { amount: moneyText(frame.amount), line1: 'Payment received', line2: 'Thank you' };
    case 'notPaid':
      return { amount: '', line1: 'Payment not completed', line2: 'Please try again or pay another way' };
    case 'cancelled':
      return { amount: '', line1: 'Payment cancelled', line2: '' };
  }
}
