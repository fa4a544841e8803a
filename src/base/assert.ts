/** A promise inside the program was broken: a bug, never an everyday condition. */
export class BrokenPromise extends Error {
  override name = 'BrokenPromise';
}

/** Throws `BrokenPromise` with the sentence `what` unless `condition` holds. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new BrokenPromise(what);
}

/** Makes a `switch` over a union complete: a new member does not compile until it has a case. */
export function assertNever(value: never): never {
  throw new BrokenPromise(`unexpected case: ${JSON.stringify(value)}`);
}
