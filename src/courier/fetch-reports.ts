import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BridgeError, isBooksTrouble } from '../base/bridge-error.js';
import { type Clock, utc8Text } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { makeTemporaryFolder } from '../base/temporary-folder.js';
import { type ClearingFileName, parseClearingName } from '../reconciliation/clearing-name.js';
import type { FileError } from '../reconciliation/import-clearing.js';
import { cycleAfter } from '../reconciliation/match-day.js';
import type { ImportAnswer, ImportedEntry } from '../reconciliation/recon-desk.js';
import type { FileSource } from '../reconciliation/recon-ports.js';
import { KEPT_DAYS } from './late-days.js';
import type { RemoteFile, SftpAccount, SftpSession } from './sftp-session.js';

/** Where the reports of one participant lie. */
export interface ReportPlace extends SftpAccount {
  readonly participantId: string;
  /** Folder above `clearing/` and `settlement/` (order-code reference 6.3). */
  readonly root: string;
}

/** A cause with its code word, told about one server. */
export interface FetchTrouble {
  readonly about: string;
  readonly code: string;
  readonly message: string;
}

/** What became of one file that the server offers; `later`: it is not whole yet, or could not be read to its end, and is tried again. */
export type FetchedFile =
  | { readonly outcome: 'imported'; readonly name: string; readonly entry: ImportedEntry }
  | { readonly outcome: 'refused'; readonly name: string; readonly message: string; readonly errors: readonly FileError[] }
  | { readonly outcome: 'file_conflict' | 'file_duplicate' | 'later'; readonly name: string; readonly message: string };

export interface FetchOutcome {
  /** By name. */
  readonly files: readonly FetchedFile[];
  readonly troubles: readonly FetchTrouble[];
}

/** What a fetch is at, for whoever waits for it. */
export interface FetchStep {
  readonly doing: 'calling' | 'looking' | 'waiting' | 'reading';
  /** A server, or the file that is read. */
  readonly about: string;
  /** Of the file that is read. */
  readonly bytesDone?: number;
  readonly bytesOfAll?: number;
}

/** A file as it lies on a server. */
export interface OfferedFile extends RemoteFile {
  /** Server and path. */
  readonly where: string;
}

export interface FetchParts {
  readonly places: readonly ReportPlace[];
  readonly clock: Clock;
  readonly log: Log;
  /** Takes files into the books as from disk. */
  readonly take: (sources: readonly FileSource[]) => Promise<ImportAnswer>;
  /** Whether a file need not be looked at again. */
  readonly isKnown: (file: OfferedFile) => Promise<boolean>;
  /** Hears of each file that was read and weighed. */
  readonly looked: (file: OfferedFile) => Promise<void>;
  readonly tell: (step: FetchStep) => void;
  readonly stop: AbortSignal;
}

/** A report is cut into parts long before that. */
const LARGEST_FILE = 1024 ** 3;
/** Whoever sends a byte now and then never falls silent. */
const LONGEST_DOWNLOAD_MS = 3_600_000;
/** Between two looks at the sizes: a file that did not grow meanwhile is taken for whole. */
const LOOK_PAUSES_MS = [5_000, 15_000, 45_000] as const;
/** Before the same server is called again after silence. */
const RETRY_PAUSES_MS = [2_000, 10_000] as const;

interface Offered extends OfferedFile {
  readonly path: string;
  readonly parsed: ClearingFileName;
}

/**
 * Fetches what the servers offer of these clearing days and takes it into the books, each file by itself. Never rejects but for the
 * books: a server's trouble is in the outcome, after some more tries where that can help.
 */
export async function fetchReports(days: ReadonlySet<string>, parts: FetchParts): Promise<FetchOutcome> {
  const files = new Map<string, FetchedFile>();
  const troubles: FetchTrouble[] = [];
  for (const place of parts.places) {
    const trouble = await fetchFrom(place, days, files, parts);
    if (trouble !== undefined) troubles.push(trouble);
  }
  return { files: [...files.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), troubles };
}

async function fetchFrom(place: ReportPlace, days: ReadonlySet<string>, files: Map<string, FetchedFile>, parts: FetchParts) {
  const { clock, log, stop } = parts;
  const about = `${place.host}:${place.port}`;
  for (let tries = 0; ; tries += 1) {
    const before = clock.elapsedMs();
    const error = await visit(place, days, files, parts).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) return undefined;
    if (isBooksTrouble(error)) throw error;
    // What is no trouble of the server is one of this machine, a full disk say.
    const code = error instanceof BridgeError ? error.code : 'internal';
    const pause = RETRY_PAUSES_MS[tries];
    const mayHelp = code === 'reports.unreachable' || code === 'reports.noAnswer';
    const ms = Math.round(clock.elapsedMs() - before);
    log.warn('clearing reports could not be fetched', { port: about, errorCode: code, why: errorText(error), ms });
    if (!mayHelp || pause === undefined || stop.aborted) return { about, code, message: errorText(error) };
    await clock.sleep(pause, stop);
  }
}

/** One connection: looks until nothing grows any more, or the patience ends. */
async function visit(place: ReportPlace, days: ReadonlySet<string>, files: Map<string, FetchedFile>, parts: FetchParts) {
  const { clock, stop, tell } = parts;
  const about = `${place.host}:${place.port}`;
  tell({ doing: 'calling', about });
  // Loaded when a server is called: most shops have none, and a start should not wait for the library.
  const { openSftp } = await import('./sftp-session.js');
  const session = await openSftp(place, clock, stop);
  try {
    const isOpen = (name: string) => (files.get(name)?.outcome ?? 'later') === 'later';
    let before = await look(session, place, days, parts);
    for (const pause of LOOK_PAUSES_MS) {
      if (![...before.keys()].some(isOpen)) break;
      tell({ doing: 'waiting', about });
      await clock.sleep(pause, stop);
      if (stop.aborted) return;
      const now = await look(session, place, days, parts);
      for (const [name, offered] of before) {
        if (!isOpen(name)) continue;
        const latest = now.get(name);
        const settled = await settle(session, offered, latest, parts);
        files.set(name, settled);
        if (settled.outcome !== 'later' && latest !== undefined) await parts.looked(latest);
      }
      before = now;
    }
  } finally {
    session.close();
  }
}

/** What lies in the folders of the days and is not known, by name. */
async function look(session: SftpSession, place: ReportPlace, days: ReadonlySet<string>, parts: FetchParts) {
  const { host, port, root, participantId } = place;
  const about = `${host}:${port}`;
  parts.tell({ doing: 'looking', about });
  const today = utc8Text(parts.clock.now()).slice(0, 10);
  const produced = new Set(
    [...days].flatMap((day) => Array.from({ length: KEPT_DAYS + 1 }, (_unused, after) => cycleAfter(day, after))),
  );
  const found = new Map<string, Offered>();
  for (const date of [...produced].filter((one) => one <= today).toSorted())
    for (const part of ['clearing', 'settlement']) {
      const folder = `${root}/${part}/${participantId}/${date.replaceAll('-', '')}`;
      for (const file of (await session.list(folder)) ?? []) {
        const { name } = file;
        const path = `${folder}/${name}`;
        const offered = { ...file, where: `${about}${path}` };
        const parsed = parseClearingName(name);
        const isOurs = parsed?.participantId === participantId && days.has(parsed.day);
        if (parsed === undefined || !isOurs || (parsed.kind === 'settlement') !== (part === 'settlement')) continue;
        if (await parts.isKnown(offered)) continue;
        found.set(name, { ...offered, parsed, path });
      }
    }
  return found;
}

/** Takes a file whose size has not changed between two looks. */
async function settle(session: SftpSession, before: Offered, now: Offered | undefined, parts: FetchParts): Promise<FetchedFile> {
  const { name, size } = before;
  const later = (message: string): FetchedFile => ({ outcome: 'later', name, message });
  if (now === undefined) return later(`${name} was there a moment ago and is gone`);
  if (now.size !== size || size === 0) return later(`${name} is still being written`);
  if (size > LARGEST_FILE) return { outcome: 'refused', name, message: `${name} is larger than 1 GiB`, errors: [] };
  // Only its owner may look into it, also while it is written.
  const folder = await makeTemporaryFolder('reports');
  try {
    const source = await download(session, now, join(folder, name), parts);
    if (typeof source === 'string') return later(source);
    parts.log.info('a clearing report was fetched', { file: name, bytes: source.size, sha256: source.sha256 });
    return await takeIn(source, parts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The file on our disk, or why it is not whole. */
async function download(session: SftpSession, { name, path, size }: Offered, into: string, { clock, stop, tell }: FetchParts) {
  const since = clock.elapsedMs();
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(into, 'wx', 0o600);
  try {
    for await (const chunk of session.read(path)) {
      bytes += chunk.length;
      tell({ doing: 'reading', about: name, bytesDone: bytes, bytesOfAll: size });
      if (bytes > size) return `${name} grew while it was read`;
      if (stop.aborted) return `${name} was not read to its end: the bridge stops`;
      if (clock.elapsedMs() - since > LONGEST_DOWNLOAD_MS) return `${name} came too slowly`;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    // A single file that vanished leaves the others alone; a broken line ends the visit.
    if (error instanceof BridgeError && /No such file/i.test(error.message)) return `${name} was there a moment ago and is gone`;
    throw error;
  } finally {
    await file.close();
  }
  if (bytes !== size) return `${name} ended after ${bytes} of ${size} bytes`;
  const sha256 = hash.digest('hex');
  const source: FileSource = {
    path: name,
    name,
    size,
    sha256,
    open: () => createReadStream(into, { highWaterMark: 256 * 1024 }),
  };
  return source;
}

/** Every file by itself: one that is refused or in conflict keeps no other out. */
async function takeIn(source: FileSource, { take, log }: FetchParts): Promise<FetchedFile> {
  const { name, sha256 } = source;
  const answer = await take([source]);
  if (answer.kind === 'imported') {
    const [entry] = answer.files;
    if (entry !== undefined) return { outcome: 'imported', name, entry };
    throw new Error('an import answers with its files');
  }
  if (answer.kind === 'refused') {
    const message = `${name} was refused: ${answer.message}`;
    log.alarm('a fetched clearing report was not taken in', { file: name, sha256, why: firstOf(answer.errors) ?? message });
    return { outcome: 'refused', name, message, errors: answer.errors };
  }
  log.alarm('a fetched clearing report was not taken in', { file: name, sha256, errorCode: answer.kind, why: answer.message });
  return { outcome: answer.kind, name, message: answer.message };
}

function firstOf(errors: readonly FileError[]): string | undefined {
  const [first] = errors;
  return first === undefined ? undefined : `line ${first.line ?? '-'}, ${first.column ?? 'file'}: ${errorText(first.message)}`;
}
