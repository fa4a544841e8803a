import type { OrderBook } from './order-book.js';
import { simOrder } from './sim-order.js';
import type { SimOrder, SimulatorTime } from './simulator-words.js';

/** What came of something the payer did: the order as it stands, or why nothing happened. */
export type WalletAnswer =
  | { readonly kind: 'done'; readonly order: SimOrder }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly order: SimOrder; readonly why: string };

/** The payer's side: scans codes, pays, declines. */
export interface Wallet {
  /** Decodes a code as the wallet would; paying is a step of its own. */
  scan(code: string): WalletAnswer;
  /** Pays an open order. `late` charges even an ended one, as a wallet with a delay might (to play late money). */
  pay(paymentRequestId: string, late?: boolean): WalletAnswer;
  /** The payment fails with `resultCode`, e.g. USER_BALANCE_NOT_ENOUGH, and the order is closed. */
  decline(paymentRequestId: string, resultCode: string): WalletAnswer;
  /** The upstream closes the order now, as if it had expired. */
  close(paymentRequestId: string): WalletAnswer;
}

export function createWallet(book: OrderBook, time: SimulatorTime): Wallet {
  function act(paymentRequestId: string, does: (order: NonNullable<ReturnType<OrderBook['find']>>) => boolean): WalletAnswer {
    const order = book.find({ paymentRequestId });
    if (order === undefined) return { kind: 'unknown' };
    const before = order.state;
    return does(order)
      ? { kind: 'done', order: simOrder(order, time) }
      : { kind: 'refused', order: simOrder(order, time), why: `the order is ${before}` };
  }

  return {
    scan(code) {
      const order = book.findByCode(code);
      return order === undefined ? { kind: 'unknown' } : { kind: 'done', order: simOrder(order, time) };
    },
    pay: (id, late) => act(id, (order) => book.pay(order, late)),
    decline: (id, resultCode) => act(id, (order) => book.close(order, resultCode)),
    close: (id) => act(id, (order) => book.close(order, 'ORDER_IS_CLOSED')),
  };
}
