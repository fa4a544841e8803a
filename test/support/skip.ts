import type { Context } from 'mocha';

/** Skips the running test or suite and prints why, so that nobody takes it for one that passed. */
export function skipBecause(test: Context, why: string): never {
  console.log(`      skipped: ${why}`);
  return test.skip();
}
