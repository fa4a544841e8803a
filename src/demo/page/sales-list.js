/** The payments of this lane as the terminal API told them, by id; `changed` is called after every news. */
export function createSalesList(changed) {
  const byPayment = new Map();
  return {
    /** Takes a payment in unless a newer version is known; displays may change within one version. */
    take(payment) {
      const known = byPayment.get(payment.paymentRequestId);
      if (known !== undefined && known.version > payment.version) return;
      byPayment.set(payment.paymentRequestId, payment);
      changed(payment);
    },
    find: (id) => byPayment.get(id),
    /** Newest first. */
    all: () => [...byPayment.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
  };
}
