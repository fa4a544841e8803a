import { readdirSync, readlinkSync, statSync } from 'node:fs';
import type { Service } from '../process/program.js';
import { httpCall } from '../support/http-call.js';
import { percentile, type Watched } from './drift.js';
import type { InnerFigures } from './soak-main.js';

/** How a bridge is at one moment. Files and sockets are null where the system does not tell (anywhere but Linux). */
export interface Figures extends InnerFigures {
  readonly files: number | null;
  readonly sockets: number | null;
  /** How long `GET /healthz` took since the last look, ms. */
  readonly health: { readonly p50: number; readonly p99: number };
  /** Sizes of the books and their write-ahead log, bytes. */
  readonly books: number;
  readonly wal: number;
}

/** Measures a bridge from outside, and asks its process for what only it knows. */
export interface Meter {
  read(): Promise<Figures>;
  stop(): void;
}

const HEALTH_EVERY_MS = 250;
const MIB = 1024 * 1024;

function openFiles(pid: number): { files: number; sockets: number } | { files: null; sockets: null } {
  try {
    const targets = readdirSync(`/proc/${pid}/fd`).map((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`);
      } catch {
        // Closed in between.
        return '';
      }
    });
    return { files: targets.length, sockets: targets.filter((target) => target.startsWith('socket:')).length };
  } catch {
    return { files: null, sockets: null };
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

export function startMeter(service: Service, booksFile: string): Meter {
  let waits: number[] = [];
  const timer = setInterval(() => {
    const began = performance.now();
    httpCall(`${service.backOffice}/healthz`)
      .then(() => waits.push(performance.now() - began))
      .catch(() => waits.push(Number.POSITIVE_INFINITY));
  }, HEALTH_EVERY_MS);
  return {
    async read() {
      const seen = waits;
      waits = [];
      const outer = openFiles(service.pid);
      const inner = (await service.ask('figures')) as InnerFigures | undefined;
      if (inner === undefined) throw new Error('the bridge has ended');
      return {
        ...inner,
        ...outer,
        health: { p50: percentile(seen, 0.5), p99: percentile(seen, 0.99) },
        books: sizeOf(booksFile),
        wal: sizeOf(`${booksFile}-wal`),
      };
    },
    stop: () => clearInterval(timer),
  };
}

function handlesOf({ resources }: Figures): number {
  return Object.values(resources).reduce((sum, count) => sum + count, 0);
}

const mib = (bytes: number) => (bytes / MIB).toFixed(1);
const ms = (value: number) => value.toFixed(1);

/** One line of figures, for people who watch. */
export function figuresText(now: Figures): string {
  const { rss, heapUsed, external, files, sockets, loop, health, books, wal } = now;
  return [
    `rss ${mib(rss)} heap ${mib(heapUsed)} external ${mib(external)} MiB`,
    `files ${files ?? '?'} sockets ${sockets ?? '?'} handles ${handlesOf(now)}`,
    `loop p50 ${ms(loop.p50)} p99 ${ms(loop.p99)} max ${ms(loop.max)} ms`,
    `healthz p50 ${ms(health.p50)} p99 ${ms(health.p99)} ms`,
    `wal ${mib(wal)} books ${mib(books)} MiB`,
  ].join(' | ');
}

/** Everything that must not grow. The books themselves may: they are what a shop wants to keep. */
export function watchedOf(all: readonly Figures[]): Watched[] {
  const row = (name: string, unit: string, noise: number, value: (one: Figures) => number): Watched => ({
    name,
    unit,
    noise,
    values: all.map(value),
  });
  const known = all.every(({ files }) => files !== null);
  return [
    row('resident memory', 'MiB', 3, ({ rss }) => rss / MIB),
    row('heap after collection', 'MiB', 1, ({ heapUsed }) => heapUsed / MIB),
    row('external memory', 'MiB', 1, ({ external }) => external / MIB),
    row('handles', '', 4, handlesOf),
    ...(known ? [row('open files', '', 4, ({ files }) => files ?? 0), row('sockets', '', 4, ({ sockets }) => sockets ?? 0)] : []),
    row('event loop delay, median', 'ms', 2, ({ loop }) => loop.p50),
    row('GET /healthz, median', 'ms', 2, ({ health }) => health.p50),
    row('write-ahead log', 'MiB', 1, ({ wal }) => wal / MIB),
  ];
}
