import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BridgeError, type BridgeErrorCode } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';

/** A cause of area `books` that comes and goes with the machine, and not with what was asked. */
type TroubleCode = Extract<
  BridgeErrorCode,
  'books.unavailable' | 'books.busy' | 'books.diskFull' | 'books.readOnly' | 'books.corrupt'
>;

/** The driver's primary result codes that speak of the file or its disk. What is not here is a mistake of ours. */
const SQLITE_CODES: Readonly<Record<string, TroubleCode>> = {
  SQLITE_FULL: 'books.diskFull',
  SQLITE_READONLY: 'books.readOnly',
  SQLITE_PERM: 'books.readOnly',
  SQLITE_CORRUPT: 'books.corrupt',
  SQLITE_NOTADB: 'books.corrupt',
  SQLITE_BUSY: 'books.busy',
  SQLITE_LOCKED: 'books.busy',
  SQLITE_IOERR: 'books.unavailable',
  SQLITE_CANTOPEN: 'books.unavailable',
  SQLITE_NOMEM: 'books.unavailable',
  SQLITE_PROTOCOL: 'books.unavailable',
  SQLITE_NOLFS: 'books.diskFull',
};

/**
 * Turns what the SQLite driver threw into a cause a person can act on; `undefined` for what is no trouble of the file: a mistake of
 * ours stays what it is. The driver's sentence quotes the statement with its values, so none of it gets into the message.
 */
export function sqliteTrouble(filename: string, error: unknown): BridgeError | undefined {
  if (error instanceof BridgeError) return error;
  if (error instanceof Error && error.name === 'KnexTimeoutError')
    return booksTrouble('books.unavailable', filename, 'no statement came to its turn in time', error);
  const code = codeOf(error);
  const found = SQLITE_CODES[code];
  if (found === undefined) return undefined;
  return booksTrouble(found === 'books.unavailable' ? seenFromOutside(filename) : found, filename, code, error);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_')) return error.code;
  return /SQLITE_[A-Z]+/.exec(error.message)?.[0] ?? '';
}

/** The driver says no more than "I/O error" when the file system became read-only, or a quota or the last byte of the disk is used up. */
function seenFromOutside(filename: string): TroubleCode {
  try {
    accessSync(dirname(filename), constants.W_OK);
    accessSync(filename, constants.W_OK);
  } catch (error) {
    if (/EROFS|EACCES|EPERM/.test(errorText(error))) return 'books.readOnly';
  }
  try {
    if (statfsSync(dirname(filename)).bavail === 0) return 'books.diskFull';
  } catch {
    // A folder that cannot be asked is no fuller for it.
  }
  return 'books.unavailable';
}

/** The sentence with its repair. */
export function booksTrouble(code: TroubleCode, filename: string, what: string, cause?: unknown): BridgeError {
  return new BridgeError(code, sentence(code, filename, what), { cause });
}

function sentence(code: TroubleCode, filename: string, what: string): string {
  switch (code) {
    case 'books.diskFull':
      return `The books ${filename} cannot grow: the disk is full (${what}). Repair: free space on the disk of ${dirname(filename)}; the bridge goes on by itself.`;
    case 'books.readOnly':
      return `The books ${filename} may be read and not written (${what}). Repair: mount the disk for writing, and let the account of the bridge own file and folder (chmod u+w, chown).`;
    case 'books.corrupt':
      return `The books ${filename} are damaged (${what}). Repair: stop, keep the file, restore the newest backup; do not delete the -wal file beside it.`;
    case 'books.busy':
      return `The books ${filename} are locked by another program (${what}). Repair: close whatever has the file open (a database browser, a virus scanner, a backup tool).`;
    case 'books.unavailable':
      return `The books ${filename} cannot be used (${what}). Repair: look whether the disk is there and sound.`;
  }
}
