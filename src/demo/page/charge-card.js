import { call } from './live.js';
import { byId, money } from './page-tools.js';
import { tell } from './wallet-words.js';

const NO_ORDER = { title: 'Nothing to scan', text: 'This customer agreed before; the shop charges the agreement.' };

/** The phone of a customer who agreed before: nothing to scan, but the wallet hears of the debit and may let it wait or refuse it. */
export function createChargeCard() {
  let order;

  async function end(how, body) {
    if (order === undefined) return;
    await call('POST', `/sim/orders/${order.paymentRequestId}/${how}`, body);
  }

  byId('charge-pay').addEventListener('click', () => void end('pay'));
  byId('charge-decline').addEventListener('click', () => void end('decline', { resultCode: 'USER_BALANCE_NOT_ENOUGH' }));

  return {
    begin() {
      byId('wallet-scan').hidden = true;
      byId('wallet-charge').hidden = false;
      byId('finder').hidden = true;
      tell(NO_ORDER);
    },
    /** The upstream's own account book: the wallet knows its newest order. */
    see({ account, currency }) {
      [order] = account.orders;
      const open = order?.state === 'open';
      byId('charge-pay').disabled = !open;
      byId('charge-decline').disabled = !open;
      tell(order === undefined ? NO_ORDER : wordsFor(order, currency));
    },
  };
}

function wordsFor({ state, timesCharged, amount: value }, currency) {
  const amount = money({ currency, value });
  switch (state) {
    case 'open':
      return { title: 'A debit is under way', amount, text: 'It goes through, or it does not.', tone: 'wait' };
    case 'paid':
      return { title: 'Paid', amount, text: 'by your agreement', tone: 'good' };
    default:
      return timesCharged > 0
        ? { title: 'Your money is back', amount, text: 'The shop took it back.' }
        : { title: 'Not charged', amount, text: 'Nothing was paid.', tone: 'bad' };
  }
}
