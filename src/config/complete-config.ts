import { resolve } from 'node:path';
import { readAgreements } from './agreements-file.js';
import type { BridgeConfig, UpstreamConfig } from './bridge-config.js';
import type { RawConfig } from './config-schema.js';
import { databaseFindings } from './database-checks.js';
import { dialectKeyFindings, timingSettings, wireSettings } from './dialect-defaults.js';
import { displayIconFindings } from './display-icons.js';
import type { DisplayConfig } from './display-schema.js';
import { readSigningKey, readUpstreamKeys, sftpKeyFindings, tlsFindings } from './key-files.js';
import type { Finding } from './problem.js';

/** Same values with every path absolute: relative ones are relative to the folder of the configuration file. */
export function resolvePaths(config: RawConfig, folder: string): RawConfig {
  const absolute = (file: string) => resolve(folder, file);
  const listener = <Listener extends { tls?: { keyFile: string; certFile: string } | undefined }>(open: Listener | undefined) =>
    open?.tls === undefined
      ? open
      : { ...open, tls: { keyFile: absolute(open.tls.keyFile), certFile: absolute(open.tls.certFile) } };
  return {
    ...config,
    acquirer: config.acquirer && { ...config.acquirer, keyFile: absolute(config.acquirer.keyFile) },
    listen: {
      ...config.listen,
      terminal: listener(config.listen.terminal),
      backOffice: listener(config.listen.backOffice),
    },
    database:
      config.database.client === 'sqlite3'
        ? { ...config.database, filename: absolute(config.database.filename) }
        : config.database,
    upstreams: config.upstreams.map((upstream) => ({
      ...upstream,
      privateKeyFile: absolute(upstream.privateKeyFile),
      upstreamPublicKeyFiles: Object.fromEntries(
        Object.entries(upstream.upstreamPublicKeyFiles).map(([version, file]) => [version, absolute(file)]),
      ),
      agreementsFile: upstream.agreementsFile === undefined ? undefined : absolute(upstream.agreementsFile),
    })),
    lanes: config.lanes.map((lane) => ({
      ...lane,
      displays: lane.displays.map((display) => displayPaths(display, absolute)),
    })),
    reconciliation: config.reconciliation.map((entry) =>
      entry.sftp === undefined
        ? entry
        : { ...entry, sftp: { ...entry.sftp, privateKeyFile: absolute(entry.sftp.privateKeyFile) } },
    ),
  };
}

function displayPaths<Display extends DisplayConfig>(display: Display, absolute: (file: string) => string): Display {
  const { icon } = display.options;
  const own = icon === undefined ? display : { ...display, options: { ...display.options, icon: absolute(icon) } };
  return own.driver !== 'virtual' && typeof own.port === 'string' && /^\.\.?\//.test(own.port)
    ? { ...own, port: absolute(own.port) }
    : own;
}

/** The file side of a configuration: keys read, rights looked at. `config` is there only when nothing but warnings was found. */
export async function completeConfig(
  config: RawConfig,
  file: string,
): Promise<{ readonly config: BridgeConfig | undefined; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const upstreams: UpstreamConfig[] = [];
  for (const [index, upstream] of config.upstreams.entries()) {
    findings.push(...dialectKeyFindings(upstream, index));
    const wire = wireSettings(upstream);
    const signing = await readSigningKey(['upstreams', index, 'privateKeyFile'], upstream.privateKeyFile, {
      keyVersion: upstream.keyVersion,
      encoding: wire.signatureEncoding,
      algorithmText: wire.algorithmText,
    });
    const theirs = await readUpstreamKeys(['upstreams', index, 'upstreamPublicKeyFiles'], upstream.upstreamPublicKeyFiles);
    const agreed = await readAgreements(['upstreams', index, 'agreementsFile'], upstream);
    if (agreed.kind === 'wrong') findings.push(...agreed.findings);
    if (signing.kind === 'wrong') findings.push(...signing.findings);
    if (theirs.kind === 'wrong') findings.push(...theirs.findings);
    const notify = URL.canParse(upstream.notifyUrl) ? new URL(upstream.notifyUrl) : undefined;
    if (signing.kind === 'ok' && theirs.kind === 'ok' && agreed.kind === 'ok' && notify !== undefined) {
      upstreams.push({
        ...upstream,
        ...wire,
        timing: timingSettings(upstream),
        baseUrl: upstream.baseUrl.replace(/\/$/, ''),
        notifyPath: notify.pathname,
        cashierNotifyPath: pathOf(upstream.cashierNotifyUrl),
        agreements: agreed.value,
        signingKey: signing.value,
        upstreamKeys: theirs.value,
      });
    }
  }
  findings.push(...(await otherFileFindings(config)), ...displayIconFindings(config), ...(await databaseFindings(config)));
  const wrong = findings.some(({ onlyWarning }) => onlyWarning !== true);
  if (wrong || upstreams.length < config.upstreams.length) return { config: undefined, findings };
  const { acquirer: _onlyForCounters, ...rest } = config;
  return { config: { ...rest, file, upstreams }, findings };
}

function pathOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
}

async function otherFileFindings(config: RawConfig): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of ['terminal', 'backOffice'] as const) {
    const tls = config.listen[name]?.tls;
    if (tls !== undefined) findings.push(...(await tlsFindings(['listen', name, 'tls'], tls)));
  }
  for (const [index, entry] of config.reconciliation.entries()) {
    const path = ['reconciliation', index, 'sftp', 'privateKeyFile'];
    if (entry.sftp !== undefined) findings.push(...(await sftpKeyFindings(path, entry.sftp.privateKeyFile)));
  }
  return findings;
}
