import { byId, say, tone } from './page-tools.js';

/** What stands on the phone. */
export function tell({ title, amount = '', text = '', tone: mood }) {
  say(byId('wallet-words-title'), title);
  say(byId('wallet-amount'), amount);
  say(byId('wallet-text'), text);
  tone(document.querySelector('.phone-words'), mood);
}
