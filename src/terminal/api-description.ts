import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { AnyEndpoint } from '../http/guard.js';
import { PROBLEM_CODES, PROBLEM_STATUS, type ProblemCode, problemTitle } from '../http/problem.js';
import { STATES } from '../payment/payment.js';
import { TERMINAL_ENDPOINTS } from './terminal-api.js';

const ProblemJson = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: 'What a program decides on.' }),
    detail: z.string().meta({ description: 'For people.' }),
    traceId: z.string().meta({ description: 'Finds this call in the logs of the bridge; also in the header X-Trace-Id.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'With every 400: what is wrong, and where.' }),
    existing: z
      .object({ paymentRequestId: z.string(), state: z.enum(STATES) })
      .optional()
      .meta({ description: 'With `sale_conflict`: the payment of the sale that has this reference.' }),
    openPayment: z
      .object({ paymentRequestId: z.string(), saleReference: z.string(), terminalId: z.string(), state: z.enum(STATES) })
      .optional()
      .meta({ description: 'With `lane_busy` and `open_payment_paid`: the payment in the way.' }),
    payment: z
      .object({ paymentRequestId: z.string(), state: z.enum(STATES) })
      .optional()
      .meta({ description: 'With `not_cancellable`: the payment and its end.' }),
  })
  .meta({
    id: 'Problem',
    description:
      'RFC 9457. A 4xx has created or changed nothing (a cancel that `replaceOpenPayment` asked for goes on). After a 5xx the outcome is unknown: ask again with the same reference.',
  });

const PreferHeader = z.object({
  Prefer: z.string().optional().meta({ description: '`wait=N`: seconds to wait for a showable code or the end, at most 25.' }),
});

const ResumeHeader = z.object({
  'Last-Event-ID': z.string().optional().meta({ description: 'The id of the last event that was heard.' }),
});

const HEADERS: Readonly<Record<string, z.ZodObject>> = {
  startPayment: PreferHeader,
  cancelPayment: PreferHeader,
  laneEvents: ResumeHeader,
};

/** The OpenAPI 3.1 document of the terminal API, made from the same table and schemas that guard it. */
export function describeTerminalApi(version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'terminalKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A terminal key, made by `ocbridge terminal add`. Never in a URL.',
  });
  for (const endpoint of TERMINAL_ENDPOINTS) registry.registerPath(routeOf(endpoint));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Order-code terminal bridge: terminal API',
      version,
      description:
        'What a till may ask. Money is always whole smallest units as text. Times are RFC 3339 in UTC with milliseconds. Unknown fields are refused.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ terminalKey: [] }],
  });
}

function routeOf(endpoint: AnyEndpoint): RouteConfig {
  const headers = HEADERS[endpoint.name];
  return {
    operationId: endpoint.name,
    method: endpoint.method,
    path: endpoint.path,
    tags: [endpoint.path.startsWith('/v1/lanes') ? 'Lanes' : 'Payments'],
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    request: {
      params: endpoint.params,
      query: endpoint.query,
      ...(headers === undefined ? {} : { headers }),
      ...(endpoint.body === null ? {} : { body: { required: true, content: { 'application/json': { schema: endpoint.body } } } }),
    },
    responses: { ...answersOf(endpoint), ...problemsOf(endpoint) },
  };
}

function answersOf(endpoint: AnyEndpoint): RouteConfig['responses'] {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, { says, mediaType, schema }]) => [
      status,
      { description: says, content: { [mediaType ?? 'application/json']: { schema } } },
    ]),
  );
}

function problemsOf(endpoint: AnyEndpoint): RouteConfig['responses'] {
  const always: readonly ProblemCode[] = ['forbidden', 'host_not_allowed', 'internal_error'];
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...endpoint.problems, ...always])) {
    byStatus.set(PROBLEM_STATUS[code], [...(byStatus.get(PROBLEM_STATUS[code]) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problemTitle(code)}.`).join(' '),
        content: { 'application/problem+json': { schema: ProblemJson } },
      },
    ]),
  );
}
