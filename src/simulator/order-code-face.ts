import { cancelDone, inquiryAnswer, payAccepted, paymentFields, refundDone } from './answer-bodies.js';
import { type Face, TIME_TEXTS } from './face.js';
import { readPay } from './request-check.js';
import { ALGORITHM } from './simulator-signing.js';

/** Alipay+, order code (order-code reference). */
export const ORDER_CODE_FACE: Face = {
  id: 'orderCode',
  speaks: (path) => path.startsWith('/aps/api/'),
  calls: { pay: 'pay', inquiryPayment: 'inquiry', cancelPayment: 'cancel', refund: 'refund' },
  algorithm: ALGORITHM,
  timeText: TIME_TEXTS.offset,
  readPay,
  payAnswer: payAccepted,
  inquiryAnswer,
  notice: paymentFields,
  cancelDone,
  refundDone,
  cancelsTheUnknown: true,
};
