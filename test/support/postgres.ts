import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { openBooks } from '#src/books/database.js';
import { freePort } from '../process/counter-pc.js';
import { copyPrograms, findPostgres, type PostgresPrograms, programIn } from './postgres-binaries.js';
import { skipBecause } from './skip.js';

/** A PostgreSQL server of the tests' own, in a temporary folder, on loopback, with a password. */
export interface TestServer {
  /** For people: where its programs came from. */
  readonly origin: string;
  readonly port: number;
  readonly password: string;
  /** A new, empty database. */
  createDatabase(options?: string): Promise<TestDatabase>;
  /** A new database with books of the newest shape in it and nothing in them, as the first start of a shop leaves it. */
  createBooks(): Promise<TestDatabase>;
  /** Runs one statement as the administrator. */
  administrate(sql: string): Promise<void>;
  /** Stops it as a crash would, every connection breaks. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and throws everything away. */
  remove(): void;
}

/** One database for one test. */
export interface TestDatabase {
  readonly name: string;
  /** As it stands in the environment of a bridge. */
  readonly connection: string;
  /** Runs one statement in it and gives the rows. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  drop(): Promise<void>;
}

const ADMINISTRATOR = 'shop';
const NAME = 'ocbridge-postgres-';
const run = promisify(execFile);

/** PostgreSQL refuses to run as root: then it runs as somebody who owns nothing. */
function account(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no account "nobody" that PostgreSQL could run as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** A run that was killed could not stop its server. */
function endLeftOvers(programs: PostgresPrograms): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(NAME))) {
    const pid = Number(name.slice(NAME.length).split('-')[0]);
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') endServer(programs, join(tmpdir(), name));
    }
  }
}

function endServer(programs: PostgresPrograms, folder: string): void {
  try {
    const how = ['-D', join(folder, 'data'), '-m', 'immediate', 'stop'];
    execFileSync(programIn(programs, 'pg_ctl'), how, { ...account(), stdio: 'ignore' });
  } catch {
    // It had ended before.
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Settings that make it quick to start and keep it on this machine; writing through to the disk stays on, the bridge insists on it. */
const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
autovacuum = off
lc_messages = 'C'
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
`;
const CERTIFICATE = fileURLToPath(new URL('../../../test/config/throw-away-tls.cert.pem', import.meta.url));
const CERTIFICATE_KEY = fileURLToPath(new URL('../../../test/config/throw-away-tls.key.pem', import.meta.url));

/** Makes a server and starts it. Rejects with a sentence when none can be had here. */
async function startPostgres(): Promise<TestServer> {
  const found = findPostgres();
  if (found === undefined)
    throw new Error('no PostgreSQL found: install one, or name the folder of its programs in POSTGRES_BIN');
  endLeftOvers(found);
  const folder = mkdtempSync(join(tmpdir(), `${NAME}${process.pid}-`));
  const data = join(folder, 'data');
  const who = account();
  if (who !== undefined) {
    chmodSync(folder, 0o755);
    mkdirSync(data, { mode: 0o700 });
    chownSync(data, who.uid, who.gid);
  }
  const options = { ...who, cwd: folder, env: { ...process.env, LC_ALL: 'C', HOME: folder } };
  const programs = await runnable(found, folder, options);
  const password = 'pa:ss/w@rd%';
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const how = ['-A', 'scram-sha-256', '-U', ADMINISTRATOR, `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(programIn(programs, 'initdb'), ['-D', data, ...how], options);
  const port = await freePort();
  const own = (name: string, from: string) => {
    const file = join(data, name);
    cpSync(from, file);
    chmodSync(file, 0o600);
    if (who !== undefined) chownSync(file, who.uid, who.gid);
  };
  own('server.crt', CERTIFICATE);
  own('server.key', CERTIFICATE_KEY);
  writeFileSync(join(data, 'postgresql.conf'), `${SETTINGS}port = ${port}\n`, { flag: 'a' });
  const control = (...what: string[]) => run(programIn(programs, 'pg_ctl'), ['-D', data, '-w', ...what], options);
  const start = async () => void (await control('-l', join(data, 'log'), 'start'));
  await start();
  const remove = removeAtExit(() => endServer(programs, folder));
  const origin = `PostgreSQL from the ${programs.origin}`;
  return serverOn({ port, password, origin, start, stop: async () => void (await control('-m', 'immediate', 'stop')), remove });
}

/** The account that runs the server may not reach what lies in a folder of ours. */
async function runnable(found: PostgresPrograms, folder: string, options: object): Promise<PostgresPrograms> {
  try {
    await run(programIn(found, 'initdb'), ['--version'], options);
    return found;
  } catch {
    return copyPrograms(found, folder);
  }
}

/** Whatever happens to the test run, no server outlives it. */
function removeAtExit(end: () => void): () => void {
  let isOver = false;
  const once = () => {
    if (!isOver) end();
    isOver = true;
  };
  process.on('exit', once);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      once();
      process.kill(process.pid, signal);
    });
  }
  return once;
}

function serverOn(parts: Pick<TestServer, 'port' | 'password' | 'origin' | 'start' | 'stop' | 'remove'>): TestServer {
  const { port, password } = parts;
  const connectionTo = (database: string) =>
    `postgres://${ADMINISTRATOR}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  async function query<Row extends pg.QueryResultRow>(database: string, sql: string, values: readonly unknown[] = []) {
    const client = new pg.Client({ connectionString: connectionTo(database) });
    await client.connect();
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }
  let databases = 0;
  let emptyBooks: Promise<string> | undefined;
  const administrate = async (sql: string) => void (await query('postgres', sql));
  const create = async (template: string, options = ''): Promise<TestDatabase> => {
    databases += 1;
    const name = `test_${databases}`;
    await administrate(`create database ${name} template ${template} ${options}`);
    return {
      name,
      connection: connectionTo(name),
      query: (sql, values) => query(name, sql, values),
      drop: () => administrate(`drop database if exists ${name} with (force)`),
    };
  };
  const makeEmptyBooks = async () => {
    const { name, connection } = await create('template0');
    await (await openBooks({ client: 'pg', connection })).close();
    return name;
  };
  return {
    ...parts,
    administrate,
    createDatabase: (options) => create('template0', options),
    async createBooks() {
      // Once for all tests of a process: a new shop for every test would go through every migration.
      emptyBooks ??= makeEmptyBooks();
      return create(await emptyBooks);
    },
  };
}

let ofThisRun: Promise<TestServer> | undefined;

/** The server of this run, made when it is first asked for and removed at the end. Rejects with a sentence when none can be had here. */
export function postgresOfThisRun(): Promise<TestServer> {
  ofThisRun ??= startPostgres();
  return ofThisRun;
}

/** The server of this run. Call it in `before`: without any PostgreSQL the suite is skipped with a sentence, in CI it fails. */
export async function needPostgres(suite: Mocha.Context): Promise<TestServer> {
  suite.timeout(60_000);
  try {
    return await postgresOfThisRun();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(`no PostgreSQL in CI: ${why}`);
    return skipBecause(suite, why);
  }
}
