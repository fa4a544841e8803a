import { byId, clockText, money, say, stateTone, stateWords, tone } from './page-tools.js';
import { codePicture } from './terminal-calls.js';

const MAY_PAY = { yes: 'yes', no: 'no', possible: 'possible, not known yet' };
const DISPLAY_WORDS = {
  none: 'nothing to show',
  pending: 'code not there yet',
  showing: 'shows the code',
  printed: 'printed the code',
  cleared: 'cleared',
  stale: 'may still show the code',
  unavailable: 'never got the code',
};
const CONFIRMED = { verified: ', read back', acked: ', acknowledged' };

/** The payment's code belongs on the till's own screen now. */
export function codeOnTill(payment) {
  return payment.next.action === 'show_code_on_till' && payment.orderCode !== null;
}

/** Draws a payment as the terminal API tells it. `description` and `laneDisplay` may be undefined. */
export function drawSale(payment, description, laneDisplay) {
  const { state, next, saleReference } = payment;
  say(byId('sale-amount'), money(payment.amount));
  say(byId('sale-name'), description === undefined ? saleReference : `${saleReference} · ${description}`);
  say(byId('sale-state'), stateWords(state));
  tone(byId('sale-state'), stateTone(state) ?? 'plain');
  say(byId('sale-message'), next.message);
  tone(byId('sale-message'), stateTone(state) ?? 'plain');
  say(byId('sale-may-pay'), MAY_PAY[payment.customerMayPay]);
  say(byId('sale-display'), displayWords(payment, laneDisplay));
  drawCode(payment);
  drawCountdown(payment);
}

/** Time left of the code, by this machine's clock. */
export function drawCountdown(payment) {
  const expiresAt = payment?.orderCode?.expiresAt;
  say(byId('sale-countdown'), expiresAt === undefined ? '–' : clockText(Date.parse(expiresAt) - Date.now()));
}

function drawCode(payment) {
  const onTill = codeOnTill(payment);
  const picture = byId('till-code-picture');
  const source = codePicture(payment.paymentRequestId);
  byId('till-code').hidden = !onTill;
  if (onTill && picture.getAttribute('src') !== source) picture.src = source;
  if (!onTill) picture.removeAttribute('src');
}

function displayWords(payment, laneDisplay) {
  if (laneDisplay?.health === 'absent') return 'not connected';
  const display = laneDisplay ?? payment.display[0];
  if (display === undefined) return 'none';
  return `${DISPLAY_WORDS[display.state]}${display.state === 'showing' ? (CONFIRMED[display.confirmation] ?? '') : ''}`;
}
