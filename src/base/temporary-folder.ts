import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './clock.js';
import { errorText, type Log } from './log.js';

/** What lies in such a folder for as long as it is needed: clearing files as they are delivered, or fetched. */
type Purpose = 'upload' | 'reports';

const NAME = /^ocbridge-(?:upload|reports)-(?:(\d{1,10})-)?[A-Za-z0-9]{6}$/;
/** No delivery and no fetch of a file lasts as long; by then another process may have the number of the one that made the folder. */
const OLDEST_MS = 24 * 3_600_000;

/** A new folder that only its owner may look into; its name has the number of this process. */
export function makeTemporaryFolder(purpose: Purpose): Promise<string> {
  return mkdtemp(join(tmpdir(), `ocbridge-${purpose}-${process.pid}-`));
}

/** Whether a process of that number runs, and is not this one, which has just begun. */
function runsElsewhere(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isLeft(path: string, pid: string | undefined, clock: Clock): Promise<boolean> {
  const found = await lstat(path);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) return false;
  if (clock.now() - found.mtimeMs > OLDEST_MS) return true;
  return pid !== undefined && !runsElsewhere(Number(pid));
}

/**
 * Removes the folders of `makeTemporaryFolder` that a process left when it died, with the payment data in them: those of this user whose
 * process is gone, or which are older than a day. Links are not followed. To be called before this process makes one. Never rejects.
 */
export async function removeLeftFolders({ clock, log }: { readonly clock: Clock; readonly log: Log }): Promise<void> {
  const parent = tmpdir();
  const failed = (error: unknown) =>
    log.warn('what an earlier run left in the temporary folder stays there', { error: errorText(error) });
  const names = await readdir(parent).catch((error: unknown) => {
    failed(error);
    return [];
  });
  let count = 0;
  for (const name of names) {
    const found = NAME.exec(name);
    if (found === null) continue;
    const path = join(parent, name);
    try {
      if (!(await isLeft(path, found[1], clock))) continue;
      await rm(path, { recursive: true });
      count += 1;
    } catch (error) {
      // Another bridge that starts may have been quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed(error);
    }
  }
  if (count > 0) log.info('folders of an earlier run were removed', { count });
}
