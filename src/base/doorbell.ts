/** Rings carry no data and may be lost: they save waiting, never correctness. */
export interface Doorbell {
  /** Says that `topic` (a payment id or `lane:<id>`) may have changed. */
  ring(topic: string): void;
  /** Calls `heard` at every ring, with the topic; returns how to stop listening. */
  listen(heard: (topic: string) => void): () => void;
}

export function createDoorbell(): Doorbell {
  const listeners = new Set<(topic: string) => void>();
  return {
    ring(topic) {
      for (const heard of [...listeners]) heard(topic);
    },
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}

/** Resolves at the next ring whose topic is wanted, or when `stop` is aborted. Listening starts before this returns. */
export function nextRing(doorbell: Doorbell, wanted: (topic: string) => boolean, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) {
      resolve();
      return;
    }
    const done = () => {
      quiet();
      stop.removeEventListener('abort', done);
      resolve();
    };
    const quiet = doorbell.listen((topic) => {
      if (wanted(topic)) done();
    });
    stop.addEventListener('abort', done);
  });
}
