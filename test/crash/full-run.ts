import type { BooksKind } from './crash-books.js';

/** How many seeds of each place, and how many schedules, make a full run. */
export const FULL_RUN: Readonly<Record<BooksKind, { readonly seeds: number; readonly schedules: number }>> = {
  sqlite3: { seeds: 50, schedules: 10_000 },
  pg: { seeds: 5, schedules: 1_000 },
};
