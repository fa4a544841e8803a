import { BrokenPromise } from '../base/assert.js';
import type { DatabaseKind } from './database-kind.js';

type Books = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** The same books; whatever the database driver throws comes out as a `BridgeError` of area `books`. A bug of ours stays what it is. */
export function withBooksErrors<T extends object>(kind: DatabaseKind, books: T & { [K in keyof T]: Books[string] }): T {
  const wrapped = Object.entries<Books[string]>(books).map(([name, verb]) => [
    name,
    async (...args: never[]) => {
      try {
        return await verb(...args);
      } catch (error) {
        if (error instanceof BrokenPromise) throw error;
        throw kind.errorOf(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
