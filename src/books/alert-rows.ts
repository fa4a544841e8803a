import type { PaymentLife } from '../payment/payment.js';
import type { Db } from './database-kind.js';
import type { DealtColumns } from './dealt-with.js';

/** A row of `alerts` as the driver gives it. */
export interface AlertRow extends DealtColumns {
  readonly id: number;
  readonly payment_request_id: string;
  readonly kind: string;
  readonly at: number;
}

/** Lists the alerts that a change has raised, in its transaction; nearly every change raises none. */
export async function listAlerts(trx: Db, paymentRequestId: string, before: PaymentLife, now: PaymentLife): Promise<void> {
  const raised = now.alerts.filter(({ kind }) => before.alerts.every((known) => known.kind !== kind));
  if (raised.length === 0) return;
  const rows = raised.map(({ kind, at }) => ({ payment_request_id: paymentRequestId, kind, at: at as number }));
  await trx<AlertRow>('alerts').insert(rows).onConflict(['payment_request_id', 'kind']).ignore();
}
