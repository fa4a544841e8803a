/** A stored message whose signature is to be checked once more. */
export interface MessageToCheck {
  readonly upstreamId: string;
  readonly part: 'request' | 'answer' | 'notification';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of the bytes that were signed, lower-case hex; null where it was not kept apart from them. */
  readonly sha256: string | null;
}

/**
 * What the stored bytes and the keys of this moment say. `masked`: what is stored is not what was signed, because it was not to be kept.
 * `changed`: the stored bytes are not those of the stored hash. `unconfigured`: the upstream has left the configuration.
 */
export interface VerdictNow {
  readonly kind: 'good' | 'bad' | 'unsigned' | 'masked' | 'changed' | 'unconfigured';
  /** A word of the signature check, e.g. `mismatch`; null where there is nothing to add. */
  readonly why: string | null;
  /** As the header names them; null where it cannot be read. */
  readonly keyVersion: string | null;
  readonly algorithm: string | null;
  /** The version is not configured, and the only key there is was taken. */
  readonly keyVersionUnknown: boolean;
  /** What is signed before the body. */
  readonly signed: { readonly path: string; readonly clientId: string; readonly time: string } | null;
  /** Of the stored bytes. */
  readonly sha256: string;
}

/** Port: checks signatures with the keys that are configured now. Joined to `upstream/`. */
export type CheckAgain = (message: MessageToCheck) => VerdictNow;
