import type { BridgeConfig, UpstreamConfig } from '../config/bridge-config.js';
import type { DisplayStatus } from '../display/display-status.js';
import type { CheckLine } from './doctor-report.js';

/** A cause with its sentence, as plain JSON. */
export interface ToldCause {
  readonly code: string;
  readonly message: string;
}

/** What the running bridge says of itself (verb `doctor`). */
export interface BridgeReport {
  /** What keeps the books from being written. */
  readonly books: ToldCause | null;
  /** Lanes that are held by a payment which cannot be read. */
  readonly blockedLanes: readonly string[];
  /** Addresses of the listeners it holds. */
  readonly listeners: Readonly<Record<string, string | undefined>>;
  /** Its clock, epoch ms: it never goes back, whatever the machine's does. */
  readonly now: number;
  readonly log: { readonly dropped: number; readonly why: string | null };
  /** Clearing days whose reports are late. */
  readonly lateReports: readonly { readonly day: string; readonly isUrgent: boolean; readonly message: string }[];
  readonly upstreams: readonly { readonly id: string; readonly trouble: ToldCause | null }[];
  readonly displays: readonly { readonly laneId: string; readonly statuses: readonly SeenDisplay[] }[];
}

/** A display's health, as plain JSON. */
export type SeenDisplay = Pick<DisplayStatus, 'driver' | 'port' | 'health' | 'reason'>;

/** What the doctor has others do: it knows neither signatures nor SQL. Nothing of it rejects. */
export interface DoctorTools {
  /** Asks an upstream about an id that nobody has: name, connection, certificate, signed answer, clock. */
  upstream(settings: UpstreamConfig, instanceId: string): Promise<readonly CheckLine[]>;
  /** Logs in to the servers of the clearing reports and looks into their folders; changes nothing. */
  reports(config: BridgeConfig): Promise<readonly CheckLine[]>;
  /** Opens the books of a stopped bridge, writes a little, reads everything. */
  books(config: BridgeConfig): Promise<readonly CheckLine[]>;
}
