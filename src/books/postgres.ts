import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { BrokenPromise, invariant } from '../base/assert.js';
import { BridgeError, type BridgeErrorCode } from '../base/bridge-error.js';
import { COMMON_SETTINGS, type DatabaseKind, driverText, type OpenBooks } from './database-kind.js';
import { openPostgresBell } from './postgres-bell.js';
import { postgresClaims } from './postgres-claims.js';

/** Tested with 15 and 18; nothing that is used here is younger than 13. */
const OLDEST_MAJOR = 13;
const MOST_CONNECTIONS = 10;
const CONNECT_WITHIN_MS = 5_000;
/** The server breaks a statement off first, then a transaction that nobody goes on with; a line that says nothing at all is cut last. */
const STATEMENT_WITHIN_MS = 10_000;
const LOCK_WITHIN_MS = 5_000;
const IDLE_TRANSACTION_MS = 15_000;
const SILENT_LINE_MS = 20_000;
/** A migration may rewrite a big table, and others wait for it. */
const MIGRATED_WITHIN_MS = 600_000;

/** How long a connection waits for what, ms. */
interface Patience {
  readonly statement: number;
  readonly lock: number;
  readonly idleTransaction: number;
  readonly silentLine: number;
}

const AT_WORK: Patience = {
  statement: STATEMENT_WITHIN_MS,
  lock: LOCK_WITHIN_MS,
  idleTransaction: IDLE_TRANSACTION_MS,
  silentLine: SILENT_LINE_MS,
};
const MIGRATING: Patience = {
  statement: MIGRATED_WITHIN_MS,
  lock: MIGRATED_WITHIN_MS,
  idleTransaction: MIGRATED_WITHIN_MS,
  silentLine: MIGRATED_WITHIN_MS,
};

/** Nothing hangs for ever, and a commit is on the disk when it is answered; a stricter setting of the server stays. */
function sessionOf({ statement, lock, idleTransaction }: Patience): string {
  return [
    `set statement_timeout = ${statement}`,
    `set lock_timeout = ${lock}`,
    `set idle_in_transaction_session_timeout = ${idleTransaction}`,
    "set default_transaction_isolation = 'read committed'",
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
  ].join('; ');
}

/** Whole numbers come as text, since PostgreSQL's may be larger than ours; these never are. For our own connections only. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8 ? wholeNumber : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

function wholeNumber(text: string): number {
  const value = Number(text);
  invariant(Number.isSafeInteger(value), 'a whole number in the books is one of JavaScript, too');
  return value;
}

/** Where the books are, in words that may be told: never with the password. */
interface Where {
  readonly connection: string;
  readonly database: string;
  readonly user: string;
  /** As in `bridge@db.shop.example:5432/books`. */
  readonly told: string;
}

function whereOf(connection: string): Where {
  try {
    const { host, port, user, database } = new pg.Client({ connectionString: connection });
    invariant(user !== undefined && database !== undefined, 'the driver fills in user and database');
    return { connection, user, database, told: `${user}@${host}:${port}/${database}` };
  } catch {
    // The driver's own message quotes the string.
    throw new BridgeError(
      'config.wrong',
      'database.connection cannot be read. Repair: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %XX.',
    );
  }
}

function clientSettings({ connection }: Where): pg.ClientConfig {
  return {
    connectionString: connection,
    application_name: 'ocbridge',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    types,
  };
}

function openKnex(where: Where, patience: Patience, most: number): Knex {
  return knex({
    ...COMMON_SETTINGS,
    client: 'pg',
    connection: clientSettings(where) as Knex.PgConnectionConfig,
    pool: {
      min: 0,
      max: most,
      afterCreate(raw: pg.Client, done: (error: Error | null, raw: pg.Client) => void) {
        cutWhenSilent(raw, patience.silentLine);
        raw.query(sessionOf(patience)).then(
          () => done(null, raw),
          (error: Error) => done(error, raw),
        );
      },
    },
  });
}

/** A server that vanished without a word would be waited for as long as the kernel repeats itself, about a quarter of an hour. */
function cutWhenSilent(raw: pg.Client, afterMs: number): void {
  const { stream } = (raw as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  stream.setTimeout(afterMs, () => stream.destroy(new Error(SILENT_LINE)));
}

/**
 * Opens the books in a PostgreSQL database; any number of processes may. Throws `BridgeError`: `books.unavailable`,
 * `books.notAllowed`, `books.unfit`, or `config.wrong` for a connection string that cannot be read.
 */
export async function openPostgres(connection: string, migrate: (db: Knex) => Promise<void>): Promise<OpenBooks> {
  const where = whereOf(connection);
  const kind = postgresKind(where);
  const migrating = openKnex(where, MIGRATING, 3);
  try {
    await refuseUnfit(migrating, where);
    await migrating.transaction(async (trx) => {
      await kind.takeTurns(trx, 'migration');
      await migrate(migrating);
    });
  } catch (error) {
    throw kind.troubleOf(error) ?? error;
  } finally {
    await migrating.destroy();
  }
  const db = openKnex(where, AT_WORK, MOST_CONNECTIONS);
  return { db, kind, close: () => db.destroy() };
}

/**
 * Opens books that are there already, without changing their shape: other processes may be at work on them. Undefined when there are
 * none. Throws as `openPostgres` does.
 */
export async function openPostgresToRead(
  connection: string,
  behind: (db: Knex) => Promise<{ readonly waiting: number; readonly of: number }>,
): Promise<OpenBooks | undefined> {
  const where = whereOf(connection);
  const kind = postgresKind(where);
  const db = openKnex(where, AT_WORK, 2);
  const close = () => db.destroy();
  try {
    const { waiting, of } = await behind(db);
    if (waiting === 0) return { db, kind, close };
    if (waiting < of)
      throw new BridgeError('books.unfit', `${where.told}: the tables are of an older version. Repair: start the bridge once.`);
    await close();
    return undefined;
  } catch (error) {
    await close();
    throw kind.troubleOf(error) ?? error;
  }
}

function postgresKind(where: Where): DatabaseKind {
  return {
    isShared: true,
    troubleOf: (error) => troubleOf(where, error),
    hangs: () => unavailable(where, 'a small write does not come back'),
    // The server looks after its own pages.
    damage: async () => null,
    async takeTurns(trx, name) {
      const key = createHash('sha256').update(`ocbridge ${name}`).digest().readBigInt64BE(0);
      await trx.raw('select pg_advisory_xact_lock(?::bigint)', [String(key)]);
    },
    claims: postgresClaims,
    bell: (clock, heard) => openPostgresBell({ client: clientSettings(where), clock, heard }),
  };
}

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly standby: boolean;
}

async function refuseUnfit(db: Knex, where: Where): Promise<void> {
  const { rows } = (await db.raw(
    `select current_setting('server_version_num')::int as version, pg_encoding_to_char(encoding) as encoding,
       current_setting('fsync') as fsync, pg_is_in_recovery() as standby
     from pg_database where datname = current_database()`,
  )) as { readonly rows: readonly ServerFacts[] };
  const facts = rows[0];
  invariant(facts !== undefined, 'the database we are in exists');
  const unfit = (what: string, repair: string) => new BridgeError('books.unfit', `${where.told}: ${what}. Repair: ${repair}.`);
  if (facts.version < OLDEST_MAJOR * 10_000)
    throw unfit(`the server is too old (${facts.version / 10_000})`, `take PostgreSQL ${OLDEST_MAJOR} or newer`);
  if (facts.encoding !== 'UTF8')
    throw unfit(
      `the database is in ${facts.encoding}, not in UTF8`,
      `make another: createdb --encoding UTF8 --template template0 NAME`,
    );
  if (facts.standby) throw unfit('the server is a standby and takes no writing', 'name the primary server');
  if (facts.fsync !== 'on')
    throw unfit(
      'the server does not write through to the disk (fsync = off), so a power cut would lose payments',
      'set fsync = on in postgresql.conf and restart the server',
    );
}

type Cause = readonly [code: BridgeErrorCode, repair: string];

function causeOf(code: string, { user, database }: Where): Cause | undefined {
  switch (code) {
    case '28P01':
    case '28000':
      return ['books.notAllowed', `look at user and password in the connection string, and at pg_hba.conf for ${user}`];
    case '3D000':
      return ['books.notAllowed', `make the database: createdb --owner ${user} --encoding UTF8 --template template0 ${database}`];
    case '42501':
      return ['books.notAllowed', `make ${user} the owner of the database: ALTER DATABASE ${database} OWNER TO ${user}`];
    case '53100':
      return ['books.diskFull', 'free some space on the disk of the server'];
    case 'XX001':
    case 'XX002':
      return ['books.corrupt', 'stop, keep the data of the server, restore the newest backup'];
    case '25006':
      return ['books.readOnly', 'name the primary server; this one takes no writing'];
    case '55P03':
      return ['books.busy', 'see who keeps rows or tables locked (pg_stat_activity)'];
    default:
      return undefined;
  }
}

/** What Node says of a certificate that it does not trust. */
const UNTRUSTED = /CERT|ALTNAME|UNABLE_TO_/;

/** Classes of SQLSTATE that speak of the statement and its values, not of the server. */
const OUR_MISTAKES = /^(0A|21|22|23|42)/;

/**
 * What the driver says without any code when a connection breaks, does not come about or is not what it was taken for (pg 8 `client.js`,
 * `connection.js`, `crypto/sasl.js`; knex and its pool when they are closed), and what we say ourselves when we cut one.
 */
const WORDS_OF_THE_LINE =
  /^(timeout expired|Connection terminated|Client (has encountered a connection error|was closed)|The server does not support SSL|There was an error establishing an SSL|SASL: |Received unexpected |Unable to acquire a connection|aborted$)/;
const SILENT_LINE = 'the line to the server is silent';

/** Trouble is what the server or the line to it says; what our own code throws over a row, an index or a promise says nothing of them. */
function isOfTheServer(error: Error, code: string): boolean {
  if (error instanceof BrokenPromise || error instanceof TypeError || error instanceof RangeError) return false;
  if (code !== '') return !OUR_MISTAKES.test(code);
  if (error instanceof pg.DatabaseError || error.name === 'KnexTimeoutError') return true;
  const text = driverText(error);
  return text === SILENT_LINE || WORDS_OF_THE_LINE.test(text);
}

function troubleOf(where: Where, error: unknown): BridgeError | undefined {
  if (error instanceof BridgeError) return error;
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && error.code !== undefined ? String(error.code) : '';
  // Where a name has several addresses and none answers, the driver gives a message without a word.
  const text = driverText(error) || code;
  const cause = causeOf(code, where);
  if (cause !== undefined)
    return new BridgeError(cause[0], `The books ${where.told} cannot be used: ${text}. Repair: ${cause[1]}.`, { cause: error });
  return isOfTheServer(error, code) ? unavailable(where, text, error) : undefined;
}

function unavailable(where: Where, text: string, cause?: unknown): BridgeError {
  const isUntrusted = cause instanceof Error && 'code' in cause && UNTRUSTED.test(String(cause.code));
  const repair = isUntrusted
    ? 'add sslrootcert=FILE with the certificate of the authority to the connection string, and name the host as the certificate does'
    : 'see that the server runs and can be reached from here';
  return new BridgeError('books.unavailable', `The books ${where.told} cannot be used: ${text}. Repair: ${repair}.`, { cause });
}
