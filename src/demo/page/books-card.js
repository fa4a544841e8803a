import { byId, make, money, say, stateTone, stateWords } from './page-tools.js';

const ORDER_TONES = { open: 'info', paid: 'good', closed: 'bad', cancelled: undefined };

/** The till's sales beside the upstream's own account book, joined by id. `choose(payment)` is called when a sale is picked. */
export function createBooksCard(choose) {
  let drawn = '';
  return {
    show({ sales, account, name, currency, chosen }) {
      const orders = new Map(account.orders.map((order) => [order.paymentRequestId, order]));
      const rows = sales.map((payment) => ({ payment, order: orders.get(payment.paymentRequestId) }));
      const key = JSON.stringify([chosen, account, rows.map(({ payment }) => [payment.paymentRequestId, payment.state])]);
      if (key === drawn) return;
      drawn = key;
      const focused = document.activeElement?.dataset.payment;
      byId('books').replaceChildren(...rows.map((row) => rowOf(row, chosen, choose)));
      if (focused !== undefined) byId('books').querySelector(`[data-payment="${focused}"]`)?.focus();
      byId('books-empty').hidden = rows.length > 0;
      byId('books-box').hidden = rows.length === 0;
      const { placed, paid, kept } = account;
      say(
        byId('books-sum'),
        placed === 0
          ? `till and ${name}`
          : `${placed} ${placed === 1 ? 'order' : 'orders'}, ${paid} paid, ${money({ currency, value: kept })} taken`,
      );
    },
  };
}

function rowOf({ payment, order }, chosen, choose) {
  const { paymentRequestId, saleReference, amount, state } = payment;
  const current = paymentRequestId === chosen ? 'true' : undefined;
  const button = make(
    'button',
    { type: 'button', class: 'reference', 'data-payment': paymentRequestId, 'aria-current': current },
    saleReference,
  );
  button.title = 'Show what happened';
  button.addEventListener('click', () => choose(payment));
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, button),
    make('td', { class: 'number' }, money(amount)),
    make('td', {}, word(stateWords(state), stateTone(state))),
    make('td', {}, order === undefined ? 'no order' : word(order.state, ORDER_TONES[order.state])),
    make('td', { class: 'number' }, order === undefined ? '–' : `${order.timesCharged} ×`),
  );
}

function word(text, tone) {
  return make('span', { class: 'word', 'data-tone': tone }, text);
}
