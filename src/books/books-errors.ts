import type { BooksHealth } from './books-health.js';

type Verb = (...args: never[]) => Promise<unknown>;

/**
 * The same books, watched: whatever the database driver throws comes out as a `BridgeError` of area `books` and is known to `health`. A
 * bug of ours stays what it is. While the books are in trouble the verbs in `writes` are refused without being tried.
 */
export function watchedBooks<T extends object>(
  health: Pick<BooksHealth, 'trouble' | 'heard'>,
  books: T & { [K in keyof T]: Verb },
  writes: readonly (keyof T)[],
): T {
  const watched = Object.entries<Verb>(books).map(([name, verb]) => [
    name,
    async (...args: never[]) => {
      const trouble = writes.includes(name as keyof T) ? health.trouble() : null;
      if (trouble !== null) throw trouble;
      try {
        return await verb(...args);
      } catch (error) {
        throw health.heard(error);
      }
    },
  ]);
  return Object.fromEntries(watched) as T;
}
