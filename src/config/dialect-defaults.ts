import type { Finding } from './problem.js';
import type { DialectName, RawUpstream } from './upstream-schema.js';

/** When an upstream is asked what became of a payment, ms. */
interface InquiryRhythm {
  readonly inquiryFirstAfterMs: number;
  readonly inquiryEveryMs: readonly [number, number];
  readonly inquiryPausesMs: readonly number[] | undefined;
}

/** order-code reference 1.4 */
const USUAL_RHYTHM: InquiryRhythm = { inquiryFirstAfterMs: 5000, inquiryEveryMs: [3000, 5000], inquiryPausesMs: undefined };

interface DialectDefaults {
  readonly signatureEncoding?: 'percent' | 'plain' | 'url';
  readonly algorithmText: string;
  readonly requestTime: 'isoOffset' | 'isoUtc' | 'epochMs';
  readonly basePath: (clientId: string) => string;
  /** Where a page of the dialect names one for a counter. */
  readonly productCode?: string;
  /** When inquiries are due, where its pages say it. */
  readonly rhythm?: Partial<InquiryRhythm>;
  /** Keys that this dialect cannot do without, beside those every upstream has. */
  readonly needs: readonly (keyof RawUpstream)[];
  /** Optional keys that mean something to this dialect, beside `basePath`, `signPath`, `algorithmText` and `requestTime`. */
  readonly takes: readonly (keyof RawUpstream)[];
}

const CASHIER = ['productCode', 'allowPostAsGet', 'codeHosts', 'refundPath', 'extraHeaders', 'extraBody'] as const;

/** What each dialect writes when the file is silent (order-code reference 2.5, 3.1; sibling reference 0.2, 1.2, 2.2, 3.2). */
const DEFAULTS: Readonly<Record<DialectName, DialectDefaults>> = {
  alipayplus_order_code: {
    signatureEncoding: 'percent',
    algorithmText: 'RSA256',
    requestTime: 'isoOffset',
    basePath: () => '/aps/api',
    needs: ['acquirerId'],
    takes: ['agentToken', 'splitSettlementId', 'terminalType', 'extraHeaders', 'extraBody'],
  },
  antom_auto_debit: {
    signatureEncoding: 'percent',
    algorithmText: 'RSA256',
    requestTime: 'epochMs',
    basePath: (clientId) => (clientId.startsWith('SANDBOX_') ? '/ams/sandbox/api' : '/ams/api'),
    // Sibling reference 3.6: the agreement demo's, which ends with the payment's minute.
    rhythm: { inquiryPausesMs: [2000, 4000, 8000, 16_000, 32_000] },
    needs: ['agreementsFile'],
    takes: ['agentToken', 'terminalType', 'agreementsFile', 'maxAmount', 'refundPath', 'extraHeaders', 'extraBody'],
  },
  mini_program_cashier: {
    algorithmText: 'RSA256',
    requestTime: 'isoOffset',
    basePath: () => '',
    // Sibling reference 2.3
    productCode: '51051000101000000011',
    // Sibling reference 2.7
    rhythm: { inquiryEveryMs: [5000, 5000] },
    needs: ['signatureEncoding'],
    takes: ['agentToken', 'terminalType', ...CASHIER],
  },
  rebell_cashier: {
    signatureEncoding: 'plain',
    algorithmText: 'SHA256withRSA',
    requestTime: 'isoUtc',
    basePath: () => '',
    needs: ['productCode'],
    takes: ['cashierNotifyUrl', ...CASHIER],
  },
  rebell_agreement: {
    signatureEncoding: 'plain',
    algorithmText: 'SHA256withRSA',
    requestTime: 'isoUtc',
    basePath: () => '',
    needs: ['productCode', 'agreementsFile'],
    takes: ['cashierNotifyUrl', 'agreementsFile', 'maxAmount', ...CASHIER],
  },
  acquirer: {
    signatureEncoding: 'percent',
    algorithmText: 'RSA256',
    requestTime: 'isoOffset',
    basePath: () => '',
    needs: [],
    takes: [],
  },
};

const CHOOSY: readonly (keyof RawUpstream)[] = [
  'agentToken',
  'splitSettlementId',
  'terminalType',
  'productCode',
  'refundPath',
  'cashierNotifyUrl',
  'allowPostAsGet',
  'codeHosts',
  'agreementsFile',
  'maxAmount',
  'extraHeaders',
  'extraBody',
];

/** The wire settings of an upstream with the dialect's defaults where the file is silent. */
export function wireSettings(upstream: RawUpstream) {
  const defaults = DEFAULTS[upstream.dialect];
  const basePath = upstream.basePath ?? defaults.basePath(upstream.clientId);
  return {
    basePath,
    signPath: upstream.signPath ?? basePath,
    signatureEncoding: upstream.signatureEncoding ?? defaults.signatureEncoding ?? 'percent',
    algorithmText: upstream.algorithmText ?? defaults.algorithmText,
    requestTime: upstream.requestTime ?? defaults.requestTime,
    productCode: upstream.productCode ?? defaults.productCode,
  };
}

/** The timing of an upstream: what the file says of the inquiry rhythm, else all of the dialect's. */
export function timingSettings({ dialect, timing }: RawUpstream) {
  const { inquiryFirstAfterMs, inquiryEveryMs, inquiryPausesMs } = timing;
  const usual = { ...USUAL_RHYTHM, ...DEFAULTS[dialect].rhythm };
  // A rhythm in the file is meant, and would have no effect behind the dialect's pauses.
  const said = inquiryFirstAfterMs !== undefined || inquiryEveryMs !== undefined;
  const pauses = inquiryPausesMs ?? (said ? undefined : usual.inquiryPausesMs);
  return {
    ...timing,
    inquiryFirstAfterMs: inquiryFirstAfterMs ?? usual.inquiryFirstAfterMs,
    inquiryEveryMs: inquiryEveryMs ?? usual.inquiryEveryMs,
    ...(pauses === undefined ? {} : { inquiryPausesMs: pauses }),
  };
}

/** Optional keys that the dialect of an upstream needs and lacks, or has no use for. */
export function dialectKeyFindings(upstream: RawUpstream, index: number): Finding[] {
  const { needs, takes } = DEFAULTS[upstream.dialect];
  const missing = needs
    .filter((key) => upstream[key] === undefined)
    .map((key) => ({
      path: ['upstreams', index, key],
      message: `is missing; the dialect ${upstream.dialect} needs it`,
      repair: `Add ${key} to this upstream.`,
    }));
  const foreign = CHOOSY.filter((key) => upstream[key] !== undefined && !takes.includes(key)).map((key) => ({
    path: ['upstreams', index, key],
    message: `means nothing to the dialect ${upstream.dialect}`,
    repair: `Remove ${key} from this upstream.`,
  }));
  return [...missing, ...foreign];
}
