import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileSource } from './reconciliation/recon-ports.js';

/** Nothing is at a path, or nothing there may be read. */
export class NoSuchFile extends Error {
  override name = 'NoSuchFile';
}

/** Bytes of a file that are read at once. */
const AT_ONCE = 256 * 1024;

const hasStar = (text: string) => /[*?]/.test(text);

/** `*` and `?` stay inside of a folder's name, `**` does not. */
function patternOf(text: string): RegExp {
  const parts = text.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/\\\\]*';
    return part === '?' ? '[^/\\\\]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** Files below a folder, at any depth, whose name ends in `.csv`. */
async function csvFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.csv')).map(pathOf);
}

function pathOf(entry: Dirent): string {
  return join(entry.parentPath, entry.name);
}

/** The deepest folder of a pattern that is written without wildcards. */
function rootOf(pattern: string): string {
  let folder = dirname(pattern);
  while (hasStar(folder)) folder = dirname(folder);
  return folder;
}

async function matching(pattern: string): Promise<string[]> {
  const entries = await readdir(rootOf(pattern), { recursive: true, withFileTypes: true });
  const wanted = patternOf(pattern);
  return entries
    .filter((entry) => entry.isFile())
    .map(pathOf)
    .filter((path) => wanted.test(path));
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return [path];
  if (found?.isDirectory() === true) return csvFilesIn(path);
  return hasStar(path) ? matching(path).catch(() => []) : [];
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: AT_ONCE })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The file as something to import. Rejects when it cannot be read. */
async function fileSource(path: string, name = basename(path)): Promise<FileSource> {
  const [{ size }, sha256] = await Promise.all([stat(path), hashOf(path)]);
  return { path, name, size, sha256, open: () => createReadStream(path, { highWaterMark: AT_ONCE }) };
}

/**
 * The files that paths, folders and patterns name, each once, by path. Of a folder those that end in `.csv`. Rejects with `NoSuchFile`
 * when one of them names nothing.
 */
export async function clearingSources(paths: readonly string[]): Promise<readonly FileSource[]> {
  const found = new Set<string>();
  for (const path of paths.map((one) => resolve(one))) {
    const files = await filesAt(path);
    if (files.length === 0) throw new NoSuchFile(`there is no report file at ${path}`);
    for (const file of files) found.add(file);
  }
  return Promise.all([...found].toSorted().map((path) => fileSource(path)));
}
