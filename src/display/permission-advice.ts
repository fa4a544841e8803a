import { readFile, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { listLinuxPorts } from './linux-ports.js';

/** What is known about a port that may not be opened, to name the repair exactly. */
export interface PermissionFacts {
  /** The account that asks. */
  readonly account: string;
  /** The group that owns the port; null when unknown or when it is root's own. */
  readonly group: string | null;
  /** The account is a member already, but this process is older than that. */
  readonly isMemberSinceRestart: boolean;
  readonly usb: { readonly vendorId: string; readonly productId: string } | null;
}

/** Nothing is known: the advice speaks in general. */
export const NO_FACTS: PermissionFacts = { account: '<account>', group: null, isMemberSinceRestart: false, usb: null };

/**
 * The line for a file in `/etc/udev/rules.d` that opens a display to a group and keeps ModemManager from typing at it (display reference
 * 12.2). A port that is not USB is named as the kernel does.
 */
function udevRule(port: string, { usb, group, account }: PermissionFacts): string {
  const isKnown = account !== NO_FACTS.account;
  const device =
    usb === null && isKnown
      ? `KERNEL=="${basename(port)}"`
      : `ATTRS{idVendor}=="${usb?.vendorId ?? 'xxxx'}", ATTRS{idProduct}=="${usb?.productId ?? 'yyyy'}"`;
  return (
    `SUBSYSTEM=="tty", ${device}, ` +
    `SYMLINK+="customer-display", GROUP="${group ?? 'dialout'}", MODE="0660", ENV{ID_MM_DEVICE_IGNORE}="1"`
  );
}

/** What to do about a port that may not be opened, as sentences for the technician. */
export function permissionAdvice(port: string, facts: PermissionFacts, isWindows: boolean): string {
  if (isWindows) return `Another program may hold ${port}, or this account may not use it.`;
  const { account, group } = facts;
  const who = account === NO_FACTS.account ? 'The account the bridge runs under' : `The account ${account}`;
  if (facts.isMemberSinceRestart) {
    return `${who} may not use ${port} yet: it was added to the group ${group} after this program started. Restart the service (log in again).`;
  }
  const groups =
    group === null ? 'the group that owns the port (dialout on Debian and Ubuntu, uucp on Arch)' : `the group ${group}`;
  return (
    `${who} may not use ${port}. Add it to ${groups}: sudo usermod -aG ${group ?? 'dialout'} ${account}, then restart the service; ` +
    `or give the display a udev rule in /etc/udev/rules.d/60-customer-display.rules: ${udevRule(port, facts)}`
  );
}

/** Name and members of a group of `/etc/group`. */
async function groupOf(gid: number): Promise<{ readonly name: string; readonly members: readonly string[] } | undefined> {
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  const row = text.split('\n').find((line) => line.split(':')[2] === String(gid));
  const [name, , , members = ''] = row?.split(':') ?? [];
  return name === undefined ? undefined : { name, members: members.split(',') };
}

/** Looks up what can be known about a device file. Never rejects. */
export async function permissionFacts(port: string): Promise<PermissionFacts> {
  try {
    const path = await realpath(port);
    const { gid } = await stat(path);
    const account = userInfo().username;
    const found = gid === 0 ? undefined : await groupOf(gid);
    const listed = process.platform === 'linux' ? (await listLinuxPorts()).find((one) => one.path === path) : undefined;
    const isMember = found?.members.includes(account) === true;
    return {
      account,
      group: found?.name ?? null,
      isMemberSinceRestart: isMember && process.getgroups?.().includes(gid) === false,
      usb: listed?.usb ?? null,
    };
  } catch {
    return NO_FACTS;
  }
}
