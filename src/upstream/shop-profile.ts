/** An address as the message family writes it (order-code reference 3.2). */
export interface Address {
  readonly region: string;
  readonly state?: string | undefined;
  readonly city?: string | undefined;
  readonly address1?: string | undefined;
  readonly address2?: string | undefined;
  readonly zipCode?: string | undefined;
}

export interface StoreProfile {
  readonly referenceStoreId: string;
  readonly storeName: string;
  readonly storeMCC?: string | undefined;
  readonly storeDisplayName?: string | undefined;
  readonly storeTerminalId?: string | undefined;
  readonly storeOperatorId?: string | undefined;
  readonly storePhoneNo?: string | undefined;
  readonly storeAddress?: Address | undefined;
}

/** What the configuration says of a merchant, in upstream's field names. */
export interface MerchantProfile {
  readonly id: string;
  readonly referenceMerchantId: string;
  readonly merchantName: string;
  readonly merchantDisplayName?: string | undefined;
  readonly merchantMCC: string;
  readonly merchantRegisterDate?: string | undefined;
  readonly merchantAddress: Address;
  readonly store?: StoreProfile | undefined;
}

/** What the configuration says of us towards one upstream. */
export interface ClientProfile {
  readonly notifyUrl: string;
  readonly settlementCurrency?: string | undefined;
  readonly splitSettlementId?: string | undefined;
  readonly userAgent: string;
  readonly terminalType?: string | undefined;
  readonly osType?: string | undefined;
  readonly productCode?: string | undefined;
  /** Where a wallet may send its cashier's address later. */
  readonly cashierNotifyUrl?: string | undefined;
  /** Further top-level fields of the pay request, e.g. `order.indirectAcquirer`; never replaces a field the bridge writes. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined;
}
