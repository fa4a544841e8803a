import { z } from 'zod';
import { describeApi } from '../http/describe-api.js';
import type { AnyEndpoint } from '../http/guard.js';
import { PROBLEM_CODES } from '../http/problem.js';
import { STATES } from '../payment/payment.js';
import { REFUND_STATES } from '../payment/refund.js';
import { MoneyJson } from './payment-schemas.js';
import { TERMINAL_ENDPOINTS } from './terminal-api.js';

/** Every member that a problem document of the terminal API may have. */
export const ProblemJson = z
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
      .union([
        z.object({ paymentRequestId: z.string(), state: z.enum(STATES) }),
        z.object({ refundReference: z.string(), refundRequestId: z.string(), state: z.enum(REFUND_STATES) }),
      ])
      .optional()
      .meta({
        description:
          'With `sale_conflict`: the payment of the sale that has this reference. With `refund_conflict`: the refund that has it.',
      }),
    left: MoneyJson.optional().meta({ description: 'With `refund_exceeds_payment`: how much can still be refunded.' }),
    openPayment: z
      .object({ paymentRequestId: z.string(), saleReference: z.string(), terminalId: z.string(), state: z.enum(STATES) })
      .optional()
      .meta({ description: 'With `lane_busy` and `open_payment_paid`: the payment in the way.' }),
    payment: z
      .object({ paymentRequestId: z.string(), state: z.enum(STATES) })
      .optional()
      .meta({ description: 'With `not_cancellable`, `not_refundable` and `not_paid`: the payment and how it stands.' }),
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
  return describeApi<AnyEndpoint>({
    title: 'Order-code terminal bridge: terminal API',
    version,
    description:
      'What a till may ask. Money is always whole smallest units as text. Times are RFC 3339 in UTC with milliseconds. Unknown fields are refused.',
    securitySchemes: {
      terminalKey: {
        type: 'http',
        scheme: 'bearer',
        description: 'A terminal key, made by `ocbridge terminal add`. Never in a URL.',
      },
    },
    security: [{ terminalKey: [] }],
    endpoints: TERMINAL_ENDPOINTS,
    tagOf: ({ path }) => (path.startsWith('/v1/lanes') ? 'Lanes' : 'Payments'),
    headersOf: ({ name }) => HEADERS[name],
    problem: ProblemJson,
  });
}
