/** Causes the bridge can name by itself. Area first, then cause; each has a line in docs/runbook.md. */
export const BRIDGE_ERROR_CODES = [
  'config.wrong',
  'books.locked',
  'books.unavailable',
  'books.busy',
  'books.diskFull',
  'books.readOnly',
  'books.corrupt',
  'books.unreadableRow',
  'books.notAllowed',
  'books.unfit',
  'books.notMigrated',
  'books.openToOthers',
  'upstream.nameUnknown',
  'upstream.refused',
  'upstream.unreachable',
  'upstream.certificateExpired',
  'upstream.certificateNotYetValid',
  'upstream.certificateName',
  'upstream.certificateUntrusted',
  'upstream.tlsFailed',
  'upstream.noAnswer',
  'listen.portTaken',
  'reports.unreachable',
  'reports.noAnswer',
  'reports.hostKeyDiffers',
  'reports.loginRefused',
  'reports.notAllowed',
  'display.portBusy',
  'display.portMissing',
  'display.portAmbiguous',
  'display.noPermission',
  'display.portLost',
  'admin.notRunning',
  'admin.notAllowed',
  'admin.noAnswer',
] as const;
export type BridgeErrorCode = (typeof BRIDGE_ERROR_CODES)[number];

/** Thrown where a library forces throwing, or where starting is pointless. `message` says what is wrong and how to repair it. */
export class BridgeError extends Error {
  override name = 'BridgeError';
  readonly code: BridgeErrorCode;
  constructor(code: BridgeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the books as a whole cannot be used: everybody waits for that to pass, and the books' own watch tells people. */
export function isBooksTrouble(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code.startsWith('books.') && error.code !== 'books.unreadableRow';
}
