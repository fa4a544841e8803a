import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';
import { NO_FACTS, type PermissionFacts, permissionAdvice, permissionFacts } from './permission-advice.js';
import { portHolders } from './port-holders.js';

/** `display.portLost` for anything that broke an open port. */
export function asPortLost(cause: unknown, port: string): BridgeError {
  if (cause instanceof BridgeError) return cause;
  return new BridgeError('display.portLost', `The display's port ${port} was lost: ${errorText(cause)}.`, { cause });
}

/**
 * What a failed opening means. The serial library gives no codes, only messages (Linux, macOS and Windows wordings); sockets and files
 * give codes. Anything unknown counts as a missing port, which is looked for again and again.
 */
export function openingError(
  cause: unknown,
  port: string,
  isWindows: boolean,
  facts: PermissionFacts = NO_FACTS,
  holders: readonly string[] = [],
): BridgeError {
  if (cause instanceof BridgeError) return cause;
  const text = errorText(cause);
  const says = (pattern: RegExp) => pattern.test(text);
  if (says(/cannot lock port|resource busy|EBUSY|temporarily unavailable/i)) {
    return new BridgeError(
      'display.portBusy',
      holders.length > 0
        ? `Another program holds the display's port ${port}: ${holders.join(', ')}. Close it.`
        : `Another program holds the display's port ${port}. Close it (a terminal program, a second bridge, ModemManager, brltty).`,
      { cause },
    );
  }
  if (says(/permission denied|EACCES|EPERM|access denied|access is denied/i)) {
    return new BridgeError('display.noPermission', permissionAdvice(port, facts, isWindows), { cause });
  }
  if (says(/is a directory|inappropriate ioctl|not a tty|not a character device/i)) {
    return new BridgeError('display.portMissing', `${port} is not a serial port (${text}).`, { cause });
  }
  if (says(/ENOENT|no such file|file not found/i)) {
    return new BridgeError(
      'display.portMissing',
      `The display's port ${port} is not there: is the display plugged in? "ocbridge display list" shows the ports there are.`,
      {
        cause,
      },
    );
  }
  // What Windows says to a speed that the adapter lacks.
  if (says(/SetCommState/i)) {
    return new BridgeError('display.portMissing', `${port} does not do this speed: set another baudRate (${text}).`, { cause });
  }
  if (says(/ECONNREFUSED/)) {
    return new BridgeError('display.portMissing', `Nothing listens on ${port}: is the serial device server on?`, { cause });
  }
  return new BridgeError('display.portMissing', `The display's port ${port} is not there: ${text}.`, { cause });
}

/** The same, with what can be found out about who owns or holds the device file `path`. */
export async function explainedOpeningError(cause: unknown, port: string, path: string | undefined): Promise<BridgeError> {
  const isWindows = process.platform === 'win32';
  const error = openingError(cause, port, isWindows);
  if (isWindows || path === undefined) return error;
  if (error.code === 'display.portBusy') return openingError(cause, port, isWindows, NO_FACTS, await portHolders(path));
  if (error.code !== 'display.noPermission') return error;
  return openingError(cause, path, isWindows, await permissionFacts(path));
}
