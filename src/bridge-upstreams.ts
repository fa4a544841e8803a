import { BridgeError } from './base/bridge-error.js';
import type { Clock } from './base/clock.js';
import { errorText, type Log } from './base/log.js';
import type { AnswerBooks } from './books/attempt-books.js';
import type { UpstreamClockBooks } from './books/shop-books.js';
import type { BridgeConfig, UpstreamConfig } from './config/bridge-config.js';
import type { NotifyingUpstream } from './notification/receive-notification.js';
import type { PaymentUpstream } from './payment/apply-evidence.js';
import type { Agreements } from './upstream/agreement-token.js';
import type { Dialect } from './upstream/dialect.js';
import { dialects } from './upstream/dialects.js';
import { createHttpsTransport } from './upstream/https-transport.js';
import { createPayClient } from './upstream/pay-client.js';
import { MOST_REMEMBERED } from './upstream/replay-check.js';
import type { UpstreamKeys } from './upstream/signed-call.js';
import type { Transport } from './upstream/transport.js';
import { CLOCK_ALARM_MS, createUpstreamClock } from './upstream/upstream-clock.js';
import { type UpstreamLine, watchLine } from './upstream/upstream-line.js';

/** One configured upstream, joined: what payments call, and what its notifications are checked against. */
export interface JoinedUpstream extends PaymentUpstream {
  readonly notifying: NotifyingUpstream;
  /** Upstream's clock minus ours, ms; 0 while unknown. */
  clockOffsetMs(): number;
  readonly line: UpstreamLine;
  /** Puts other keys and agreements in force. */
  useSecrets(secrets: Secrets): void;
  close(): Promise<void>;
}

const LONGEST_CONNECT_MS = 5000;

/** What a reload puts in force without a restart. */
interface Secrets {
  readonly keys: UpstreamKeys;
  readonly agreements: Agreements;
}

/** The keys and agreements as the configuration read them. */
function secretsOf(upstream: UpstreamConfig): Secrets {
  const keys = { signing: upstream.signingKey, verifying: upstream.upstreamKeys };
  return { keys, agreements: upstream.agreements };
}

/** Every configured upstream. */
export interface JoinedUpstreams {
  readonly all: readonly JoinedUpstream[];
  /** False for one that has payments in the books and left the configuration. */
  has(upstreamId: string): boolean;
  /** Throws `BridgeError` `config.wrong` for one that is not there. */
  of(upstreamId: string): JoinedUpstream;
  /** Upstream's clock minus ours, ms; 0 while unknown. */
  offsetMs(upstreamId: string): number;
  /** Puts the keys and agreements of a newly read configuration in force. */
  useKeys(settings: readonly UpstreamConfig[]): void;
  /** Cuts off calls under way. */
  close(): Promise<void>;
}

interface UpstreamParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly stored: { readonly clocks: UpstreamClockBooks; readonly answers: AnswerBooks };
  /** The same transport, with its calls counted. */
  readonly observe: (upstreamId: string, transport: Transport) => Transport;
}

/** Everything of an upstream's settings that a reload can not change, as one text. */
export function sameButKeys({ signingKey: _own, upstreamKeys: _theirs, agreements: _agreed, ...rest }: UpstreamConfig): string {
  return JSON.stringify(rest);
}

/** Joins all configured upstreams; opens no connection before the first call. */
export async function joinUpstreams(config: BridgeConfig, parts: UpstreamParts): Promise<JoinedUpstreams> {
  const joined = new Map<string, JoinedUpstream>();
  for (const settings of config.upstreams) joined.set(settings.id, await joinUpstream(settings, config, parts));
  const all = [...joined.values()];
  return {
    all,
    has: (upstreamId) => joined.has(upstreamId),
    of(upstreamId) {
      const found = joined.get(upstreamId);
      if (found === undefined)
        throw new BridgeError('config.wrong', `upstream ${upstreamId} has payments in the books and is not configured any more`);
      return found;
    },
    offsetMs: (upstreamId) => joined.get(upstreamId)?.clockOffsetMs() ?? 0,
    useKeys(settings) {
      for (const upstream of settings) {
        const before = config.upstreams.find(({ id }) => id === upstream.id);
        // New keys under the old client id would only be refused: such a change waits for the restart as a whole.
        if (before === undefined || sameButKeys(before) !== sameButKeys(upstream)) continue;
        joined.get(upstream.id)?.useSecrets(secretsOf(upstream));
      }
    },
    async close() {
      await Promise.all(all.map((upstream) => upstream.close()));
    },
  };
}

/** Joins transport, clock, dialect and keys of one upstream. */
async function joinUpstream(settings: UpstreamConfig, config: BridgeConfig, parts: UpstreamParts): Promise<JoinedUpstream> {
  const { clock, log } = parts;
  const dialect = dialectOf(settings);
  let secrets = secretsOf(settings);
  const codeRules = {
    hosts: new Set(settings.codeHosts?.map((host) => host.toLowerCase())),
    allowPostAsGet: settings.allowPostAsGet ?? false,
  };
  const known = await parts.stored.clocks.known(settings.id);
  const answeredBefore = await parts.stored.answers.newest(settings.id, MOST_REMEMBERED);
  const tell = (offsetMs: number) => {
    const fields = { upstreamId: settings.id, offsetMs };
    if (Math.abs(offsetMs) > CLOCK_ALARM_MS)
      log.alarm('the clock of this machine is wrong; times sent upstream are corrected', fields);
    else log.info('difference to the upstream clock changed', fields);
  };
  if (known !== undefined && Math.abs(known) > CLOCK_ALARM_MS) tell(known);
  const upstreamClock = createUpstreamClock(known, clock.wallSteps, (offsetMs) => {
    tell(offsetMs);
    parts.stored.clocks.remember(settings.id, offsetMs).catch((error: unknown) => {
      log.error('the clock difference could not be stored', { upstreamId: settings.id, error: errorText(error) });
    });
  });
  const { answerTimeoutMs, ...timing } = settings.timing;
  const connectMs = Math.min(LONGEST_CONNECT_MS, answerTimeoutMs.pay);
  const { line, transport } = watchLine({
    upstreamId: settings.id,
    baseUrl: settings.baseUrl,
    transport: parts.observe(settings.id, createHttpsTransport(settings.baseUrl, clock, connectMs)),
    clock,
    log,
  });
  const upstream = createPayClient({
    id: settings.id,
    dialect,
    clientId: settings.clientId,
    acquirerId: settings.acquirerId,
    basePath: settings.basePath,
    signPath: settings.signPath,
    agentToken: settings.agentToken,
    extraHeaders: settings.extraHeaders ?? {},
    keys: () => secrets.keys,
    agreements: () => secrets.agreements,
    maxAmount: settings.maxAmount,
    codeRules,
    client: settings,
    merchants: new Map(config.merchants.map((merchant) => [merchant.id, merchant])),
    answeredBefore,
    timeoutsMs: answerTimeoutMs,
    transport,
    upstreamClock,
    clock,
    log,
  });
  return {
    upstream,
    timing: { ...timing, latePayment: settings.latePayment, booksSince: clock.now() },
    clockOffsetMs: upstream.clockOffsetMs,
    line,
    notifying: {
      id: settings.id,
      dialect,
      clientId: settings.clientId,
      acquirerId: settings.acquirerId,
      notifyPath: settings.notifyPath,
      keys: () => secrets.keys,
      codeRules,
      cashierNotifyPath: settings.cashierNotifyPath,
    },
    useSecrets(next) {
      secrets = next;
    },
    close() {
      line.close();
      return transport.close();
    },
  };
}

/** The dialect's table with the words the configuration chose for the wire. */
export function dialectOf(settings: UpstreamConfig): Dialect {
  const dialect = dialects.find(({ id }) => id === settings.dialect);
  if (dialect === undefined)
    throw new BridgeError(
      'config.wrong',
      `upstream ${settings.id}: the dialect ${settings.dialect} is not built into this version`,
    );
  const { algorithmText, requestTime, signatureEncoding: encoding } = settings;
  const paths = settings.refundPath === undefined ? dialect.paths : { ...dialect.paths, refund: settings.refundPath };
  return { ...dialect, paths, signing: { algorithmText, requestTime, encoding } };
}
