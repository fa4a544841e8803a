import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';

/** `display.portLost` for anything that broke an open port. */
export function asPortLost(cause: unknown, port: string): BridgeError {
  if (cause instanceof BridgeError) return cause;
  return new BridgeError('display.portLost', `The display's port ${port} was lost: ${errorText(cause)}.`, { cause });
}

function permissionAdvice(port: string, isWindows: boolean): string {
  if (isWindows) return `Another program may hold ${port}, or this account may not use it.`;
  return (
    `The account the bridge runs under may not use ${port}. Add it to the group that owns the port (dialout on Debian and Ubuntu, ` +
    'uucp on Arch): sudo usermod -aG dialout <account>, then restart the service; or give the display a udev rule: ' +
    'SUBSYSTEM=="tty", ATTRS{idVendor}=="xxxx", ATTRS{idProduct}=="yyyy", SYMLINK+="customer-display", GROUP="dialout", MODE="0660", ' +
    'ENV{ID_MM_DEVICE_IGNORE}="1"'
  );
}

/**
 * What a failed opening means. The serial library gives no codes, only messages (Linux, macOS and Windows wordings); sockets and files
 * give codes. Anything unknown counts as a missing port, which is looked for again and again.
 */
export function openingError(cause: unknown, port: string, isWindows: boolean): BridgeError {
  if (cause instanceof BridgeError) return cause;
  const text = errorText(cause);
  const says = (pattern: RegExp) => pattern.test(text);
  if (says(/cannot lock port|resource busy|EBUSY|temporarily unavailable/i)) {
    return new BridgeError(
      'display.portBusy',
      `Another program holds the display's port ${port}. Close it (a terminal program, a second bridge, ModemManager, brltty).`,
      { cause },
    );
  }
  if (says(/permission denied|EACCES|EPERM|access denied|access is denied/i)) {
    return new BridgeError('display.noPermission', permissionAdvice(port, isWindows), { cause });
  }
  if (says(/is a directory|inappropriate ioctl|not a tty|not a character device/i)) {
    return new BridgeError('display.portMissing', `${port} is not a serial port (${text}).`, { cause });
  }
  if (says(/ENOENT|no such file|file not found/i)) {
    return new BridgeError('display.portMissing', `The display's port ${port} is not there: is the display plugged in?`, {
      cause,
    });
  }
  if (says(/ECONNREFUSED/)) {
    return new BridgeError('display.portMissing', `Nothing listens on ${port}: is the serial device server on?`, { cause });
  }
  return new BridgeError('display.portMissing', `The display's port ${port} is not there: ${text}.`, { cause });
}
