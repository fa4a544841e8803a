import type Router from '@koa/router';
import { z } from 'zod';
import type { Log } from '../base/log.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';

/** What decides whether the bridge can take sales. */
export interface Readiness {
  /** `able`: lanes that can take a sale; a dead glass alone never makes a lane unable. */
  readonly lanes: { readonly total: number; readonly able: number };
  /** What is wrong, as code words that name nothing and nobody: `stopping`, `books.diskFull`, `clock.wrong`. */
  readonly reasons: readonly string[];
}

/** Port: how the bridge is, asked at every call. */
export interface BridgeHealth {
  readiness(): Promise<Readiness>;
}

// Whatever a probe adds to the address is none of our business.
const Anything = z.object({});
const ReadinessJson = z
  .strictObject({
    ready: z.boolean(),
    lanes: z.strictObject({ total: z.int(), able: z.int() }),
    reasons: z.array(z.string()).optional().meta({ description: 'Code words of docs/runbook.md.' }),
  })
  .meta({ id: 'Readiness' });

const readHealth = endpoint({
  name: 'readHealth',
  role: 'anyone',
  method: 'get',
  path: '/healthz',
  summary: 'Whether the process answers',
  params: Anything,
  query: Anything,
  body: null,
  answers: { 200: { says: 'It does.', schema: z.strictObject({ alive: z.literal(true) }) } },
  problems: [],
});

const readReadiness = endpoint({
  name: 'readReadiness',
  role: 'anyone',
  method: 'get',
  path: '/readyz',
  summary: 'Whether the bridge can take sales',
  params: Anything,
  query: Anything,
  body: null,
  answers: {
    200: { says: 'At least one lane can.', schema: ReadinessJson },
    503: { says: 'None can, and why.', schema: ReadinessJson },
  },
  problems: [],
});

/** The calls about health, for the API description. */
export const HEALTH_ENDPOINTS = [readHealth, readReadiness] as const;

/** `GET /healthz` (the process answers) and `GET /readyz` (it can take sales, else 503 and why, in code words): no key, no identifiers. */
export function healthRoutes(parts: {
  readonly health: BridgeHealth;
  readonly gate: Pick<BackOfficeGate, 'admit'>;
  readonly log: Log;
}): Router {
  const { router, open } = createBackOfficeRouter(parts);
  open(readHealth, async () => ({ status: 200, body: { alive: true } }));
  open(readReadiness, async () => {
    const { lanes, reasons } = await parts.health.readiness();
    const { total, able } = lanes;
    const ready = able > 0;
    return {
      status: ready ? 200 : 503,
      body: { ready, lanes: { total, able }, ...(reasons.length > 0 && { reasons }) },
      ...(!ready && { headers: { 'Retry-After': '5' } }),
    };
  });
  return router;
}
