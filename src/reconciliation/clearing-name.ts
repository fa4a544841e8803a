import { isCalendarDay } from '../payment/clearing-day.js';

/** The four reports (order-code reference 6.2); the first three belong to a clearing cycle. */
export const REPORT_KINDS = ['transactionItems', 'feeItems', 'summary', 'settlement'] as const;

export type ReportKind = (typeof REPORT_KINDS)[number];

/** What the name of a report file says. */
export interface ClearingFileName {
  /** The bare name, without folders. */
  readonly name: string;
  readonly kind: ReportKind;
  readonly participantId: string;
  readonly settlementCurrency: string;
  /** `clearingBatchId`, for settlements `settlementBatchId`. */
  readonly batchId: string;
  readonly participantAgreementId: string;
  /** 0 to 999. */
  readonly part: number;
  /** First eight digits of the batch id as `YYYY-MM-DD`: the clearing day (UTC+8), for settlements the settlement date. */
  readonly day: string;
}

const PATTERN =
  /^(transactionItems|feeItems|summary|settlement)_([A-Za-z0-9]{1,64})_([A-Z]{3})_(\d{8,64})_([A-Za-z0-9]{1,64})_(\d{3})\.csv$/;

/** Eight digits as a day; undefined when the calendar has no such day. */
function dayOf(digits: string): string | undefined {
  const day = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`;
  return isCalendarDay(day) ? day : undefined;
}

/** Reads the name of a report file; undefined when it does not follow `<kind>_<participantId>_<currency>_<batchId>_<agreement>_<part>.csv`. */
export function parseClearingName(name: string): ClearingFileName | undefined {
  const found = PATTERN.exec(name);
  if (found === null) return undefined;
  const [, kind, participantId = '', settlementCurrency = '', batchId = '', participantAgreementId = '', part] = found;
  const day = dayOf(batchId);
  if (day === undefined) return undefined;
  return {
    name,
    kind: kind as ReportKind,
    participantId,
    settlementCurrency,
    batchId,
    participantAgreementId,
    part: Number(part),
    day,
  };
}
