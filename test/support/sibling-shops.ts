import type { HarnessOptions } from './bridge-harness.js';

/** What a shop with one of the sibling dialects is configured with, and how a sale is asked for there. */
export interface SiblingShop {
  readonly dialect: string;
  readonly options: HarnessOptions;
  readonly sale: Readonly<Record<string, unknown>>;
  /** True: a customer scans; false: an agreement is charged. */
  readonly showsCode: boolean;
  /** False: a cancel of an order that has ended is answered with a code of its own. */
  readonly cancelsTheEnded?: boolean;
  /** False: a repeat of the request is answered without a code. */
  readonly repeatsCode?: boolean;
  /** False: its inquiry has no word for an order that was paid and cancelled. */
  readonly saysCancelled?: boolean;
  /** True: its inquiry lists what went back, and so can say that a refund was not made. */
  readonly listsRefunds?: boolean;
}

export const TOKEN = 'tok-secret-7f31';
const SLOW_TOKEN = 'tok-slow-9911';

const AGREEMENTS = {
  'MEMBER-1': { token: TOKEN, paymentMethodType: 'GCASH' },
  'MEMBER-SLOW': { token: SLOW_TOKEN, paymentMethodType: 'GCASH' },
  'MEMBER-POOR': { token: 'tok-decline-USER_BALANCE_NOT_ENOUGH', paymentMethodType: 'GCASH' },
  'MEMBER-SMALL': { token: 'tok-small', paymentMethodType: 'GCASH', maxAmount: { currency: 'JPY', value: '100' } },
};

const cashier = (upstream: Record<string, unknown>): HarnessOptions => ({
  upstream: { acquirerId: undefined, codeHosts: ['code.example'], ...upstream },
});
const charged = (upstream: Record<string, unknown>): HarnessOptions => ({
  agreements: AGREEMENTS,
  upstream: {
    acquirerId: undefined,
    agreementsFile: './agreements.yaml',
    maxAmount: { currency: 'JPY', value: '50000' },
    ...upstream,
  },
});
/** Wallets whose refund path no page names. */
const refundPath = '/v1/payments/refund';
const member = (agreementReference: string) => ({ buyer: { agreementReference } });

const SIBLING_SHOPS: readonly SiblingShop[] = [
  {
    dialect: 'mini_program_cashier',
    options: cashier({
      dialect: 'mini_program_cashier',
      productCode: '51051000101000000011',
      signatureEncoding: 'percent',
      refundPath,
    }),
    sale: {},
    showsCode: true,
    repeatsCode: false,
  },
  {
    dialect: 'rebell_cashier',
    options: cashier({ dialect: 'rebell_cashier', productCode: '51051000000011', refundPath }),
    sale: {},
    showsCode: true,
    saysCancelled: false,
  },
  {
    dialect: 'rebell_agreement',
    options: charged({ dialect: 'rebell_agreement', productCode: '51051000000011', refundPath }),
    sale: member('MEMBER-1'),
    showsCode: false,
    saysCancelled: false,
  },
  {
    dialect: 'antom_auto_debit',
    options: charged({ dialect: 'antom_auto_debit' }),
    sale: member('MEMBER-1'),
    showsCode: false,
    listsRefunds: true,
  },
];

/** One shop per dialect, the order code's first. */
export const ALL_SHOPS: readonly [SiblingShop, ...SiblingShop[]] = [
  { dialect: 'alipayplus_order_code', options: {}, sale: {}, showsCode: true, cancelsTheEnded: false, listsRefunds: true },
  ...SIBLING_SHOPS,
];

/** The shop of one dialect. */
export function siblingShop(dialect: string): SiblingShop {
  const found = SIBLING_SHOPS.find((shop) => shop.dialect === dialect);
  if (found === undefined) throw new Error(`no shop speaks ${dialect}`);
  return found;
}

/** A sale that charges another agreement. */
export const chargeOf = member;
