import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { stretchOf, timelineJson } from './backoffice/timeline-json.js';
import { invariant } from './base/assert.js';
import { BridgeError } from './base/bridge-error.js';
import { systemClock } from './base/clock.js';
import { createLog, errorText, type Log } from './base/log.js';
import { createLogSink, type LogSink } from './base/log-sink.js';
import { removeLeftFolders } from './base/temporary-folder.js';
import { type Bridge, startBridge } from './bridge.js';
import { booksAreThere, passesByItself, waitForBooks } from './bridge-absent-books.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { type Environment, loadConfig } from './config/load-config.js';
import { problemLine } from './config/problem.js';
import { displayVerbs } from './display-verbs.js';
import { reconVerbs, sealerCheck } from './recon-verbs.js';
import { done, known } from './technician/admin-messages.js';
import { adminPlaces } from './technician/admin-path.js';
import { type AdminHandler, serveAdmin } from './technician/admin-socket.js';
import { askBridge, isNotRunning } from './technician/ask-bridge.js';
import type { BridgeReport } from './technician/doctor-parts.js';
import { userVerbs } from './user-verbs.js';

/** How long a bridge that may run already has for an answer, ms. */
const SECOND_ASKED_MS = 3000;

/** Windows sends SIGHUP when the console is closed and SIGBREAK for Ctrl-Break. */
const STOP_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];

const STDOUT = 1;
const DROPPED = 'log lines could not be written';
const LAST_LINES_WITHIN_MS = 500;

/**
 * Runs the bridge until a signal or `ocbridge stop`; resolves with exit code 0 after an orderly stop. Rejects with `BridgeError`
 * when it cannot run, or cannot go on.
 */
export async function serve(config: BridgeConfig, env: Environment, version: string): Promise<number> {
  const sink: LogSink = createLogSink({
    fd: STDOUT,
    clock: systemClock,
    again: (count, why) => log.warn(DROPPED, { count, why }),
  });
  const log = createLog(sink.write, sink.isWritten);
  try {
    return await serveWith({ log, dropped: sink.dropped, config, env, version });
  } finally {
    await sink.flush(LAST_LINES_WITHIN_MS);
  }
}

interface ServeParts {
  readonly log: Log;
  readonly dropped: LogSink['dropped'];
  readonly config: BridgeConfig;
  readonly env: Environment;
  readonly version: string;
}

async function serveWith(parts: ServeParts): Promise<number> {
  const { log, config } = parts;
  let tell: (why: string) => void = () => {};
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  // Listening before the start: a signal during it is not lost, it ends the run as soon as stopping is possible.
  for (const signal of STOP_SIGNALS) process.on(signal, () => tell(signal));
  await refuseSecond(config);
  await removeLeftFolders({ clock: systemClock, log });
  for (;;) {
    const why = await runOnce(parts, told, () => tell('ocbridge stop'));
    if (why === null) {
      log.info('the bridge starts on its books');
      continue;
    }
    if (typeof why !== 'string') throw why;
    log.info('bridge stopped');
    return 0;
  }
}

/** Runs until somebody says why to stop, or the bridge cannot go on; resolves with that, or with null when its books have come back. */
async function runOnce(parts: ServeParts, told: Promise<string>, stop: () => void): Promise<unknown> {
  const { log } = parts;
  const { bridge, over } = await startOrWait(parts);
  try {
    const admin = await openAdmin(parts, bridge, stop);
    log.info('bridge runs');
    const why = await Promise.race([told, bridge.broken, over]);
    log.info('bridge stops', { why: wordFor(why) });
    await bridge.stop();
    await admin?.close();
    return why;
  } finally {
    await bridge.stop();
  }
}

function wordFor(why: unknown): string {
  if (why === null) return 'its books can be opened';
  if (why instanceof BridgeError) return why.code;
  return typeof why === 'string' ? why : errorText(why);
}

/** Books that were there and cannot be opened for a while are waited for in the trouble that a running bridge would be in. */
async function startOrWait({ config, log, version }: ServeParts): Promise<{ bridge: Bridge; over: Promise<unknown> }> {
  const wereThere = booksAreThere(config);
  try {
    return { bridge: await startBridge({ config, log, version }), over: NEVER };
  } catch (error) {
    if (!wereThere || !passesByItself(config, error)) throw error;
    const { openBooks, over } = waitForBooks(error);
    return { bridge: await startBridge({ config, log, version, openBooks }), over };
  }
}

const NEVER = new Promise<never>(() => {});

/**
 * A database of a server may be shared, a configuration may not: two bridges would have the same ports and displays. A SQLite file has
 * its own lock for that.
 */
async function refuseSecond(config: BridgeConfig): Promise<void> {
  if (config.database.client === 'sqlite3') return;
  try {
    await askBridge(config, { clock: systemClock }, 'ping', {}, SECOND_ASKED_MS);
  } catch (error) {
    if (isNotRunning(error)) return;
    if (!(error instanceof BridgeError) || error.code !== 'admin.noAnswer') throw error;
  }
  throw new BridgeError('books.locked', 'Another bridge is running with this configuration file. Stop it first: ocbridge stop');
}

async function openAdmin({ config, env, log, dropped }: ServeParts, bridge: Bridge, stop: () => void) {
  const handlers: Record<string, AdminHandler> = {
    ping: async () => done(null),
    stop: async () => {
      stop();
      return done(null);
    },
    reload: async () => {
      const next = await loadConfig(config.file, env);
      if (next.kind === 'wrong') {
        const why = next.problems.map(problemLine).join('\n');
        log.alarm('a reload was refused; what was in force stays in force', { why });
        return { kind: 'refused', code: 'config.wrong', message: why };
      }
      const later = await bridge.reload(next.config);
      if (later.length > 0) log.warn('some changes wait for a restart', { why: later.join(', ') });
      return done({ waitsForRestart: later });
    },
    doctor: async () => {
      const { count, why } = dropped();
      const report: BridgeReport = { ...(await bridge.report()), log: { dropped: count, why } };
      return done(report);
    },
    ...displayVerbs(bridge.displayBench),
    ...reconVerbs(bridge.recon, bridge.reports, sealerCheck(bridge.people.checkPassword)),
    ...userVerbs(bridge.people.users),
    'audit.verify': async () => done(await bridge.people.verifyActs()),
    'payment.show': async ({ id }) => known(await bridge.showPayment(String(id)), id),
    'payment.timeline': async ({ id, cursor }) => {
      const found = await bridge.timeline(String(id), stretchOf(cursor));
      return known(found && timelineJson(found.payment, found.page), id);
    },
  };
  const places = adminPlaces(config);
  const path = places.find((place) => mayWriteIn(dirname(place))) ?? places.at(-1);
  invariant(path !== undefined, 'there is a place for the admin socket');
  return serveAdmin({ path, handlers, log }).catch((error: unknown) => {
    if (error instanceof BridgeError) throw error;
    // Where nothing at all can be written, tills hear what is wrong all the same.
    log.warn('commands do not reach this bridge', { error: errorText(error) });
    return undefined;
  });
}

/** A folder that is not there yet is made by whoever needs it. */
function mayWriteIn(folder: string): boolean {
  if (process.platform === 'win32') return true;
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
