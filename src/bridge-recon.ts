import type { Clock } from './base/clock.js';
import type { Log } from './base/log.js';
import { clearedUpstreams, type StoredBooks } from './bridge-books.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { ReportPlace } from './courier/fetch-reports.js';
import { createReportDesk, type ReportDesk } from './courier/report-desk.js';
import { createReportWatch, type ReportWatch } from './courier/watch-reports.js';
import { applyEvidence, type EvidenceParts } from './payment/apply-evidence.js';
import type { DuePayments } from './payment/due-payments.js';
import type { PaymentRequestId } from './payment/payment.js';
import { createReconDesk, type ReconDesk, type ReconDeskParts } from './reconciliation/recon-desk.js';
import type { ReconRules } from './reconciliation/run-day.js';

/** What the comparison reads of the configuration. */
function rulesOf({ reconciliation }: BridgeConfig): readonly ReconRules[] {
  return reconciliation.map(({ participantId, settlementCurrency, participantAgreementId, fees }) => ({
    participantId,
    settlementCurrency,
    participantAgreementId,
    fees,
  }));
}

/** The books of a desk, wherever they were opened. */
export type ReconBooks = Pick<StoredBooks, 'clearing' | 'days' | 'ourRows'>;

/** A desk on these books; `inquire` is what is done about a payment that has no end here and is paid there. */
export function reconDesk(
  config: BridgeConfig,
  { clearing, days, ourRows }: ReconBooks,
  { clock, inquire }: Pick<ReconDeskParts, 'clock' | 'inquire'>,
): ReconDesk {
  return createReconDesk({
    books: clearing,
    days,
    rows: ourRows,
    upstreams: clearedUpstreams(config),
    rules: rulesOf(config),
    instanceId: config.instanceId,
    clock,
    inquire,
  });
}

/** The accounts that reports are fetched from, each once for a participant. */
export function reportPlaces({ reconciliation }: BridgeConfig): readonly ReportPlace[] {
  const places = new Map<string, ReportPlace>();
  for (const { participantId, sftp } of reconciliation) {
    if (sftp === undefined) continue;
    const key = [sftp.host, sftp.port, sftp.user, sftp.root, participantId].join(' ');
    if (!places.has(key)) places.set(key, { ...sftp, participantId });
  }
  return [...places.values()];
}

/** A desk that fetches what the other one takes in. */
export function reportDesk(
  config: BridgeConfig,
  desk: ReconDesk,
  { books, clock, log }: { readonly books: Pick<ReconBooks, 'clearing'>; readonly clock: Clock; readonly log: Log },
): ReportDesk {
  return createReportDesk({ places: reportPlaces(config), desk, books: books.clearing, clock, log });
}

/** What looks after the reports while the bridge runs. */
export function reportWatch(
  config: BridgeConfig,
  { recon, reports }: { readonly recon: ReconDesk; readonly reports: ReportDesk },
  { stored, clock, log }: { readonly stored: ReconBooks; readonly clock: Clock; readonly log: Log },
): ReportWatch {
  const { clearing: books, ourRows: rows } = stored;
  return createReportWatch({ expected: config.reconciliation, reports, desk: recon, books, rows, clock, log });
}

export interface ReconJoinParts extends Pick<EvidenceParts, 'upstreamOf'> {
  readonly config: BridgeConfig;
  readonly stored: StoredBooks;
  readonly clock: Clock;
  readonly log: Log;
  readonly duePayments: DuePayments;
}

/** The desk of a running bridge: it asks the upstream itself. */
export function joinRecon({ config, stored, duePayments, ...parts }: ReconJoinParts): ReconDesk {
  const evidence: EvidenceParts = { books: stored.payments, ...parts };
  const inquire = async (id: string) => {
    const because = 'a clearing report lists it as paid';
    const { payment } = await applyEvidence(evidence, id as PaymentRequestId, { kind: 'inquiryAsked', because });
    void duePayments.advance(payment);
  };
  return reconDesk(config, stored, { clock: parts.clock, inquire });
}
