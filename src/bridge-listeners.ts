import { readFile } from 'node:fs/promises';
import type Koa from 'koa';
import { type BackOfficeParts, createBackOfficeApp } from './backoffice/backoffice-app.js';
import { errorText, type Log } from './base/log.js';
import type { BridgeConfig, BrowserListenerConfig, ListenerConfig, TerminalListenerConfig } from './config/bridge-config.js';
import { boundedLog } from './http/bounded-log.js';
import { createHttpApp } from './http/http-app.js';
import { type Listener, startListener, type TlsFiles } from './http/listener.js';
import { type NotificationRouteParts, notificationRoutes } from './notification/notification-routes.js';
import { createTerminalApp, type TerminalAppParts } from './terminal/terminal-app.js';

type ListenerName = 'terminal' | 'upstream' | 'backOffice';

/** What the three listeners serve. */
export interface ListenerParts {
  readonly config: BridgeConfig;
  readonly tills: Omit<TerminalAppParts, 'frontDoor' | 'limits'>;
  readonly notifications: Omit<NotificationRouteParts, 'log'>;
  readonly people: Omit<BackOfficeParts, 'frontDoor' | 'log' | 'version'>;
}

/** The addresses that were opened; a listener that is left out of the configuration has none. */
export type ListenerUrls = { readonly [name in ListenerName]?: string };

/** The listeners that stand. */
export interface OpenListeners {
  readonly urls: ListenerUrls;
  /**
   * Reads keys and certificates again where the configuration names the same files as before; gives the names of those that could not be
   * used, after an alarm: what was shown stays. Never rejects.
   */
  renewTls(next: BridgeConfig): Promise<readonly string[]>;
}

/** Answers under way may take so long when a listener stops, ms. */
const STOP_GRACE_MS = 1000;
/** Notifications are small: whoever needs longer to send one holds a place that others need, ms. */
const NOTIFICATION_WITHIN_MS = 10_000;
/** A hundred files of 64 MiB come through in that time at 1 MiB/s, ms. */
const UPLOAD_WITHIN_MS = 2 * 3_600_000;
/** With the largest body that is taken, 32 MiB. */
const NOTIFICATIONS_AT_ONCE = 128;

/**
 * Opens the configured listeners, tills first; `opened` is told how to stop each as soon as it stands. Throws `BridgeError`:
 * `listen.portTaken`, `config.wrong`.
 */
export async function openListeners(parts: ListenerParts, opened: (stop: () => Promise<void>) => void): Promise<OpenListeners> {
  const { terminal, upstream, backOffice } = parts.config.listen;
  const { clock } = parts.tills;
  const log = boundedLog(parts.tills.log, clock);
  const urls: { [name in ListenerName]?: string } = {};
  const secure: SecureListener[] = [];
  const open = async (name: ListenerName, listen: ListenerConfig & Partial<TerminalListenerConfig>, app: Koa) => {
    const tls = listen.tls && (await readTls(listen.tls));
    const listener = await startListener({
      name,
      host: listen.host,
      port: listen.port,
      tls,
      handler: app.callback(),
      clock,
      log,
      limits: {
        ...(name === 'upstream' && { requestMs: NOTIFICATION_WITHIN_MS }),
        ...(name === 'backOffice' && { longRequestMs: UPLOAD_WITHIN_MS }),
        ...(listen.limits && { connections: listen.limits.connections }),
      },
    });
    opened(() => listener.stop(STOP_GRACE_MS));
    if (listen.tls !== undefined) secure.push({ name, files: listen.tls, listener });
    urls[name] = listener.url;
    log.info('listening', { listener: name, port: String(listener.port) });
  };
  if (terminal !== undefined)
    await open(
      'terminal',
      terminal,
      createTerminalApp({ ...parts.tills, log, frontDoor: frontDoorOf(terminal), limits: terminal.limits }),
    );
  if (upstream !== undefined) await open('upstream', upstream, upstreamApp(parts, upstream, log));
  if (backOffice !== undefined)
    await open(
      'backOffice',
      backOffice,
      await createBackOfficeApp({
        ...parts.people,
        log,
        version: parts.tills.version,
        frontDoor: frontDoorOf(backOffice),
      }),
    );
  return { urls, renewTls: (next) => renewTls(secure, next, log) };
}

type TlsPaths = NonNullable<BrowserListenerConfig['tls']>;

/** A listener that shows a certificate, and where that came from. */
interface SecureListener {
  readonly name: ListenerName;
  readonly files: TlsPaths;
  readonly listener: Pick<Listener, 'useTls'>;
}

async function readTls({ keyFile, certFile }: TlsPaths): Promise<TlsFiles> {
  return { key: await readFile(keyFile), cert: await readFile(certFile) };
}

async function renewTls(secure: readonly SecureListener[], { listen }: BridgeConfig, log: Log): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const { name, files, listener } of secure) {
    const { tls }: Partial<BrowserListenerConfig> = listen[name] ?? {};
    // Other files are another setting, which waits for a restart and is told as one.
    if (tls?.keyFile !== files.keyFile || tls.certFile !== files.certFile) continue;
    try {
      listener.useTls(await readTls(files));
    } catch (error) {
      // The check of the configuration found a pair a moment ago; the files may be written just now.
      log.alarm('a certificate could not be renewed; the old one stays in force', { listener: name, error: errorText(error) });
      kept.push(`listen.${name}.tls (its files are no pair just now: reload again)`);
    }
  }
  return kept;
}

function frontDoorOf(listen: BrowserListenerConfig) {
  const { allowedHosts, allowedOrigins, tls } = listen;
  return { allowedHosts, allowedOrigins, secure: tls !== undefined };
}

function upstreamApp(parts: ListenerParts, listen: ListenerConfig, log: Log): Koa {
  const urls = parts.config.upstreams.flatMap(({ notifyUrl, cashierNotifyUrl }) => [notifyUrl, cashierNotifyUrl ?? notifyUrl]);
  const notifyHosts = urls.map((url) => new URL(url).hostname);
  return createHttpApp({
    listener: 'upstream',
    frontDoor: { allowedHosts: [...listen.allowedHosts, ...notifyHosts], allowedOrigins: [], secure: false },
    cors: { methods: ['POST'], requestHeaders: ['Content-Type'], exposedHeaders: [], credentials: false },
    log,
    callsAtOnce: NOTIFICATIONS_AT_ONCE,
    routers: [notificationRoutes({ ...parts.notifications, log })],
  });
}
