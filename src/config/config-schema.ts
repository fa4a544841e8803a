import * as z from 'zod';
import { displayModelSchema, displaySchema, modelName } from './display-schema.js';
import { currency, distinct, formed, languageTag, name, oneOf, path, text, timeZone, whole } from './schema-words.js';
import { upstreamSchema } from './upstream-schema.js';

const host = formed(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an address', {
  description: 'address to listen on',
  example: '127.0.0.1',
}).default('127.0.0.1');
const port = (usual: number) =>
  whole(0, 65_535, { description: 'TCP port; 0 takes any free one', example: usual }).default(usual);
const allowedHosts = distinct(
  formed(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})$/, 'must be a host name without scheme and port', {
    description: 'host',
    example: 'till.example',
  }),
  0,
  100,
  { description: 'further Host names that are served; loopback names always are', example: ['bridge.shop.example'] },
).default([]);
const allowedOrigins = distinct(
  z
    .string()
    .refine(isOrigin, 'must be an origin like https://till.example, without a path; * is not possible')
    .meta({ description: 'origin', examples: ['https://till.example'] }),
  0,
  100,
  { description: 'origins of web tills', example: ['https://till.example'] },
).default([]);
const tls = z
  .strictObject({
    keyFile: path({ description: 'private key of the certificate, PEM', example: './tls/key.pem' }),
    certFile: path({ description: 'certificate with its chain, PEM', example: './tls/cert.pem' }),
  })
  .optional();

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text;
  } catch {
    return false;
  }
}

/** Texts and defaults of one share; the defaults lie far above what tills of a busy shop do. */
const share = (who: string, callsPerSecond: number, callsAtOnce: number, streams: number) =>
  z
    .strictObject({
      callsPerSecond: whole(1, 100_000, {
        description: `calls a second of ${who}; after a rest four seconds' worth at once`,
      }).default(callsPerSecond),
      callsAtOnce: whole(1, 10_000, { description: `calls of ${who} under way, waiting ones included` }).default(callsAtOnce),
      streams: whole(1, 10_000, { description: `event streams of ${who} open at once` }).default(streams),
    })
    .prefault({});
const terminalLimits = z
  .strictObject({
    connections: whole(10, 10_000, { description: 'connections at once' }).default(500),
    wrongKeysPerMinute: whole(1, 10_000, {
      description: 'calls a minute without a known key from one address; good keys from there are not held up',
    }).default(60),
    perTerminal: share('one terminal', 500, 128, 16),
    inAll: share('all terminals', 2000, 400, 200),
  })
  .prefault({})
  .meta({ description: 'what tills may ask at most; over it they are answered 429 with Retry-After' });

const listen = z.strictObject({
  terminal: z.strictObject({ host, port: port(8480), allowedHosts, allowedOrigins, tls, limits: terminalLimits }).optional(),
  upstream: z.strictObject({ host, port: port(8481), allowedHosts }).optional(),
  backOffice: z.strictObject({ host, port: port(8482), allowedHosts, allowedOrigins, tls }).optional(),
});

const database = z.discriminatedUnion('client', [
  z.strictObject({
    client: z.literal('sqlite3'),
    filename: path({ description: 'SQLite file; made at the first start', example: './data/bridge.sqlite' }),
  }),
  z.strictObject({
    client: z.literal('pg'),
    connection: text(4096, { description: 'connection string, from the environment', example: `\${DATABASE_URL}` }),
  }),
]);

const mcc = formed(/^[0-9]{4}$/, 'must be 4 digits in quotes', {
  description: 'merchant category code, in quotes',
  example: '5814',
});

/** Lengths of order-code reference 3.2, in characters. */
const address = z.strictObject({
  region: formed(/^[A-Z]{2}$/, 'must be two upper-case letters (ISO 3166)', { description: 'country', example: 'JP' }),
  state: text(8, { description: 'state or province' }).optional(),
  city: text(32, { description: 'city', example: 'Tokyo' }).optional(),
  address1: text(256, { description: 'first address line' }).optional(),
  address2: text(256, { description: 'second address line' }).optional(),
  zipCode: text(32, { description: 'postal code, in quotes', example: '104-0061' }).optional(),
});

const store = z.strictObject({
  referenceStoreId: text(64, { description: 'our id of the shop', example: 'S-9' }),
  storeName: text(256, { description: 'name of the shop', example: 'Example Shop Ginza' }),
  storeMCC: mcc.optional(),
  storeDisplayName: text(64, { description: 'name for payers' }).optional(),
  storeTerminalId: text(64, { description: 'id of the till' }).optional(),
  storeOperatorId: text(64, { description: 'id of the operator' }).optional(),
  storePhoneNo: text(24, { description: 'telephone, in quotes' }).optional(),
  storeAddress: address.optional(),
});

const merchant = z.strictObject({
  id: name({ description: 'name that lanes refer to', example: 'shop-114' }),
  currencies: distinct(currency({ description: 'ISO 4217', example: 'JPY' }), 1, 50, {
    description: 'currencies this merchant sells in',
    example: ['JPY'],
  }),
  language: languageTag({
    description: 'language of the words on the displays of its lanes, unless a display has its own; left out: en',
    example: 'ja',
  }).optional(),
  timeZone: timeZone({
    description: "zone of the times on this merchant's receipts and slips; left out: that of the bridge",
    example: 'Asia/Tokyo',
  }).optional(),
  referenceMerchantId: text(32, { description: 'id of the merchant at the acquirer', example: 'M-114' }),
  merchantName: text(256, { description: 'legal or trading name', example: 'Example Trading KK' }),
  merchantDisplayName: text(64, { description: 'name for payers', example: 'Example Shop' }).optional(),
  merchantMCC: mcc,
  merchantRegisterDate: formed(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
    'must be a time with an offset',
    {
      description: 'when the merchant was registered',
      example: '2024-01-31T00:00:00+09:00',
    },
  ).optional(),
  merchantAddress: address.meta({ description: 'address of the merchant', examples: [{ region: 'JP', city: 'Tokyo' }] }),
  store: store.meta({
    description: 'shop in which the codes are shown',
    examples: [{ referenceStoreId: 'S-9', storeName: 'Example Shop Ginza' }],
  }),
});

const lane = z.strictObject({
  id: name({ description: 'name of the checkout position', example: 'lane-1' }),
  merchant: text(64, { description: 'id of a merchant above', example: 'shop-114' }),
  upstream: text(64, { description: 'id of an upstream above', example: 'alipayplus' }),
  displays: z.array(displaySchema).max(16).default([]),
});

const terminal = z.strictObject({
  id: name({ description: 'name of the till', example: 'T01' }),
  lanes: distinct(text(64, { description: 'id of a lane above', example: 'lane-1' }), 1, 100, {
    description: 'lanes it may use',
    example: ['lane-1'],
  }),
  keySha256: distinct(
    formed(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of the key, 64 hex digits', {
      description: 'SHA-256 of the key',
    }).toLowerCase(),
    1,
    2,
    { description: 'one key, or two while a key is changed; "ocbridge terminal add" prints them', example: ['64 hex digits'] },
  ),
  may: distinct(oneOf(['pay', 'cancel', 'refund'], { description: 'a right', example: 'pay' }), 0, 3, {
    description: 'what the till may do',
    example: ['pay', 'cancel'],
  }),
});

const reconciliation = z.strictObject({
  upstream: text(64, { description: 'id of an upstream above', example: 'alipayplus' }),
  participantId: text(64, { description: 'our id in the report names, in quotes', example: '1020000000000000001' }),
  settlementCurrency: currency({ description: 'currency of the settlement', example: 'USD' }),
  participantAgreementId: text(64, { description: 'agreement in the report names, in quotes' }),
  alarmAt: formed(/^([01]\d|2[0-3]):[0-5]\d[+-]\d{2}:\d{2}$/, 'must be a time of day with an offset, like 12:00+08:00', {
    description: 'when missing files raise an alarm, in quotes',
    example: '12:00+08:00',
  }).default('12:00+08:00'),
  fees: z
    .array(
      z.strictObject({
        feeType: formed(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be upper-case letters', {
          description: 'feeType of the fee report',
          example: 'SERVICE',
        }),
        rate: formed(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a decimal between 0 and 1, in quotes', {
          description: 'share of the settlement amount',
          example: '0.002',
        }),
        onRefund: oneOf(['returned', 'none'], { description: 'whether a refund gives the fee back', example: 'none' }),
      }),
    )
    .max(50)
    .default([]),
  sftp: z
    .strictObject({
      host: formed(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name', {
        description: 'server of the reports',
        example: 'sftp.example',
      }),
      port: whole(1, 65_535, { description: 'TCP port', example: 22 }).default(22),
      user: text(128, { description: 'account', example: 'acqp' }),
      privateKeyFile: path({ description: 'private key for the account', example: './keys/sftp_key' }),
      hostKeySha256: formed(
        /^((SHA256:)?[A-Za-z0-9+/]{43}=?|[0-9a-fA-F]{64})$/,
        'must be the SHA-256 of the host key, as ssh-keygen -lf prints it',
        {
          description: 'SHA-256 of the host key of the server, in quotes',
          example: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
        },
      ),
      root: formed(/^(\/[^/\s]+)+$/, 'must be an absolute path', {
        description: 'folder of the reports',
        example: '/v1/settlements',
      }).default('/v1/settlements'),
    })
    .optional(),
});

const MODEL_ONLY: z.core.JSONSchema.JSONSchema = {
  type: 'object',
  description: 'a display whose model says which driver it needs',
  properties: {
    model: z.toJSONSchema(modelName, { io: 'input' }) as z.core.JSONSchema.JSONSchema,
    port: {},
    baudRate: {},
    options: {},
  },
  required: ['model', 'port'],
  additionalProperties: false,
};

/** The whole configuration file; unknown keys are refused everywhere. */
export const configSchema = z
  .strictObject({
    instanceId: formed(/^[A-Za-z0-9]{1,12}$/, 'must be 1 to 12 letters or digits', {
      description: 'first part of every paymentRequestId; unique among the bridges of one client id',
      example: 'SHOP114',
    }),
    role: oneOf(['all', 'acquirer', 'counter'], { description: 'which part of the bridge this process is' }).default('all'),
    acquirer: z
      .strictObject({
        url: text(2048, { description: 'address of the acquirer', example: 'https://acquirer.example' }),
        keyFile: path({ description: 'key of this counter', example: './keys/counter.key' }),
      })
      .optional(),
    timeZone: timeZone({
      description: 'zone of the times on pages, receipts and slips; left out: that of the machine',
      example: 'Asia/Tokyo',
    }).optional(),
    listen: listen.meta({ description: 'where the bridge listens', examples: [{ terminal: { host: '127.0.0.1', port: 8480 } }] }),
    database: database.meta({
      description: 'where the books are kept',
      examples: [{ client: 'sqlite3', filename: './data/bridge.sqlite' }],
    }),
    upstreams: z.array(upstreamSchema).min(1).max(50).meta({ description: 'the pay APIs' }),
    merchants: z.array(merchant).min(1).max(1000).meta({ description: 'the merchants' }),
    lanes: z.array(lane).min(1).max(1000).meta({ description: 'the checkout positions' }),
    terminals: z.array(terminal).max(1000).meta({ description: 'the tills' }).default([]),
    reconciliation: z.array(reconciliation).max(100).meta({ description: 'clearing reports' }).default([]),
  })
  .meta({ title: 'Configuration of the order-code terminal bridge' });

/** The file as parsed: formats right, defaults of the file filled in, names and files not yet checked. */
export type RawConfig = z.output<typeof configSchema>;

/** JSON Schema (2020-12) of the file as people write it, for editors; the build writes it to `config/bridge.schema.json`. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      // A display that names its model may leave the driver to it.
      if (zodSchema === displaySchema) jsonSchema.oneOf?.push(MODEL_ONLY);
    },
  }) as Record<string, unknown>;
}

/** JSON Schema of a model file, for editors; the build writes it to `config/display-model.schema.json`. */
export function displayModelJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(displayModelSchema, { io: 'input' }) as Record<string, unknown>;
}
