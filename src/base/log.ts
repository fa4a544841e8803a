import pino from 'pino';

/** The only fields a log line may carry. Codes, keys, tokens, customer ids and message bodies have no name here, so they cannot get in. */
export interface LogFields {
  readonly paymentRequestId?: string;
  readonly refundRequestId?: string;
  readonly laneId?: string;
  readonly terminalId?: string;
  readonly upstreamId?: string;
  readonly call?: string;
  readonly state?: string;
  readonly resultStatus?: string;
  readonly resultCode?: string;
  readonly driver?: string;
  readonly port?: string;
  readonly listener?: string;
  readonly traceId?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly count?: number;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly offsetMs?: number;
  readonly file?: string;
  readonly why?: string;
  /** A time, RFC 3339. */
  readonly until?: string;
  readonly errorCode?: string;
  readonly error?: string;
}

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Something a person must look at; counted and shown, beside being written. */
  alarm(event: string, fields?: LogFields): void;
  /** Whether lines reach the place they are meant for, as far as the last ones tell. */
  isWritten(): boolean;
}

const FIELD_NAMES: ReadonlySet<string> = new Set<keyof LogFields>([
  'paymentRequestId',
  'refundRequestId',
  'laneId',
  'terminalId',
  'upstreamId',
  'call',
  'state',
  'resultStatus',
  'resultCode',
  'driver',
  'port',
  'listener',
  'traceId',
  'status',
  'ms',
  'count',
  'bytes',
  'sha256',
  'offsetMs',
  'file',
  'why',
  'until',
  'errorCode',
  'error',
]);

const LONGEST_TEXT = 300;

function allowed(fields: LogFields | undefined): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (!FIELD_NAMES.has(name) || value === undefined) continue;
    out[name] = typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : value;
  }
  return out;
}

/** One JSON line per event into `write`; `isWritten` is for a place that may refuse them. */
export function createLog(write: (line: string) => void, isWritten: () => boolean = () => true): Log {
  const sink = pino({}, { write });
  return {
    info: (event, fields) => sink.info(allowed(fields), event),
    warn: (event, fields) => sink.warn(allowed(fields), event),
    error: (event, fields) => sink.error(allowed(fields), event),
    alarm: (event, fields) => sink.error({ ...allowed(fields), alarm: true }, event),
    isWritten,
  };
}

/** For tests and commands that have nobody to tell. */
export const silentLog: Log = { info() {}, warn() {}, error() {}, alarm() {}, isWritten: () => true };

/** The message of anything that was thrown, for a log line or a sentence to a person. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
