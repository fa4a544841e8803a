import type { Context, Middleware } from 'koa';
import type { z } from 'zod';
import { errorText, type Log } from '../base/log.js';
import { readJsonBody } from './body.js';
import { plainIssue } from './plain-issue.js';
import { type FieldError, invalidRequest, Problem, type ProblemCode } from './problem.js';
import { memberPath } from './strict-json.js';
import { traceIdOf } from './trace.js';

/** One answer that an endpoint may give with a 2xx status. */
export interface DescribedAnswer {
  readonly says: string;
  /** Default `application/json`. */
  readonly mediaType?: string;
  /** Checked before a JSON answer leaves; described only for other media types. */
  readonly schema: z.ZodType;
}

/** One call of an API as data: the routes, the guard and the API description are all read from it. */
export interface Endpoint<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  readonly name: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters as in `/v1/payments/{paymentRequestId}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: Params;
  readonly query: Query;
  /** null: the call has no body; an empty one and `{}` are let through. */
  readonly body: Body | null;
  /** Default `application/json`. A body of another kind is only described: the handler reads it by itself. */
  readonly bodyMediaType?: string;
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  readonly problems: readonly ProblemCode[];
}

/** Any endpoint, for tables. */
export type AnyEndpoint = Endpoint<z.ZodObject, z.ZodObject, z.ZodType>;

/** What came in, after the guard. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** What a handler wants to answer. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the guard of one endpoint is made of. */
export interface GuardParts<Who, Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  readonly endpoint: Endpoint<Params, Query, Body>;
  readonly bodyLimit: number;
  readonly log: Log;
  /** Runs first and throws a `Problem` for callers who may not; nothing of the body was read yet. */
  readonly admit: (ctx: Context) => Who | Promise<Who>;
  /** `undefined`: the handler has answered by itself (streams, pictures). */
  readonly handle: (
    asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>,
    who: Who,
    ctx: Context,
  ) => Promise<Reply | undefined>;
}

/** Middleware of one endpoint: who, then what, then the work, then a look at our own answer. */
export function guard<Who, Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  parts: GuardParts<Who, Params, Query, Body>,
): Middleware {
  const { endpoint } = parts;
  return async (ctx) => {
    const who = await parts.admit(ctx);
    const params = checked(endpoint.params, { ...routeParams(ctx) }, 'path');
    const query = checked(endpoint.query, queryOf(ctx), 'query');
    const isJson = endpoint.bodyMediaType === undefined;
    const body = isJson ? await bodyOf(ctx, endpoint.body, parts.bodyLimit) : (undefined as z.output<Body>);
    const reply = await parts.handle({ params, query, body }, who, ctx);
    if (reply === undefined) return;
    checkAnswer(endpoint, reply, parts.log, traceIdOf(ctx));
    ctx.status = reply.status;
    ctx.set('Cache-Control', 'no-store');
    ctx.set(reply.headers ?? {});
    ctx.body = reply.body;
  };
}

/** Nothing has a zero in its name, and PostgreSQL breaks off a question that holds one. */
function routeParams(ctx: Context): Readonly<Record<string, string>> {
  const params = (ctx as Context & { params?: Record<string, string> }).params ?? {};
  if (Object.values(params).some((value) => value.includes('\0')))
    throw new Problem('not_found', 'There is nothing at this address.');
  return params;
}

function queryOf(ctx: Context): Record<string, unknown> {
  const query = { ...ctx.query };
  for (const [name, value] of Object.entries(query))
    if ([value].flat().some((text) => text?.includes('\0'))) throw invalidRequest(name, 'must have no zero characters');
  return query;
}

async function bodyOf<Body extends z.ZodType>(ctx: Context, schema: Body | null, limit: number): Promise<z.output<Body>> {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return undefined as z.output<Body>;
  const value = await readJsonBody(ctx, limit);
  if (schema !== null) return checked(schema, value, 'body');
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const empty = value === undefined || (isObject && Object.keys(value).length === 0);
  if (!empty) throw problemOf([{ path: 'body', message: 'this call has no body' }]);
  return undefined as z.output<Body>;
}

const MOST_ERRORS = 20;

function checked<S extends z.ZodType>(schema: S, value: unknown, place: 'path' | 'query' | 'body'): z.output<S> {
  const result = schema.safeParse(value, { error: plainIssue });
  if (result.success) return result.data;
  throw problemOf(result.error.issues.flatMap((issue) => fieldErrors(issue, place)).slice(0, MOST_ERRORS));
}

function problemOf(errors: readonly FieldError[]): Problem {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}${more}`;
  return new Problem('invalid_request', detail, { errors });
}

/** Where zod found something, as `goods[2].goodsName`; `place` when it is the whole. */
function fieldErrors(issue: z.core.$ZodIssue, place: string): FieldError[] {
  const path = issue.path.reduce<string>(
    (parent, part) => (typeof part === 'number' ? `${parent}[${part}]` : memberPath(parent, String(part))),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: memberPath(path, key), message: 'is not known here' }));
  }
  return [{ path: path === '' ? place : path, message: issue.message }];
}

/** An answer that breaks its own description is a bug of ours: better a 500 than a till that misreads a payment. */
function checkAnswer(endpoint: AnyEndpointLike, reply: Reply, log: Log, traceId: string): void {
  const described = endpoint.answers[reply.status];
  const result = described?.schema.safeParse(reply.body);
  if (result?.success === true) return;
  const issue = result?.error.issues[0];
  const why = described === undefined ? `status ${reply.status} is not described` : `${issue?.path.join('.')}: ${issue?.message}`;
  log.error('an answer broke its own description', { call: endpoint.name, traceId, status: reply.status, why: errorText(why) });
  throw new Problem(
    'internal_error',
    'The bridge made an answer that it must not give. Nothing is said about the payment; ask again.',
  );
}

type AnyEndpointLike = Pick<AnyEndpoint, 'name' | 'answers'>;
