import type { Agreements } from '../upstream/agreement-token.js';
import type { SignatureEncoding, SigningKey, VerifyingKeys } from '../upstream/signature.js';
import type { RawConfig } from './config-schema.js';
import type { timingSettings } from './dialect-defaults.js';
import type { DialectName, RawUpstream } from './upstream-schema.js';

/** Where and for whom one listener answers. */
export interface ListenerConfig {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Further host names that are served, without port. */
  readonly allowedHosts: readonly string[];
}

/** A listener that browsers may call, too; `tls` is always there beyond loopback. File paths are absolute. */
export interface BrowserListenerConfig extends ListenerConfig {
  readonly allowedOrigins: readonly string[];
  readonly tls?: { readonly keyFile: string; readonly certFile: string } | undefined;
}

/** The tills' listener. */
export interface TerminalListenerConfig extends BrowserListenerConfig {
  readonly limits: NonNullable<RawConfig['listen']['terminal']>['limits'];
}

/** One upstream, complete: the dialect's defaults filled in, paths absolute, keys read. */
export interface UpstreamConfig extends Readonly<Omit<RawUpstream, 'basePath' | 'timing'>> {
  readonly timing: ReturnType<typeof timingSettings>;
  readonly dialect: DialectName;
  /** Origin only, without a trailing slash. */
  readonly baseUrl: string;
  /** Path of `notifyUrl`, as the upstream signs it. */
  readonly notifyPath: string;
  /** Before `/v1/payments/…`, e.g. `/aps/api`; may be empty. */
  readonly basePath: string;
  readonly signPath: string;
  readonly signatureEncoding: SignatureEncoding;
  readonly algorithmText: string;
  readonly requestTime: 'isoOffset' | 'isoUtc' | 'epochMs';
  readonly signingKey: SigningKey;
  readonly upstreamKeys: VerifyingKeys;
  /** Path of `cashierNotifyUrl`, where there is one. */
  readonly cashierNotifyPath: string | undefined;
  /** Empty without an `agreementsFile`. */
  readonly agreements: Agreements;
}

/** One merchant; the fields go upstream as they stand (order-code reference 3.2). */
export type MerchantConfig = RawConfig['merchants'][number];
/** One checkout position; `merchant` and `upstream` are known to exist. */
export type LaneConfig = RawConfig['lanes'][number];
/** One till; its lanes are known to exist, its key hashes are lower-case hex. */
export type TerminalConfig = RawConfig['terminals'][number];
/** What is needed to reconcile one upstream and settlement currency. */
export type ReconciliationConfig = RawConfig['reconciliation'][number];
/** SQLite with an absolute path, or PostgreSQL. */
export type DatabaseConfig = RawConfig['database'];

/** A configuration with which the bridge can start: checked as a whole, defaults filled in, paths absolute, keys read. */
export interface BridgeConfig {
  /** Absolute path of the file this came from; `reload` reads it again. */
  readonly file: string;
  readonly instanceId: string;
  readonly role: RawConfig['role'];
  /** IANA name; left out: the zone of the machine. */
  readonly timeZone?: string | undefined;
  /** A listener that is left out is not opened. */
  readonly listen: {
    readonly terminal?: TerminalListenerConfig | undefined;
    readonly upstream?: ListenerConfig | undefined;
    readonly backOffice?: BrowserListenerConfig | undefined;
  };
  readonly database: DatabaseConfig;
  readonly upstreams: readonly UpstreamConfig[];
  readonly merchants: readonly MerchantConfig[];
  readonly lanes: readonly LaneConfig[];
  readonly terminals: readonly TerminalConfig[];
  readonly reconciliation: readonly ReconciliationConfig[];
}
