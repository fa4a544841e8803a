import * as z from 'zod';
import { currency, distinct, flag, formed, name, oneOf, path, text, whole } from './schema-words.js';

/** Every pay API the configuration can name. */
const DIALECTS = [
  'alipayplus_order_code',
  'antom_auto_debit',
  'mini_program_cashier',
  'rebell_cashier',
  'rebell_agreement',
  'acquirer',
] as const;

/** Name of a pay API. */
export type DialectName = (typeof DIALECTS)[number];

const ms = (lowest: number, highest: number, description: string, usual: number) =>
  whole(lowest, highest, { description: `${description}, ms`, example: usual }).default(usual);

/** No call may take longer than the bridge waits before it counts an attempt as lost with its process. */
const LONGEST_ANSWER_MS = 60_000;

const timing = z
  .strictObject({
    answerTimeoutMs: z
      .strictObject({
        pay: ms(1, LONGEST_ANSWER_MS, 'wait for the answer to pay', 8000),
        inquiry: ms(1, LONGEST_ANSWER_MS, 'wait for the answer to an inquiry', 5000),
        cancel: ms(1, LONGEST_ANSWER_MS, 'wait for the answer to a cancel', 8000),
        refund: ms(1, LONGEST_ANSWER_MS, 'wait for the answer to a refund', 8000),
      })
      .prefault({}),
    payPausesMs: z
      .array(whole(0, 60_000, { description: 'one pause, ms', example: 1000 }))
      .max(10)
      .meta({
        description: 'pauses between sends of the same pay request; their number + 1 is the most sends',
        examples: [[1000, 3000]],
      })
      .default([1000, 3000]),
    inquiryFirstAfterMs: whole(0, 600_000, {
      description: 'from the code to the first inquiry, ms; left out: as the dialect has it',
      example: 5000,
    }).optional(),
    inquiryEveryMs: z
      .tuple([
        whole(1, 600_000, { description: 'during the first 30 s, ms', example: 3000 }),
        whole(1, 600_000, { description: 'after that, ms', example: 5000 }),
      ])
      .meta({
        description: 'pauses between inquiries: first 30 s, then; left out: as the dialect has it',
        examples: [[3000, 5000]],
      })
      .optional(),
    inquiryPausesMs: z
      .array(whole(0, 600_000, { description: 'one pause, ms', example: 2000 }))
      .min(1)
      .max(20)
      .meta({
        description: 'pauses before the first inquiries, one by one; after the last one the second of inquiryEveryMs',
        examples: [[2000, 4000, 8000, 16000, 32000]],
      })
      .optional(),
    graceAfterExpiryMs: ms(0, 600_000, 'from the expiry to the cancel', 15_000),
    cancelEveryMs: ms(1, 600_000, 'between repeated cancels', 10_000),
    laneReleaseAfterMs: ms(0, 86_400_000, 'after which an unended payment lets its lane go', 60_000),
  })
  .prefault({});

const extraHeaders = z
  .record(
    formed(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be a header name', { description: 'header name' }),
    text(2048, { description: 'header value, in quotes' }).refine(
      (value) => /^[\x20-\x7e]+$/.test(value),
      'must be visible ASCII characters and blanks',
    ),
  )
  .meta({ description: 'further headers of every call', examples: [{ 'Merchant-Id': 'M-1' }] });

const extraBody = z
  .record(
    text(64, { description: 'field' }),
    z
      .unknown()
      .refine(isMessageValue, 'must be built of texts in quotes, lists and groups; nothing may be empty')
      .refine(hasNoControlCharacter, 'contains a control character'),
  )
  .meta({ description: 'further fields of the pay body', examples: [{ partnerId: 'P-1' }] });

/** Every scalar of a message is a text, and none is empty (order-code reference 2.3). */
function isMessageValue(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null) return false;
  const inner = Object.values(value);
  return inner.length > 0 && inner.every(isMessageValue);
}

/** Such a character marks where an agreement's token is put in (`upstream/agreement-token.ts`). */
function hasNoControlCharacter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !/\p{Cc}/u.test(String(value));
  return Object.entries(value).every((member) => member.every(hasNoControlCharacter));
}

/** One upstream as written in the file; which optional keys fit which dialect is checked afterwards. */
export const upstreamSchema = z.strictObject({
  id: name({ description: 'name that lanes refer to', example: 'alipayplus' }),
  dialect: oneOf(DIALECTS, { description: 'which pay API is spoken', example: 'alipayplus_order_code' }),
  baseUrl: text(2048, { description: 'scheme and host of the gateway, without a path', example: 'https://gateway.example' }),
  clientId: formed(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters', {
    description: 'client id issued by the upstream; sandbox ids begin with SANDBOX_',
    example: 'SANDBOX_0TESTONLY0000001',
  }),
  acquirerId: text(64, {
    description: 'our id at the upstream (participant id of the Developer Center), in quotes',
    example: '1020000000000000001',
  }).optional(),
  keyVersion: formed(/^[A-Za-z0-9]{1,16}$/, 'must be 1 to 16 letters or digits, in quotes', {
    description: 'version of our key, in quotes',
    example: '1',
  }).default('1'),
  privateKeyFile: path({ description: 'our RSA-2048 private key, PEM (PKCS#8)', example: './keys/acqp_private.pem' }),
  upstreamPublicKeyFiles: z
    .record(
      formed(/^[A-Za-z0-9]{1,16}$/, 'must be a key version of 1 to 16 letters or digits', { description: 'key version' }),
      path({ description: 'public key of the upstream, PEM', example: './keys/alipayplus_public.pem' }),
    )
    .refine((files) => Object.keys(files).length > 0, 'names no key')
    .meta({ description: 'public keys of the upstream by key version', examples: [{ '1': './keys/alipayplus_public.pem' }] }),
  signatureEncoding: oneOf(['percent', 'plain', 'url'], { description: 'how we write the signature' }).optional(),
  notifyUrl: text(2048, {
    description: 'public address of our receiver, with a path of its own and no query string',
    example: 'https://shop.example/hooks/alipayplus/notifyPayment',
  }),
  settlementCurrency: currency({ description: 'only when it differs from the payment currency', example: 'USD' }).optional(),
  userAgent: text(256, { description: 'product and version of the till software', example: 'ExamplePOS/1.0' }).default(
    'OrderCodeBridge/1.0',
  ),
  latePayment: oneOf(['undo', 'ask'], { description: 'what happens to money that comes after the end of a sale' }).default(
    'undo',
  ),
  timing,
  agentToken: text(512, {
    description: 'token of an acting service provider, from the environment',
    example: `\${AGENT_TOKEN}`,
  }).optional(),
  splitSettlementId: text(16, { description: 'settlement batch assigned by the upstream' }).optional(),
  terminalType: oneOf(['WEB', 'WAP', 'APP', 'MINI_APP', 'SYSTEM'], {
    description: 'env.terminalType, if the upstream asks for it',
  }).optional(),
  productCode: text(32, {
    description: 'product as contracted; left out with mini_program_cashier: 51051000101000000011',
  }).optional(),
  basePath: formed(/^$|^(\/[A-Za-z0-9_.~-]+)+$/, 'must be empty or begin with / and not end with it', {
    description: 'path before /v1/payments/…',
    example: '/aps/api',
  }).optional(),
  signPath: formed(/^$|^(\/[A-Za-z0-9_.~-]+)+$/, 'must be empty or begin with / and not end with it', {
    description: 'path before /v1/payments/… as it is signed; left out: basePath',
    example: '/aps/api',
  }).optional(),
  refundPath: formed(/^(\/[A-Za-z0-9_.~-]+)+$/, 'must begin with / and not end with it', {
    description: 'path of the refund call after basePath',
    example: '/v1/payments/refund',
  }).optional(),
  algorithmText: formed(/^[A-Za-z0-9-]{1,32}$/, 'must be 1 to 32 letters, digits or -', {
    description: 'word that names the algorithm in the Signature header',
    example: 'RSA256',
  }).optional(),
  requestTime: oneOf(['isoOffset', 'isoUtc', 'epochMs'], { description: 'how times are written' }).optional(),
  cashierNotifyUrl: text(1024, {
    description: 'public address for a late cashier address',
    example: 'https://shop.example/hooks/rebell/cashier',
  }).optional(),
  allowPostAsGet: flag({ description: 'draw a redirect URL whose method is POST' }).optional(),
  codeHosts: distinct(
    formed(/^[A-Za-z0-9.-]{1,253}$/, 'must be a host name without scheme and port', {
      description: 'host',
      example: 'pay.example',
    }),
    0,
    50,
    {
      description: 'hosts whose redirect URL may be drawn; left out or empty: none, and such sales are cancelled',
      example: ['pay.example'],
    },
  ).optional(),
  agreementsFile: path({ description: 'YAML file of agreements, guarded like a key', example: './agreements.yaml' }).optional(),
  maxAmount: z
    .strictObject({
      currency: currency({ description: 'ISO 4217', example: 'JPY' }),
      value: formed(/^[1-9][0-9]{0,15}$/, 'must be 1 to 16 digits in quotes, without leading zeros', {
        description: 'smallest units',
        example: '5000',
      }),
    })
    .optional(),
  extraHeaders: extraHeaders.optional(),
  extraBody: extraBody.optional(),
});

/** One upstream as written in the file, before the dialect's defaults. */
export type RawUpstream = z.output<typeof upstreamSchema>;
