import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BridgeError } from '../base/bridge-error.js';

/** The kernel keeps socket paths in 108 bytes (104 on macOS), the closing zero included. */
const LONGEST_SOCKET_PATH = 100;

/** What a bridge is known by on its machine: its SQLite file, else the file of its configuration. */
export interface AdminAnchor {
  readonly file: string;
  readonly database: { readonly client: 'sqlite3'; readonly filename: string } | { readonly client: 'pg' };
}

/**
 * Where the bridge of this configuration can be spoken to, best place first. Beside the SQLite file or the configuration file there may be
 * no writing (a folder of the system, a disk that is mounted for reading), and then the second place is used.
 */
export function adminPlaces({ file, database }: AdminAnchor, platform: NodeJS.Platform = process.platform): readonly string[] {
  const anchor = database.client === 'sqlite3' ? database.filename : file;
  const beside = adminSocketPath(anchor, platform);
  const second = join(ownTempFolder(), `${shortName(realName(anchor))}.admin`);
  return platform === 'win32' || beside === second ? [beside] : [beside, second];
}

/**
 * Where the bridge on this file can be spoken to: a socket beside the file, or, when that path is too long for a socket, one
 * with a short name in a folder of this user under the temp folder; on Windows a named pipe. The same file gives the same path.
 */
export function adminSocketPath(anchorFile: string, platform: NodeJS.Platform = process.platform): string {
  const real = realName(anchorFile);
  if (platform === 'win32') return `\\\\.\\pipe\\ocbridge-${shortName(real.toLowerCase())}`;
  const beside = `${anchorFile}.admin`;
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH) return beside;
  return join(ownTempFolder(), `${shortName(real)}.admin`);
}

function shortName(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** Through the links of the folder, so that two spellings of one file meet. */
function realName(anchorFile: string): string {
  try {
    return join(realpathSync(dirname(anchorFile)), basename(anchorFile));
  } catch {
    return anchorFile;
  }
}

function ownTempFolder(): string {
  return join(tmpdir(), `ocbridge-${userInfo().uid}`);
}

/**
 * Makes sure that a socket folder in the temp folder belongs to this account alone: anybody may have made one of that name before us
 * and could then listen in our place. With `create` it is made if missing. Throws `BridgeError` `admin.notAllowed` when it is
 * somebody else's. Folders elsewhere are left as they are.
 */
export function guardSocketFolder(path: string, create: boolean): void {
  const folder = dirname(path);
  if (process.platform === 'win32' || folder !== ownTempFolder()) return;
  if (create) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new BridgeError(
      'admin.notAllowed',
      `${folder} does not belong to this account alone. Repair: remove it, then start again.`,
    );
  }
}
