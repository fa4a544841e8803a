import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Names by which a program on the same machine reaches the bridge. */
const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** A DNS name has at most 253 characters, a port six with its colon: what is longer is no host, and no work is spent on it. */
const LONGEST_HOST = 260;

const HOST_WITH_PORT = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?$/;

/**
 * The name inside a `Host` header or a configuration entry, ready to compare: lower case, without port and trailing dot, IPv6 in
 * brackets and in its shortest spelling. `undefined` for anything that is not plainly a host name or an address.
 */
export function hostName(text: string): string | undefined {
  if (text.length > LONGEST_HOST) return undefined;
  const bracketed = isIPv6(text) ? `[${text}]` : text;
  const name = HOST_WITH_PORT.exec(bracketed)?.[1];
  if (name === undefined) return undefined;
  if (!name.startsWith('[')) return name.toLowerCase().replace(/\.$/, '') || undefined;
  const url = `http://${name}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** Decides about `Host` and `Origin` for one listener. */
export interface FrontDoor {
  /** Whether a `Host` header names this listener. */
  admitsHost(host: string | undefined): boolean;
  /** Whether a page of `origin` may call, given the `Host` header it called with. */
  admitsOrigin(origin: string, host: string): boolean;
}

/** What the front door of a listener needs to know. */
export interface FrontDoorRules {
  /** Beside the loopback names; compared without port, case-blind. */
  readonly allowedHosts: readonly string[];
  /** Scheme, host and port of foreign pages that may call, e.g. `https://till.example`. */
  readonly allowedOrigins: readonly string[];
  /** The listener speaks TLS. */
  readonly secure: boolean;
}

/** Builds the Host and Origin rule of a listener (till API contract: loopback names and `allowedHosts`; its own origin and `allowedOrigins`). */
export function createFrontDoor(rules: FrontDoorRules): FrontDoor {
  const hosts = new Set([...LOOPBACK_HOSTS, ...rules.allowedHosts].map(hostName).filter((name) => name !== undefined));
  const origins = new Set(rules.allowedOrigins.map(originText).filter((origin) => origin !== undefined));
  const scheme = rules.secure ? 'https:' : 'http:';
  const admitsHost = (host: string | undefined) => {
    const name = host === undefined ? undefined : hostName(host);
    return name !== undefined && hosts.has(name);
  };
  return {
    admitsHost,
    admitsOrigin(origin, host) {
      const normal = originText(origin);
      if (normal === undefined) return false;
      if (origins.has(normal)) return true;
      // "Its own" means: a page this very listener served, under any of its names, on the port that was called.
      const page = new URL(normal);
      const called = originText(`${scheme}//${host}`);
      return called !== undefined && page.protocol === scheme && admitsHost(page.hostname) && page.port === new URL(called).port;
    },
  };
}

/** Scheme, host and port as browsers write them; `undefined` for `null`, for paths and for schemes other than http and https. */
function originText(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\\\s,]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.hostname = url.hostname.replace(/\.$/, '');
  return url.origin;
}

/** One holder of keys: the SHA-256 of each key's text, lower-case hex, and whoever presents one of them. */
export interface KeyHolder<Holder> {
  readonly keySha256: readonly string[];
  readonly holder: Holder;
}

/** Finds who a presented key belongs to. */
export interface Keyring<Holder> {
  /** Compares with every configured key in constant time; `undefined` when none fits. */
  find(presentedKey: string): Holder | undefined;
  /** Puts another set of keys in force, for every later call. */
  replace(holders: readonly KeyHolder<Holder>[]): void;
}

/** A keyring over SHA-256 hashes; the keys themselves are never held. */
export function createKeyring<Holder>(holders: readonly KeyHolder<Holder>[]): Keyring<Holder> {
  let entries = hashesOf(holders);
  return {
    find(presentedKey) {
      const presented = createHash('sha256').update(presentedKey, 'utf8').digest();
      let found: Holder | undefined;
      // No early end: how long this takes must not tell which key came close.
      for (const { hash, holder } of entries) if (timingSafeEqual(hash, presented)) found = holder;
      return found;
    },
    replace(next) {
      entries = hashesOf(next);
    },
  };
}

function hashesOf<Holder>(holders: readonly KeyHolder<Holder>[]): { readonly hash: Buffer; readonly holder: Holder }[] {
  const all = holders.flatMap(({ keySha256, holder }) => keySha256.map((hex) => ({ hash: Buffer.from(hex, 'hex'), holder })));
  return all.filter(({ hash }) => hash.length === 32);
}

/** A new key of 32 random bytes as base64url, and the SHA-256 of its text as the configuration wants it (till API contract 3). */
export function newKey(): { readonly key: string; readonly keySha256: string } {
  const key = randomBytes(32).toString('base64url');
  return { key, keySha256: createHash('sha256').update(key, 'utf8').digest('hex') };
}

/** The key in an `Authorization: Bearer …` header (RFC 6750 2.1); `undefined` when there is none. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}
