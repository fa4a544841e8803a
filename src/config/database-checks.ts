import { stat } from 'node:fs/promises';
import type { RawConfig } from './config-schema.js';
import { closeToOthersCommand, isOpenToOthers } from './file-rights.js';
import { isLoopback } from './loopback.js';
import type { Finding } from './problem.js';

/** Findings about where the books are kept; nothing is opened or connected to. */
export async function databaseFindings({ database }: RawConfig): Promise<readonly Finding[]> {
  return database.client === 'pg' ? connectionFindings(database.connection) : fileFindings(database.filename);
}

async function fileFindings(filename: string): Promise<readonly Finding[]> {
  const path = ['database', 'filename'];
  const found = await stat(filename).catch(() => undefined);
  if (found !== undefined && !found.isFile()) {
    return [{ path, message: `${filename} is not a file`, repair: 'Name a file; it is made at the first start.' }];
  }
  const open: Finding[] = [];
  for (const file of [filename, `${filename}-wal`, `${filename}-shm`, `${filename}-journal`]) {
    if (await isOpenToOthers(file)) {
      open.push({ path, message: `others may read ${file}`, repair: `Run: ${closeToOthersCommand(file)}` });
    }
  }
  return open;
}

/** The string may hold a password, so no message quotes any part of it. */
function connectionFindings(connection: string): readonly Finding[] {
  const path = ['database', 'connection'];
  const wrong = (message: string): Finding[] => [
    {
      path,
      message,
      repair: 'Set it to postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %XX.',
    },
  ];
  const url = parse(connection);
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) return wrong('is not a PostgreSQL connection string');
  if (url.pathname.length < 2) return wrong('names no database');
  const host = url.searchParams.get('host') ?? url.hostname;
  const isHere = host === '' || host.startsWith('/') || host.startsWith('%2F') || isLoopback(host);
  const hasTls = url.searchParams.has('ssl') || !['disable', null].includes(url.searchParams.get('sslmode'));
  if (isHere || hasTls) return [];
  return [
    {
      path,
      message: 'goes to another machine without TLS, so the password and all payments can be read on the way',
      repair: 'Add sslmode=verify-full, and sslrootcert=FILE where the authority is your own.',
      onlyWarning: true,
    },
  ];
}

/** A host may be left out (a socket on this machine), which an ordinary URL does not allow beside a user. */
function parse(connection: string): URL | undefined {
  try {
    return new URL(connection.replace(/@\//, '@localhost/'));
  } catch {
    return undefined;
  }
}
