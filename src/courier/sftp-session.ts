import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import { readSshKey, SSH_KEY_REPAIR } from './sftp-key.js';

/** An account on the server of the reports, as configured (`reconciliation: sftp`). */
export interface SftpAccount {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile: string;
  /** `SHA256:` and Base64 as OpenSSH prints it, or 64 hex digits. */
  readonly hostKeySha256: string;
}

export interface RemoteFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** As the server tells it, seconds since 1970; undefined where it does not. */
  readonly modifiedAt: number | undefined;
}

/** An open connection that only looks and reads: nothing on the server is ever written, renamed or removed. */
export interface SftpSession {
  /** Files of a folder; undefined when there is no such folder. Rejects with `BridgeError` of area `reports`. */
  list(folder: string): Promise<readonly RemoteFile[] | undefined>;
  /** The bytes of a file; ends in a `BridgeError` when the line breaks or nothing comes for a while. */
  read(path: string): AsyncGenerator<Buffer>;
  /** Never rejects; idempotent. */
  close(): void;
}

const CONNECTED_WITHIN_MS = 20_000;
const ANSWERED_WITHIN_MS = 30_000;
const CHUNK_BYTES = 128 * 1024;
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

/** What a server that does not answer in time is told as. */
function tooLate(about: string, what: string): BridgeError {
  const repair = 'look at the line to it; a running bridge tries again by itself';
  return new BridgeError('reports.noAnswer', `${about} ${what}. Repair: ${repair}.`);
}

/** The work's own end, or the error of `late` when it has none within `ms` of the given clock. */
async function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => BridgeError): Promise<T> {
  const over = new AbortController();
  try {
    const first = await Promise.race([work.then((value) => ({ value })), clock.sleep(ms, over.signal).then(() => undefined)]);
    if (first === undefined) throw late();
    return first.value;
  } finally {
    over.abort();
  }
}

/** The fingerprint of a key as OpenSSH prints it. */
function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function isConfigured(key: Buffer, wanted: string): boolean {
  const hash = createHash('sha256').update(key);
  const digest = hash.digest();
  return /^[0-9a-fA-F]{64}$/.test(wanted)
    ? digest.equals(Buffer.from(wanted, 'hex'))
    : digest.equals(Buffer.from(wanted.replace(/^SHA256:/, ''), 'base64'));
}

/** The file was checked at the start, and may have been changed since. Rejects with `BridgeError` `config.wrong`. */
async function readKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const read = readSshKey(text);
  if ('key' in read) return read.key;
  throw new BridgeError('config.wrong', `${file} cannot be used: ${read.unusable}. Repair: ${SSH_KEY_REPAIR}`);
}

function connectTrouble(about: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const { level, code } = error as { readonly level?: string; readonly code?: unknown };
  if (level === 'client-authentication') {
    const repair = 'let the upstream know the public key of privateKeyFile and this address, and compare user';
    return new BridgeError('reports.loginRefused', `${about} refuses the account and its key. Repair: ${repair}.`);
  }
  const why = typeof code === 'string' ? code : errorText(error);
  const repair = 'compare host and port, and have the address of this machine put on the list of the upstream';
  return new BridgeError('reports.unreachable', `${about} cannot be reached (${why}). Repair: ${repair}.`, { cause: error });
}

/**
 * Connects and logs in; `stop` cuts the connection off. The clock decides about every time-out; the library's own timers are off. Rejects with `BridgeError` of area
 * `reports`, and leaves nothing open then. Key material is in no error.
 */
export async function openSftp(account: SftpAccount, clock: Clock, stop: AbortSignal): Promise<SftpSession> {
  const { host, port, user, privateKeyFile, hostKeySha256 } = account;
  const about = `${host}:${port}`;
  const privateKey = await readKey(privateKeyFile);
  const client: Client = new ssh2.Client();
  const cutOff = () => void client.destroy();
  stop.addEventListener('abort', cutOff, { once: true });
  let shown: string | undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    client.on('error', (error) => reject(shown === undefined ? connectTrouble(about, error) : otherKey(about, shown)));
    client.on('close', () => reject(tooLate(about, 'broke the connection off')));
  });
  // It may break when nobody asks anything.
  broken.catch(() => undefined);
  const opened = new Promise<SFTPWrapper>((resolve, reject) => {
    client.on('ready', () => {
      client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(connectTrouble(about, error))));
    });
    try {
      client.connect({
        ...{ host, port, username: user, privateKey, readyTimeout: 0, keepaliveInterval: 0 },
        hostVerifier: (key: Buffer) => {
          if (isConfigured(key, hostKeySha256)) return true;
          shown = fingerprintOf(key);
          return false;
        },
      });
    } catch (error) {
      reject(unusableKey(privateKeyFile, error));
    }
  });
  const late = () => tooLate(about, 'does not answer');
  const close = () => {
    stop.removeEventListener('abort', cutOff);
    client.destroy();
  };
  const sftp = await within(clock, CONNECTED_WITHIN_MS, Promise.race([opened, broken]), late).catch((error: unknown) => {
    close();
    throw error;
  });
  // Errors of single requests come with their answers; those of the channel with the connection.
  sftp.on('error', () => undefined);
  return { ...reading({ sftp, about, broken, clock }), close };
}

function unusableKey(file: string, error: unknown): BridgeError {
  const isKey = /privateKey|key/i.test(errorText(error));
  const what = isKey ? `${file} holds no private key that SSH can use` : errorText(error);
  return new BridgeError('config.wrong', `${what}. Repair: ${SSH_KEY_REPAIR}`);
}

function otherKey(about: string, shown: string): BridgeError {
  const what = `${about} shows another host key than hostKeySha256, ${shown}; nothing was sent to it`;
  const repair = 'ask the upstream whether its key was changed; only if they say so, put the new one into hostKeySha256';
  return new BridgeError('reports.hostKeyDiffers', `${what}. Repair: ${repair}.`);
}

interface ReadingParts {
  readonly sftp: SFTPWrapper;
  readonly about: string;
  readonly broken: Promise<never>;
  readonly clock: Clock;
}

function reading({ sftp, about, broken, clock }: ReadingParts): Pick<SftpSession, 'list' | 'read'> {
  const silent = () => tooLate(about, `has said nothing for ${ANSWERED_WITHIN_MS / 1000} s`);
  const answered = <T>(work: Promise<T>) => within(clock, ANSWERED_WITHIN_MS, Promise.race([work, broken]), silent);
  return {
    list(folder) {
      const listed = new Promise<readonly RemoteFile[] | undefined>((resolve, reject) => {
        sftp.readdir(folder, (error, entries) => {
          if (error === undefined)
            resolve(
              entries
                .filter(({ attrs }) => attrs.isFile())
                .map(({ filename: name, attrs: { size, mtime: modifiedAt } }) => ({ name, size, modifiedAt })),
            );
          else if (codeOf(error) === NO_SUCH_FILE) resolve(undefined);
          else reject(readTrouble(about, folder, error));
        });
      });
      return answered(listed);
    },
    async *read(path) {
      const stream = sftp.createReadStream(path, { highWaterMark: CHUNK_BYTES });
      // Its last request may still be open when the connection is closed; what matters came by then, or is told by the loop below.
      stream.on('error', () => undefined);
      const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      try {
        for (;;) {
          const next = chunks.next().catch((error: unknown) => {
            throw readTrouble(about, path, error);
          });
          const { done, value } = await answered(next);
          if (done === true) return;
          yield value;
        }
      } finally {
        stream.destroy();
      }
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function readTrouble(about: string, path: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  if (codeOf(error) === PERMISSION_DENIED) {
    const repair = 'have the upstream open the folder for this account, and compare root and participantId';
    return new BridgeError('reports.notAllowed', `${about} does not let this account read ${path}. Repair: ${repair}.`);
  }
  return tooLate(about, `cannot give ${path} (${errorText(error)})`);
}
