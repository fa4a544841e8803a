import type { FaultLevel } from './fault-row.js';
import { isWireObject, type WireObject, type WireValue } from './simulator-words.js';

const FOREIGN_PAYMENT_ID = '202603051940108001001889999999999999999';
const FOREIGN_ACQUIRER_ID = '1029999999999999999';
const FOREIGN_REQUEST_ID = 'OTHER1-00000000000000000000';

function otherAmount(value: WireObject[string] | undefined): WireObject {
  if (!isWireObject(value) || typeof value['value'] !== 'string') return { currency: 'JPY', value: '1' };
  return { ...value, value: (BigInt(value['value']) + 1n).toString() };
}

function otherCurrency(value: WireObject[string] | undefined): WireObject {
  const amount = isWireObject(value) ? value : { value: '1' };
  return { ...amount, currency: amount['currency'] === 'USD' ? 'EUR' : 'USD' };
}

/** Against the protocol, which knows no numbers (order-code reference 2.3). */
function numericAmount(value: WireObject[string] | undefined): WireObject {
  const amount = isWireObject(value) ? value : { currency: 'JPY', value: '1' };
  return { ...amount, value: Number(amount['value']) as unknown as WireValue };
}

interface WrongField {
  readonly level: FaultLevel;
  readonly does: string;
  readonly change: (body: WireObject) => WireObject;
}

/** Changes of a body that pay answers, inquiry answers and notifications share: wrong values in well signed messages. */
export const WRONG_FIELDS: Readonly<Record<string, WrongField>> = {
  other_amount: {
    level: 3,
    does: 'signed rightly, paymentAmount one unit too much',
    change: (body) => ({ ...body, paymentAmount: otherAmount(body['paymentAmount']) }),
  },
  other_currency: {
    level: 3,
    does: 'signed rightly, paymentAmount in another currency',
    change: (body) => ({ ...body, paymentAmount: otherCurrency(body['paymentAmount']) }),
  },
  no_amount: {
    level: 2,
    does: 'signed rightly, without paymentAmount',
    change: ({ paymentAmount: _left, ...body }) => body,
  },
  numeric_amount: {
    level: 2,
    does: 'signed rightly, the value of paymentAmount a JSON number',
    change: (body) => ({ ...body, paymentAmount: numericAmount(body['paymentAmount']) }),
  },
  other_acquirer: {
    level: 3,
    does: 'signed rightly, with a foreign acquirerId',
    change: (body) => ({ ...body, acquirerId: FOREIGN_ACQUIRER_ID }),
  },
  other_payment_id: {
    level: 3,
    does: 'signed rightly, with a foreign paymentId',
    change: (body) => ({ ...body, paymentId: FOREIGN_PAYMENT_ID }),
  },
  other_request_id: {
    level: 3,
    does: 'signed rightly, about a paymentRequestId of somebody else',
    change: (body) => ({ ...body, paymentRequestId: FOREIGN_REQUEST_ID }),
  },
};
