import type { Context } from 'koa';
import { assertNever } from '../base/assert.js';

/** Every code of a problem document and the HTTP status that goes with it (till API contract, "Errors"). */
export const PROBLEM_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  sale_conflict: 409,
  lane_busy: 409,
  open_payment_paid: 409,
  not_cancellable: 409,
  refund_exceeds_payment: 409,
  refund_conflict: 409,
  not_refundable: 409,
  not_paid: 409,
  not_rulable: 409,
  ruling_conflict: 409,
  already_dealt_with: 409,
  day_closed: 409,
  exceptions_open: 409,
  file_conflict: 409,
  file_duplicate: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  host_not_allowed: 421,
  too_many_requests: 429,
  headers_too_large: 431,
  internal_error: 500,
  books_unavailable: 503,
  stopping: 503,
} as const satisfies Record<string, number>;

/** The word a program acts on; the sentence beside it is for people. */
export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** All codes, in the order of the table. */
export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]];

/** One thing that is wrong with a request: `path` as in `goods[2].goodsName`, or the name of a parameter, or `body`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  /** Where in a file, from 1; null for the file as a whole. Left out for what is no file. */
  readonly line?: number | null;
  readonly column?: string | null;
}

/** What a problem may carry beside its code and its sentence. */
export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  /** Further members of the document, e.g. `openPayment`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 1 for 429 and 503; not sent with other codes. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** Thrown by a handler to answer with a problem document (RFC 9457). `detail` is for people and never quotes keys or codes. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail, { cause: extras.cause });
    this.code = code;
    this.extras = extras;
  }

  get status(): number {
    return PROBLEM_STATUS[this.code];
  }
}

/** A 400 about one place of the request. */
export function invalidRequest(path: string, message: string): Problem {
  return new Problem('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });
}

/** The short title that never changes for a code. */
export function problemTitle(code: ProblemCode): string {
  switch (code) {
    case 'invalid_request':
      return 'The request is not valid';
    case 'unauthenticated':
      return 'The key is missing or unknown';
    case 'forbidden':
      return 'This is not allowed';
    case 'not_found':
      return 'There is nothing here';
    case 'method_not_allowed':
      return 'This method is not offered here';
    case 'request_timeout':
      return 'The request took too long to arrive';
    case 'sale_conflict':
      return 'This sale reference was used for another sale';
    case 'lane_busy':
      return 'The lane has an open payment';
    case 'open_payment_paid':
      return 'The open payment of this lane was paid';
    case 'not_cancellable':
      return 'The payment has ended and cannot be cancelled';
    case 'refund_exceeds_payment':
      return 'The refunds would exceed the payment';
    case 'refund_conflict':
      return 'This refund reference was used for another refund';
    case 'not_refundable':
      return 'The payment cannot be refunded';
    case 'not_paid':
      return 'The payment is not paid';
    case 'not_rulable':
      return 'Nobody can rule on this payment now';
    case 'ruling_conflict':
      return 'Another ruling is open, or this one is not open any more';
    case 'already_dealt_with':
      return 'Somebody else has dealt with it';
    case 'day_closed':
      return 'The clearing day is sealed';
    case 'exceptions_open':
      return 'The clearing day cannot be sealed yet';
    case 'file_conflict':
      return 'A file of this name with other content is stored';
    case 'file_duplicate':
      return 'This file is stored under another name';
    case 'body_too_large':
      return 'The body is too large';
    case 'unsupported_media_type':
      return 'The body is not JSON in UTF-8';
    case 'host_not_allowed':
      return 'This host name is not served here';
    case 'too_many_requests':
      return 'Too many at once';
    case 'headers_too_large':
      return 'The request headers are too large';
    case 'internal_error':
      return 'Something went wrong in the bridge';
    case 'books_unavailable':
      return 'The books cannot be used at the moment';
    case 'stopping':
      return 'The bridge is stopping';
    default:
      return assertNever(code);
  }
}

/** The type of every problem document: a name, not an address. */
function problemType(code: ProblemCode): string {
  return `urn:order-code-bridge:problem:${code}`;
}

/** The members of a problem document; `errors` is always there for a 400. */
export function problemBody(problem: Problem, traceId: string): Record<string, unknown> {
  const { code, status, message, extras } = problem;
  return {
    ...extras.members,
    type: problemType(code),
    title: problemTitle(code),
    status,
    code,
    detail: message,
    traceId,
    ...(extras.errors !== undefined || status === 400 ? { errors: extras.errors ?? [{ path: 'request', message }] } : {}),
  };
}

/** Turns the answer under way into `problem`; headers that were set before (CORS, tracing) stay. */
export function answerProblem(ctx: Context, problem: Problem, traceId: string): void {
  const { status, extras } = problem;
  ctx.status = status;
  ctx.set(extras.headers ?? {});
  if (status === 429 || status === 503) ctx.set('Retry-After', String(extras.retryAfterSeconds ?? 1));
  ctx.set('Cache-Control', 'no-store');
  ctx.body = JSON.stringify(problemBody(problem, traceId));
  ctx.set('Content-Type', 'application/problem+json');
}
