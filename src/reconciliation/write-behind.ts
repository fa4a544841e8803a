/** Lets the disk write while the next things are thought of: at most one write is under way, and they follow each other. */
export interface WriteBehind {
  /** Begins a write as soon as the one before has ended. Rejects when that one did. */
  begin(write: () => Promise<void>): Promise<void>;
  /** Rejects when the last write did. */
  done(): Promise<void>;
  /** Waits until nothing is written any more, however it ended. */
  settled(): Promise<void>;
}

export function createWriteBehind(): WriteBehind {
  let last: Promise<void> = Promise.resolve();
  return {
    async begin(write) {
      await last;
      last = write();
      // Told to whoever comes next, who may come late.
      last.catch(() => undefined);
    },
    done: () => last,
    settled: () => last.catch(() => undefined),
  };
}
