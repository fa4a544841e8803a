/** How many places there are for one holder and for all together. */
export interface PlaceLimits {
  readonly perHolder: number;
  readonly inAll: number;
}

/** A bounded number of places. */
export interface Places {
  /** Takes a place; call what it returns once to leave. `undefined` when there is none, for this holder or at all. */
  take(holder: string): (() => void) | undefined;
}

/** Counts who is inside; nobody waits for a place. */
export function createPlaces({ perHolder, inAll }: PlaceLimits): Places {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(holder) {
      const mine = taken.get(holder) ?? 0;
      if (mine >= perHolder || all >= inAll) return undefined;
      taken.set(holder, mine + 1);
      all += 1;
      return () => {
        all -= 1;
        const left = (taken.get(holder) ?? 1) - 1;
        if (left > 0) taken.set(holder, left);
        else taken.delete(holder);
      };
    },
  };
}
