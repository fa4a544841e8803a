import type { SaleToPlace } from '#src/payment/pay-outcome.js';
import type { LaneId, PaymentRequestId, Sale } from '#src/payment/payment.js';
import type { ClientProfile, MerchantProfile } from '#src/upstream/shop-profile.js';

/** The sale, shop and client of the supplied vector `pay_request` (order-code reference 8.1). */
const VECTOR_SALE: Sale = {
  saleReference: 'SHOP42-7781',
  terminalId: 'T01',
  laneId: 'lane-1' as LaneId,
  amount: { currency: 'JPY', value: '1980' },
  description: 'Matcha set 抹茶',
  expiresInSeconds: null,
  goods: null,
};

export const VECTOR_MERCHANT: MerchantProfile = {
  id: 'shop-1',
  referenceMerchantId: 'M0042',
  merchantName: 'Kanda Tea Stand',
  merchantMCC: '5814',
  merchantAddress: { region: 'JP', city: 'Tokyo' },
  store: { referenceStoreId: 'S001', storeName: 'Kanda Tea Stand Ekimae', storeMCC: '5814' },
};

export const VECTOR_CLIENT: ClientProfile = {
  notifyUrl: 'https://acq.example/hooks/alipayplus/notifyPayment',
  settlementCurrency: 'USD',
  userAgent: 'ExamplePOS/1.0',
  terminalType: 'APP',
};

/** A sale on its way upstream. */
export function placing(sale: Partial<Sale> = {}): SaleToPlace {
  const whole = { ...VECTOR_SALE, ...sale };
  return {
    paymentRequestId: 'PRQ-20260305-000001' as PaymentRequestId,
    sale: whole,
    amount: whole.amount,
    merchantId: VECTOR_MERCHANT.id,
  };
}
