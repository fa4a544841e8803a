import { lookup } from 'node:dns/promises';
import { access, stat, statfs } from 'node:fs/promises';
import { BlockList, createServer, isIPv6 } from 'node:net';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import type { BridgeConfig } from '../config/bridge-config.js';
import { closeToOthersCommand, isOpenToOthers } from '../config/file-rights.js';
import { isLoopback } from '../config/loopback.js';
import type { KeyTools } from './cli-parts.js';
import { type CheckLine, linesOf } from './doctor-report.js';
import { checkKeys } from './key-commands.js';

/** The oldest Node.js the program is tested with (package.json, `engines`). */
const OLDEST_NODE = [20, 19] as const;

/** That the Node.js it runs on is not too old. */
export function nodeLine(version: string): CheckLine {
  const { ok, fail } = linesOf('node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld ? fail(version, 'too old', `install Node.js ${OLDEST_NODE.join('.')} or newer`) : ok(version, 'new enough');
}

/** That the file was read and checked. */
export function configurationLine({ file, lanes, terminals, upstreams }: BridgeConfig): CheckLine {
  const count = (many: readonly unknown[], one: string) => `${many.length} ${one}${many.length === 1 ? '' : 's'}`;
  return linesOf('configuration').ok(
    file,
    [count(upstreams, 'upstream'), count(lanes, 'lane'), count(terminals, 'till')].join(', '),
  );
}

/** Files that are worth something to a thief, or to somebody who can change them. */
export async function rightsLines(
  config: BridgeConfig,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly CheckLine[]> {
  const { ok, warn, fail } = linesOf('rights');
  const { listen, database } = config;
  const secret = [
    ...config.upstreams.map(({ privateKeyFile }) => privateKeyFile),
    ...config.reconciliation.flatMap(({ sftp }) => sftp?.privateKeyFile ?? []),
    ...[listen.terminal, listen.backOffice].flatMap((open) => open?.tls?.keyFile ?? []),
    ...(database.client === 'sqlite3' ? [database.filename] : []),
  ];
  const lines = secret.map(async (file) => {
    if (platform === 'win32')
      return ok(file, `rights are not looked at on Windows; ${closeToOthersCommand(file, platform)} closes it`);
    if ((await stat(file).catch(() => undefined)) === undefined) return ok(file, 'not there yet');
    return (await isOpenToOthers(file))
      ? fail(file, 'others may read it', `run ${closeToOthersCommand(file)}`)
      : ok(file, 'only its owner may read it');
  });
  const { mode } = await stat(config.file);
  const mayBeChanged = platform !== 'win32' && (mode & 0o022) !== 0;
  return [
    mayBeChanged
      ? warn(config.file, 'others may change it, and so where the money goes', `run chmod go-w ${config.file}`)
      : ok(config.file, 'only its owner may change it'),
    ...(await Promise.all(lines)),
  ];
}

/** A sign and verify round trip with the configured keys. */
export async function keyLines(config: BridgeConfig, keyTools: KeyTools): Promise<readonly CheckLine[]> {
  const { ok, fail } = linesOf('keys');
  return (await checkKeys(config, keyTools)).map((check) => {
    const [text = '', repair] = check.text.split(/\. Repair: /);
    return check.ok ? ok(check.upstream, text) : fail(check.upstream, text, (repair ?? '').replace(/\.$/, ''));
  });
}

const GIB = 1024 ** 3;
const LITTLE_ROOM = GIB;
const NO_ROOM = GIB / 10;

/** How much room the disk of a SQLite file has. */
export async function diskLines({ database }: BridgeConfig): Promise<readonly CheckLine[]> {
  if (database.client !== 'sqlite3') return [];
  const { ok, warn, fail } = linesOf('disk');
  const folder = await nearestFolder(dirname(database.filename));
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${(free / GIB).toFixed(free < GIB ? 2 : 1)} GiB free`;
  if (free < NO_ROOM) return [fail(folder, text, 'free space, or move the books to another disk')];
  return [free < LITTLE_ROOM ? warn(folder, text, 'free space before the books cannot grow any more') : ok(folder, text)];
}

/** The folder itself, or the nearest one above it that is there. */
export async function nearestFolder(folder: string): Promise<string> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || folder === dirname(folder) ? folder : nearestFolder(dirname(folder));
}

/** That each listener is held by the running bridge, or its port is free for the next start. */
export async function listenerLines(
  { listen }: BridgeConfig,
  held: Readonly<Record<string, string | undefined>> | undefined,
): Promise<readonly CheckLine[]> {
  const { ok, warn, fail } = linesOf('listener');
  const lines = (['terminal', 'upstream', 'backOffice'] as const).map(async (name) => {
    const open = listen[name];
    if (open === undefined) {
      const says = name === 'upstream' ? 'notifications are not received; the bridge only asks' : 'left out';
      return name === 'upstream' ? warn(name, says, `configure listen.${name}`) : ok(name, says);
    }
    const place = `${name}, ${open.host}:${open.port}`;
    const url = held?.[name];
    if (url !== undefined) return ok(place, `held by the running bridge (${url})`);
    if (held !== undefined) return fail(place, 'not held by the running bridge', 'restart it: its configuration has changed');
    const trouble = await bindTrouble(open.host, open.port);
    if (trouble === undefined) return ok(place, open.port === 0 ? 'takes any free port' : 'the port is free');
    return trouble === 'EADDRINUSE'
      ? fail(place, 'another program has the port', `stop it, or choose another port under listen.${name}`)
      : fail(place, `cannot be opened (${trouble})`, 'use an address of this machine and a port from 1024 up');
  });
  return Promise.all(lines);
}

function bindTrouble(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? errorText(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(network, prefix);
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

const LOOKED_UP_WITHIN_MS = 5000;

/** That the upstream could reach the address its notifications go to; whether it does, only a payment shows. */
export async function notifyLines({ upstreams }: BridgeConfig, clock: Clock): Promise<readonly CheckLine[]> {
  const { ok, warn } = linesOf('notifyUrl');
  const lines = upstreams.map(async ({ id, notifyUrl, clientId }) => {
    const about = `${id}, ${notifyUrl}`;
    const { hostname } = new URL(notifyUrl);
    if (isLoopback(hostname)) {
      return clientId.startsWith('SANDBOX_')
        ? ok(about, 'this machine itself, as with the simulator')
        : warn(about, 'the upstream cannot reach this machine under that name', 'name the public address of the proxy or tunnel');
    }
    const found = await addressesOf(hostname, clock);
    if (found.length === 0)
      return warn(
        about,
        'the name cannot be looked up from here',
        'look at DNS; notifications do not arrive under a name nobody knows',
      );
    const inside = found.filter((address) => PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
    return inside.length === found.length
      ? warn(
          about,
          `leads to ${inside.join(', ')}, which the upstream cannot reach`,
          'name the public address of the proxy or tunnel',
        )
      : ok(about, 'a public address');
  });
  return Promise.all(lines);
}

async function addressesOf(hostname: string, clock: Clock): Promise<readonly string[]> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  const looked = lookup(bare, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );
  const late = clock.sleep(LOOKED_UP_WITHIN_MS).then(() => []);
  return Promise.race([looked, late]);
}
