import type { KeyObject } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { BridgeConfig, UpstreamConfig } from '../config/bridge-config.js';
import type { Environment } from '../config/load-config.js';
import type { ListedPort } from '../display/serial-system.js';
import type { RehearsalOrder } from '../rehearsal/rehearsal-order.js';
import type { AdminAnswer, AdminRequest } from './admin-messages.js';
import type { DoctorTools } from './doctor-parts.js';

/** Fine. */
export const EXIT_FINE = 0;
/** Wrong usage or a wrong configuration, refused file rights included. */
export const EXIT_WRONG = 1;
/** A check failed or the service cannot run. */
export const EXIT_FAILED = 2;
/** Differences were found. */
export const EXIT_DIFFERENCES = 3;

/** Where a command writes; every text ends in a line feed. */
export interface CliOutput {
  out(text: string): void;
  err(text: string): void;
}

/** How the simulator is to run (till API contract 6); numbers are in range, files are not yet opened. */
export interface SimulatorOptions {
  readonly port: number;
  readonly seed: string;
  readonly faultsFile: string | undefined;
  /** `undefined` for none. */
  readonly chaosLevel: 1 | 2 | 3 | undefined;
  readonly clientPublicKeyFile: string | undefined;
  readonly orderLifeSeconds: number;
  readonly cancelWindow: 'open' | 'closed';
}

/** Work with signing keys, done elsewhere: the technician's commands hold no cryptography. */
export interface KeyTools {
  generateSigningPair(): Promise<{ readonly privatePem: string; readonly publicPem: string; readonly publicBase64: string }>;
  /** Bare Base64 of the public half. */
  publicKeyBase64(key: KeyObject): string;
  signsAndVerifies(key: UpstreamConfig['signingKey'], clientId: string): Promise<boolean>;
}

/** The displays of a stopped bridge: answers the display verbs as the running bridge does. */
export interface OfflineDisplays {
  ask(request: AdminRequest): Promise<AdminAnswer>;
  /** Blanks the glasses, closes the ports and gives the lock back. */
  close(): Promise<void>;
}

/** The clearing days of a stopped bridge: answers the recon verbs as the running bridge does. */
export interface OfflineRecon {
  ask(request: AdminRequest): Promise<AdminAnswer>;
  /** Closes the books and gives the lock back. */
  close(): Promise<void>;
}

/** Everything the commands need from the rest of the program; `main.ts` joins them. Numbers given back are exit codes. */
export interface CliParts {
  readonly version: string;
  readonly env: Environment;
  readonly output: CliOutput;
  readonly clock: Clock;
  readonly keyTools: KeyTools;
  /** Runs the bridge until it is told to stop. */
  serve(config: BridgeConfig): Promise<number>;
  /** `port` undefined: any that is free. */
  demo(options: { readonly port: number | undefined }): Promise<number>;
  simulator(options: SimulatorOptions): Promise<number>;
  /** Runs an emulated display until it is told to end. */
  glass(order: RehearsalOrder): Promise<number>;
  /**
   * Answers the verbs about payments, users and the trail of acts out of the books while the bridge is stopped, under the
   * single-instance lock. An id nobody knows is refused with the code `not_found`.
   */
  answerOffline(config: BridgeConfig, request: AdminRequest): Promise<AdminAnswer>;
  /** The displays of a bridge that is stopped, under the single-instance lock until `close`. */
  offlineDisplays(config: BridgeConfig): Promise<OfflineDisplays>;
  /** The clearing days of a bridge that is stopped, under the single-instance lock until `close`. */
  offlineRecon(config: BridgeConfig): Promise<OfflineRecon>;
  /** Whether what goes to `output.err` is read on a terminal: then progress is drawn in one line. */
  readonly isTerminal?: boolean;
  readonly doctor: DoctorTools;
  /** Asks the person at the keyboard for a line; undefined when nobody is there (end of input, Ctrl-C). */
  askPerson(question: string): Promise<string | undefined>;
  /** The same without showing what is typed; from a pipe the next line as it stands. */
  askSecret(question: string): Promise<string | undefined>;
  /** Whether a person types, and no pipe speaks. */
  isTyped(): boolean;
  /** The serial ports of this machine. Rejects where the system cannot say. */
  listPorts(): Promise<readonly ListedPort[]>;
}
