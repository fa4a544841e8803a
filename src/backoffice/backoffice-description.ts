import { Buffer } from 'node:buffer';
import type Router from '@koa/router';
import { z } from 'zod';
import type { Log } from '../base/log.js';
import { describeApi } from '../http/describe-api.js';
import type { AnyEndpoint } from '../http/guard.js';
import { PROBLEM_CODES } from '../http/problem.js';
import { ALERT_ENDPOINTS } from './alert-calls.js';
import { AUDIT_ENDPOINTS } from './audit-calls.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';
import * as clearing from './clearing-api.js';
import { HEALTH_ENDPOINTS } from './health-routes.js';
import { readMetrics } from './metrics-route.js';
import * as payments from './payment-api.js';
import type { Role } from './people.js';
import { QUARANTINE_ENDPOINTS } from './quarantine-calls.js';
import * as refunds from './refund-api.js';
import * as rulings from './ruling-api.js';
import { SESSION_ENDPOINTS } from './session-routes.js';

type Described = AnyEndpoint & { readonly role: Role | 'anyone' };

const readDescription = endpoint({
  name: 'readDescription',
  role: 'anyone',
  method: 'get',
  path: '/api/openapi.json',
  summary: 'This document',
  params: z.object({}),
  query: z.object({}),
  body: null,
  answers: { 200: { says: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
  problems: [],
});

const ENDPOINTS: readonly Described[] = [
  ...SESSION_ENDPOINTS,
  ...Object.values(payments),
  ...Object.values(refunds),
  ...Object.values(rulings),
  ...ALERT_ENDPOINTS,
  ...QUARANTINE_ENDPOINTS,
  ...AUDIT_ENDPOINTS,
  ...Object.values(clearing),
  readMetrics,
  ...HEALTH_ENDPOINTS,
  readDescription,
] as unknown as readonly Described[];

const TAGS: readonly (readonly [string, string])[] = [
  ['/api/session', 'Sessions'],
  ['/api/payments', 'Payments'],
  ['/api/rulings', 'Rulings'],
  ['/api/alerts', 'Payments'],
  ['/api/quarantine', 'Payments'],
  ['/api/audit', 'The trail of acts'],
  ['/api/days', 'Clearing'],
  ['/api/clearing-files', 'Clearing'],
  ['/api/exceptions', 'Clearing'],
];

const ProblemJson = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: 'What a program decides on.' }),
    detail: z.string().meta({ description: 'For people.' }),
    traceId: z.string().meta({ description: 'Finds this call in the logs of the bridge; also in the header X-Trace-Id.' }),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          line: z.int().nullable().optional(),
          column: z.string().nullable().optional(),
        }),
      )
      .optional()
      .meta({ description: 'With every 400: what is wrong, and where; of a report file its name, line and column.' }),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457. A 4xx has changed nothing. After a 5xx the outcome is unknown: look, then ask again.',
  });

const NEEDS: Readonly<Record<Role, string>> = {
  viewer: 'Any role.',
  operator: 'Needs the role operator.',
  approver: 'Needs the role approver.',
};

/** The OpenAPI 3.1 document of the back office, made from the same tables and schemas that guard it. */
function describeBackOffice(version: string): object {
  return describeApi<Described>({
    title: 'Order-code terminal bridge: back office',
    version,
    description:
      'What people and their programs may ask. A session carries its cookie, and its csrfToken as X-CSRF-Token with everything but GET; a program sends an API key. Money is whole smallest units as text. Times are RFC 3339 in UTC with milliseconds, clearing days are UTC+8.',
    securitySchemes: {
      apiKey: { type: 'http', scheme: 'bearer', description: 'A key, made by `ocbridge user add --api-key`. Never in a URL.' },
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: '__Host-ocbridge',
        description: 'From `POST /api/session`; its name is `ocbridge` where the listener speaks no TLS.',
      },
      csrfToken: {
        type: 'apiKey',
        in: 'header',
        name: 'X-CSRF-Token',
        description: 'Beside the cookie, with everything but GET.',
      },
    },
    security: [{ apiKey: [] }, { session: [], csrfToken: [] }],
    securityOf: ({ role, method }) => {
      if (role === 'anyone') return [];
      return method === 'get' ? [{ apiKey: [] }, { session: [] }] : undefined;
    },
    endpoints: ENDPOINTS.map((one) => (one.role === 'anyone' ? one : { ...one, description: withRole(one, one.role) })),
    tagOf: ({ path }) => TAGS.find(([start]) => path.startsWith(start))?.[1] ?? 'The bridge',
    problem: ProblemJson,
  });
}

function withRole({ description }: Described, role: Role): string {
  return description === undefined ? NEEDS[role] : `${NEEDS[role]} ${description}`;
}

/** `GET /api/openapi.json`, without a key like that of the tills. */
export function descriptionRoute(parts: { readonly version: string; readonly gate: BackOfficeGate; readonly log: Log }): Router {
  const { router, open } = createBackOfficeRouter(parts);
  let json: Buffer | undefined;
  open(readDescription, async (_asked, _who, ctx) => {
    json ??= Buffer.from(JSON.stringify(describeBackOffice(parts.version), null, 2), 'utf8');
    ctx.body = json;
    ctx.set('Content-Type', 'application/json; charset=utf-8');
    ctx.set('Cache-Control', 'no-cache');
    return undefined;
  });
  return router;
}
