import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Context } from 'mocha';
import { skipBecause } from './skip.js';

/** How writes to the disk fail. */
export type DiskFault = 'ENOSPC' | 'EROFS' | 'EIO';

export interface BadDiskOptions {
  /** Writes are kept back until they are synced: killing the process is then a power cut. */
  readonly keepsBack?: boolean;
  /** Some of what is kept back reaches the disk all the same, as this seed says. */
  readonly leaks?: number;
}

/** A disk with whims, for one process that is started with its environment. */
export interface BadDisk {
  /** The variables that put the process on this disk. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on every write fails like this; undefined: all is well again. */
  fail(fault: DiskFault | undefined): void;
  /** After the kill: takes away the names that a power cut would have taken. Returns them. */
  loseNames(): readonly string[];
  remove(): void;
}

let built: string | undefined;

/** Compiles the shim once; says why where that cannot be. */
function buildShim(): { readonly library: string } | { readonly why: string } {
  if (process.platform !== 'linux') return { why: 'writes are kept back on Linux only' };
  const folder = mkdtempSync(join(tmpdir(), 'bad-disk-'));
  const library = join(folder, 'bad-disk.so');
  const source = resolve('test/power-cut/bad-disk.c');
  const options = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    source,
    '-ldl',
    '-lpthread',
  ];
  for (const compiler of ['cc', 'gcc']) {
    try {
      execFileSync(compiler, options, { stdio: ['ignore', 'ignore', 'pipe'] });
      process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
      return { library };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return { why: 'there is no C compiler' };
}

/** Call first in a mocha `before`: builds the shim, or skips with the reason; in CI a missing compiler is a failure. */
export function needBadDisk(context: Context): void {
  if (built !== undefined) return;
  const found = buildShim();
  if ('library' in found) {
    built = found.library;
    return;
  }
  if (process.env['CI'] !== undefined && process.env['CI'] !== '' && process.platform === 'linux')
    throw new Error(`no bad disk in CI: ${found.why}`);
  skipBecause(context, found.why);
}

/** Makes the disk of everything under `folder`; call `needBadDisk` before. */
export function makeBadDisk(folder: string, options: BadDiskOptions = {}): BadDisk {
  if (built === undefined) throw new Error('call needBadDisk first');
  const own = mkdtempSync(join(tmpdir(), 'bad-disk-of-'));
  const faultFile = join(own, 'fault');
  const namesFile = join(own, 'names');
  return {
    env: {
      LD_PRELOAD: built,
      BAD_DISK: folder,
      BAD_DISK_FAULT: faultFile,
      BAD_DISK_NAMES: namesFile,
      ...(options.keepsBack === true && { BAD_DISK_KEEPS: '1' }),
      ...(options.leaks !== undefined && { BAD_DISK_LEAKS: String(options.leaks) }),
    },
    fail: (fault) => (fault === undefined ? rmSync(faultFile) : writeFileSync(faultFile, String(constants.errno[fault]))),
    loseNames() {
      const names = existsSync(namesFile)
        ? readFileSync(namesFile, 'utf8')
            .split('\n')
            .filter((name) => name !== '')
        : [];
      for (const name of names) rmSync(name, { recursive: true, force: true });
      return names;
    },
    remove: () => rmSync(own, { recursive: true, force: true }),
  };
}
