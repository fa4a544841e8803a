import type { RawConfig } from './config-schema.js';
import type { Finding } from './problem.js';
import type { DialectName, RawUpstream } from './upstream-schema.js';

/** Longest `paymentNotifyUrl` (order-code reference 3.1; sibling reference 1.3, 2.3, 3.3). */
const LONGEST_NOTIFY_URL: Readonly<Partial<Record<DialectName, number>>> = {
  mini_program_cashier: 1024,
  rebell_cashier: 1024,
  rebell_agreement: 1024,
};

/** Values of keys that a dialect does not know or that would do harm: authorise-and-capture would never take the money (sibling reference 2.3). */
const FORBIDDEN_VALUES: ReadonlyArray<{
  readonly dialect: DialectName;
  readonly key: 'productCode' | 'terminalType';
  readonly value: string;
  readonly message: string;
  readonly repair: string;
}> = [
  {
    dialect: 'mini_program_cashier',
    key: 'productCode',
    value: '51051000101000000012',
    message: 'is the product that only reserves money',
    repair: 'Use "51051000101000000011", or the cashier product of your contract.',
  },
  {
    dialect: 'antom_auto_debit',
    key: 'terminalType',
    value: 'SYSTEM',
    message: 'is no terminal type of the dialect antom_auto_debit',
    repair: 'Remove terminalType, or write WEB, WAP, APP or MINI_APP as Antom asks for it.',
  },
];

/** What the bridge writes itself, and what belongs to the connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'client-id',
  'request-time',
  'signature',
  'agent-token',
  'host',
  'connection',
  'transfer-encoding',
  'expect',
]);

/**
 * What of a pay request is the bridge's alone, in any dialect, also where it leaves a field out: which sale and whose money it is, how long
 * it lives, where the answer goes, and what has keys of its own in the configuration.
 */
const OWN_FIELDS: readonly string[] = [
  'paymentRequestId',
  'paymentAmount',
  'paymentExpiryTime',
  'paymentNotifyUrl',
  'cashierNotifyUrl',
  'paymentMethod',
  'paymentAuthCode',
  'paymentFactor',
  'productCode',
  'settlementStrategy',
  'splitSettlementId',
  'order.referenceOrderId',
  'order.orderDescription',
  'order.orderAmount',
  'order.goods',
  'order.merchant.referenceMerchantId',
  'order.merchant.merchantName',
  'order.merchant.merchantDisplayName',
  'order.merchant.merchantMCC',
  'order.merchant.merchantAddress',
  'order.env.userAgent',
];

/** Dialects that send `settlementCurrency`. */
const SETTLES: readonly DialectName[] = ['alipayplus_order_code', 'antom_auto_debit'];

/** Findings about values that fit the key and not the dialect. */
export function dialectValueFindings(config: RawConfig): Finding[] {
  return config.upstreams.flatMap((upstream, index) => [
    ...forbidden(upstream, index),
    ...notifyUrlLength(upstream, index),
    ...ownHeaders(upstream, index),
    ...ownFields(upstream, index),
    ...limitCurrency(config, upstream, index),
    ...settlement(upstream, index),
    ...leftOut(upstream, index),
  ]);
}

function forbidden(upstream: RawUpstream, index: number): Finding[] {
  return FORBIDDEN_VALUES.filter(({ dialect, key, value }) => upstream.dialect === dialect && upstream[key] === value).map(
    ({ key, message, repair }) => ({ path: ['upstreams', index, key], message, repair }),
  );
}

function notifyUrlLength({ dialect, notifyUrl }: RawUpstream, index: number): Finding[] {
  const longest = LONGEST_NOTIFY_URL[dialect];
  if (longest === undefined || notifyUrl.length <= longest) return [];
  const message = `has ${notifyUrl.length} characters; the dialect ${dialect} takes at most ${longest}`;
  return [{ path: ['upstreams', index, 'notifyUrl'], message, repair: 'Use a shorter address.' }];
}

function ownHeaders({ extraHeaders = {} }: RawUpstream, index: number): Finding[] {
  return Object.keys(extraHeaders)
    .filter((name) => OWN_HEADERS.has(name.toLowerCase()))
    .map((name) => ({
      path: ['upstreams', index, 'extraHeaders', name],
      message: 'is a header that the bridge writes itself',
      repair: `Remove ${name}${name.toLowerCase() === 'agent-token' ? ' and use agentToken' : ''}.`,
    }));
}

/** A field that the bridge would overwrite, or that would say something else about the sale, is a mistake and no wish. */
function ownFields({ extraBody = {} }: RawUpstream, index: number): Finding[] {
  return pathsOf(extraBody)
    .filter((path) => OWN_FIELDS.some((own) => path === own || path.startsWith(`${own}.`) || own.startsWith(`${path}.`)))
    .map((path) => ({
      path: ['upstreams', index, 'extraBody', ...path.split('.')],
      message: 'is a field that the bridge writes itself, or leaves out on purpose',
      repair: `Remove ${path} from extraBody.`,
    }));
}

/** Every value of the group that is no group itself, as in `order.merchant.merchantType`. */
function pathsOf(fields: Readonly<Record<string, unknown>>, before = ''): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? pathsOf({ ...value }, `${before}${name}.`)
      : [`${before}${name}`],
  );
}

function limitCurrency(config: RawConfig, { id, maxAmount }: RawUpstream, index: number): Finding[] {
  if (maxAmount === undefined) return [];
  const lanes = config.lanes.filter((lane) => lane.upstream === id);
  const taken = lanes.flatMap((lane) => config.merchants.find((merchant) => merchant.id === lane.merchant)?.currencies ?? []);
  if (taken.length === 0 || taken.includes(maxAmount.currency)) return [];
  const message = 'is a currency that no merchant of this upstream takes, so every sale would be refused';
  return [
    { path: ['upstreams', index, 'maxAmount', 'currency'], message, repair: `Write one of ${[...new Set(taken)].join(', ')}.` },
  ];
}

function settlement({ dialect, settlementCurrency }: RawUpstream, index: number): Finding[] {
  if (settlementCurrency === undefined || SETTLES.includes(dialect)) return [];
  const message = `is not sent by the dialect ${dialect}`;
  return [{ path: ['upstreams', index, 'settlementCurrency'], message, repair: 'Remove settlementCurrency.', onlyWarning: true }];
}

/** What may be left out, and that nobody may overlook: addresses that are not drawn, charges without a bound. */
const LEFT_OUT: ReadonlyArray<{
  readonly dialects: readonly DialectName[];
  readonly key: 'codeHosts' | 'maxAmount';
  readonly message: string;
  readonly repair: string;
}> = [
  {
    dialects: ['mini_program_cashier', 'rebell_cashier'],
    key: 'codeHosts',
    message: 'names no host, so no address of this wallet is drawn and every sale is cancelled',
    repair: "Once the wallet's own scanner has opened such a code in your shop, write codeHosts: [host of its addresses].",
  },
  {
    dialects: ['rebell_agreement', 'antom_auto_debit'],
    key: 'maxAmount',
    message: 'is left out: there is no limit per sale but that of the agreement itself, where it has one',
    repair: 'Write maxAmount: { currency: JPY, value: "50000" } with the most that one sale may charge without a code.',
  },
];

function leftOut(upstream: RawUpstream, index: number): Finding[] {
  const isEmpty = (key: 'codeHosts' | 'maxAmount') => {
    const value = upstream[key];
    return value === undefined || (Array.isArray(value) && value.length === 0);
  };
  return LEFT_OUT.filter(({ dialects, key }) => dialects.includes(upstream.dialect) && isEmpty(key)).map(
    ({ key, message, repair }) => ({ path: ['upstreams', index, key], message, repair, onlyWarning: true }),
  );
}
