import { stat } from 'node:fs/promises';

/** Bits that let the group or everybody else in. */
const OTHERS = 0o077;

/** The command that leaves a file to its owner alone. */
export function closeToOthersCommand(file: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `icacls "${file}" /inheritance:r /grant:r "%USERNAME%:F"`;
  return `chmod 600 ${quoteArgument(file)}`;
}

/**
 * Whether anybody but the owner may read or write an existing file; false when there is none.
 * On Windows it is always false: the mode that Node reports there is made up and says nothing about the access list.
 */
export async function isOpenToOthers(file: string, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform === 'win32') return false;
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && (found.mode & OTHERS) !== 0;
}

/** A path as one argument of a POSIX shell: bare where that is safe, else in single quotes. */
function quoteArgument(argument: string): string {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
