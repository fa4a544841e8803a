import { closeSync, openSync, statSync, writeSync } from 'node:fs';

const PAGE = 4096;

/** Overwrites every page of a SQLite file but the first, as a dying disk does; pages `from` on when named. Returns how many. */
export function garblePages(file: string, from = 2): number {
  const fd = openSync(file, 'r+');
  const pages = Math.floor(statSync(file).size / PAGE);
  for (let page = from; page <= pages; page += 1) {
    const garbage = Uint8Array.from({ length: PAGE }, (_unused, at) => (at * 167 + page * 31) & 0xff);
    writeSync(fd, garbage, 0, PAGE, (page - 1) * PAGE);
  }
  closeSync(fd);
  return pages - from + 1;
}
