import { isWireObject, type WireObject } from './simulator-words.js';

const FOREIGN_PAYMENT_ID = '202603051940108001001889999999999999999';
const FOREIGN_ACQUIRER_ID = '1029999999999999999';

function otherAmount(value: WireObject[string] | undefined): WireObject {
  if (!isWireObject(value) || typeof value['value'] !== 'string') return { currency: 'JPY', value: '1' };
  return { ...value, value: (BigInt(value['value']) + 1n).toString() };
}

function otherCurrency(value: WireObject[string] | undefined): WireObject {
  const amount = isWireObject(value) ? value : { value: '1' };
  return { ...amount, currency: amount['currency'] === 'USD' ? 'EUR' : 'USD' };
}

/** Changes of a body that pay answers, inquiry answers and notifications share: wrong values in well signed messages. */
export const WRONG_FIELDS: Readonly<Record<string, { does: string; change: (body: WireObject) => WireObject }>> = {
  other_amount: {
    does: 'signed rightly, paymentAmount one unit too much',
    change: (body) => ({ ...body, paymentAmount: otherAmount(body['paymentAmount']) }),
  },
  other_currency: {
    does: 'signed rightly, paymentAmount in another currency',
    change: (body) => ({ ...body, paymentAmount: otherCurrency(body['paymentAmount']) }),
  },
  no_amount: {
    does: 'signed rightly, without paymentAmount',
    change: ({ paymentAmount: _left, ...body }) => body,
  },
  other_acquirer: {
    does: 'signed rightly, with a foreign acquirerId',
    change: (body) => ({ ...body, acquirerId: FOREIGN_ACQUIRER_ID }),
  },
  other_payment_id: {
    does: 'signed rightly, with a foreign paymentId',
    change: (body) => ({ ...body, paymentId: FOREIGN_PAYMENT_ID }),
  },
};
