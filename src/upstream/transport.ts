/** What came back over the wire. "The line broke" and "they answered" are different members; so is "nothing can have left". */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Lower-case names; a header that came twice holds an array. */
      readonly headers: Readonly<Record<string, string | readonly string[]>>;
      readonly body: Uint8Array;
    }
  | Silence;

/** Nothing usable came back. */
export interface Silence {
  readonly kind: 'silent';
  /** False only when no connection ever stood. */
  readonly bytesMayHaveLeft: boolean;
  readonly cause: 'noConnection' | 'timeOut' | 'brokenOff' | 'tooLong';
  /** A code word of the system or of TLS where there is one. */
  readonly detail: string;
}

/** The port for outgoing calls of one upstream. Never rejects. Redirects are answers like any other and are not followed. */
export interface Transport {
  post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array, deadlineMs: number): Promise<Answer>;
  /** Opens a connection as a call would, sends nothing, and closes it; what kept it from standing, or `undefined`. Never rejects. */
  reach(): Promise<Silence | undefined>;
  close(): Promise<void>;
}
