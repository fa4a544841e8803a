import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '../base/clock.js';
import type { ProcessBell } from './database-kind.js';

const CHANNEL = 'ocbridge';
/** After the line broke; whoever waits looks by itself in the meantime. */
const AGAIN_AFTER_MS = 1000;
const CLOSED_WITHIN_MS = 1000;

/** What is needed to hear and to be heard. */
export interface BellParts {
  readonly client: pg.ClientConfig;
  readonly clock: Clock;
  /** Called with every topic that another process rang for. */
  readonly heard: (topic: string) => void;
}

/**
 * Rings over LISTEN and NOTIFY on a connection of its own. What is rung while the line is down, or before it stands, is lost. Rings are
 * gathered while the ones before them are on their way, and never ride in a transaction of the books: the server lets only one transaction
 * with a NOTIFY commit at a time.
 */
export function openPostgresBell({ client: settings, clock, heard }: BellParts): ProcessBell {
  const me = randomBytes(6).toString('hex');
  const closing = new AbortController();
  const waiting = new Set<string>();
  let line: pg.Client | undefined;
  let isSending = false;

  async function send(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (line !== undefined && waiting.size > 0) {
      const payloads = [...waiting].map((topic) => `${me} ${topic}`);
      waiting.clear();
      await line
        .query('select pg_notify($1, payload) from unnest($2::text[]) payload', [CHANNEL, payloads])
        .catch(() => undefined);
    }
    waiting.clear();
    isSending = false;
  }

  /** Resolves when this line has broken, or was closed. */
  async function holdLine(): Promise<void> {
    const client = new pg.Client({ ...settings, keepAlive: true, keepAliveInitialDelayMillis: 10_000 });
    const broken = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.on('error', () => resolve());
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ payload = '' }) => {
      const [who, ...topic] = payload.split(' ');
      if (who !== me) heard(topic.join(' '));
    });
    try {
      await client.connect();
      // A ring need not be on the disk.
      await client.query(`set synchronous_commit = off; listen ${CHANNEL}`);
      line = client;
      await broken;
    } finally {
      line = undefined;
      await client.end().catch(() => undefined);
    }
  }

  const living = (async () => {
    while (!closing.signal.aborted) {
      await holdLine().catch(() => undefined);
      await clock.sleep(AGAIN_AFTER_MS, closing.signal);
    }
  })();

  return {
    tell(topic) {
      if (line === undefined) return;
      waiting.add(topic);
      void send();
    },
    async close() {
      closing.abort();
      // A line that is just being built to a server that says nothing is not waited for.
      await Promise.race([living, clock.sleep(CLOSED_WITHIN_MS)]);
    },
  };
}
