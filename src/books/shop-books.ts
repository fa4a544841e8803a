import { hostname } from 'node:os';
import type { Clock } from '../base/clock.js';
import { type Database, inTransaction } from './database-kind.js';

/** What the configuration names and payments refer to; rows of what left the configuration stay, so that history keeps its names. */
export interface ConfiguredShop {
  readonly lanes: ReadonlyArray<{ readonly id: string; readonly merchant: string; readonly upstream: string }>;
  readonly terminals: ReadonlyArray<{ readonly id: string; readonly lanes: readonly string[] }>;
}

/** Brings the tables `lanes` and `terminals` in line with the configuration. */
export async function writeShop({ db, kind }: Database, clock: Clock, shop: ConfiguredShop): Promise<void> {
  const updated_at = clock.now();
  await inTransaction(db, async (trx) => {
    // Two processes that start at once would wait for each other's rows.
    await kind.takeTurns(trx, 'shop');
    await trx('lanes').update({ configured: 0 });
    await trx('terminals').update({ configured: 0 });
    for (const lane of shop.lanes) {
      await trx('lanes')
        .insert({ lane_id: lane.id, merchant_id: lane.merchant, upstream_id: lane.upstream, configured: 1, updated_at })
        .onConflict('lane_id')
        .merge();
    }
    for (const terminal of shop.terminals) {
      await trx('terminals')
        .insert({ terminal_id: terminal.id, lanes: JSON.stringify(terminal.lanes), configured: 1, updated_at })
        .onConflict('terminal_id')
        .merge();
    }
  });
}

/** How far each upstream's clock was from this machine's when last heard, ms; a restart must not show a code too long. */
export interface UpstreamClockBooks {
  /**
   * What was remembered; more where this machine's clock stands before a time at which an open payment was written: it was put back
   * meanwhile, and the upstream's was not. `undefined` when nothing was ever heard and nothing says so.
   */
  known(upstreamId: string): Promise<number | undefined>;
  remember(upstreamId: string, offsetMs: number): Promise<void>;
}

export function createUpstreamClockBooks({ db }: Database, clock: Clock, machine: string = hostname()): UpstreamClockBooks {
  return {
    async known(upstreamId) {
      const row = await db<{ upstream_id: string; machine: string; offset_ms: number }>('upstream_clocks')
        .where({ upstream_id: upstreamId, machine })
        .first();
      const open = await db('payments')
        .where({ upstream_id: upstreamId, holds_lane: 1 })
        .max({ at: 'updated_at' })
        .first<{ at: number | string | null }>();
      const putBack = Number(open?.at ?? 0) - clock.now();
      return putBack > 0 ? (row?.offset_ms ?? 0) + putBack : row?.offset_ms;
    },
    async remember(upstreamId, offsetMs) {
      await db('upstream_clocks')
        .insert({ upstream_id: upstreamId, machine, offset_ms: Math.round(offsetMs), measured_at: clock.now() })
        .onConflict(['upstream_id', 'machine'])
        .merge();
    },
  };
}

/** With what an upstream knows us. */
export interface UpstreamAccount {
  readonly dialect: string;
  readonly clientId: string;
}

/** The account under which the payments of each upstream were made. */
export interface UpstreamAccountBooks {
  /** `undefined` before the first start with it. */
  account(upstreamId: string): Promise<UpstreamAccount | undefined>;
  rememberAccount(upstreamId: string, account: UpstreamAccount): Promise<void>;
}

export function createUpstreamAccountBooks({ db }: Database, clock: Clock): UpstreamAccountBooks {
  return {
    async account(upstreamId) {
      const row = await db<{ upstream_id: string; dialect: string; client_id: string }>('upstream_accounts')
        .where('upstream_id', upstreamId)
        .first();
      return row && { dialect: row.dialect, clientId: row.client_id };
    },
    async rememberAccount(upstreamId, { dialect, clientId }) {
      await db('upstream_accounts')
        .insert({ upstream_id: upstreamId, dialect, client_id: clientId, updated_at: clock.now() })
        .onConflict('upstream_id')
        .merge();
    },
  };
}
