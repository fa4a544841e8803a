import type { Clock } from '../base/clock.js';
import { readPrivateKey, readPublicKey, type SignatureEncoding, type SigningKey } from '../upstream/signature.js';
import type { ChaosWish } from './chaos.js';
import type { Fault } from './fault-plan.js';
import { ALGORITHM, type SimulatorKeys } from './simulator-signing.js';
import { BRIDGE_PRIVATE_PEM, STRANGER_PRIVATE_PEM, UPSTREAM_PRIVATE_PEM } from './throwaway-keys.js';

export interface SimulatorOptions {
  /** TCP port on 127.0.0.1; 0 or left out picks a free one. */
  readonly port?: number;
  /** Same seed and same calls, same ids, codes, tampered bytes and drawn faults. Default `1`. */
  readonly seed?: string;
  readonly clock?: Clock;
  /** How far the simulator's wall clock is ahead of `clock`, in milliseconds: `Response-Time`, `expireTime`, `paymentTime` shift together. */
  readonly clockOffsetMs?: number;
  readonly faults?: readonly Fault[];
  /** Faults drawn by the seed, besides `faults`. */
  readonly chaos?: ChaosWish | undefined;
  /** The command that starts the same simulator again, for its reports; default the one with this seed and no further option. */
  readonly replay?: string;
  /** PEM of the client's public key; without it client signatures are "not checked". */
  readonly clientPublicKeyPem?: string | undefined;
  /** PEM of the client's private key, only to play answers signed with it; default the throw-away one of the demo. */
  readonly clientPrivateKeyPem?: string;
  /** The simulator's own key pair; default the throw-away pair of the test vectors. */
  readonly ownKeys?: { readonly privatePem: string; readonly publicPem: string };
  readonly keyVersion?: string;
  readonly signatureEncoding?: SignatureEncoding;
  /** Any other client id is refused; default: every one is taken. */
  readonly clientId?: string;
  readonly acquirerId?: string;
  readonly orderLifeMs?: number;
  /** Default `calendar`: paid orders can be cancelled until 00:15 UTC+8 of the next day. */
  readonly cancelWindow?: 'open' | 'closed' | 'calendar';
  /** Pauses between deliveries of a notification; default the production plan of order-code reference 1.4. */
  readonly notificationPausesMs?: readonly number[];
  readonly ackTimeoutMs?: number;
}

/** The keys that the options name, or the throw-away ones. Throws at a key that cannot be used. */
export function keysFrom(options: SimulatorOptions): SimulatorKeys {
  const key = (pem: string): SigningKey => ({
    privateKey: readPrivateKey(pem),
    keyVersion: options.keyVersion ?? '1',
    encoding: options.signatureEncoding ?? 'percent',
    algorithmText: ALGORITHM,
  });
  const { clientPublicKeyPem } = options;
  return {
    own: key(options.ownKeys?.privatePem ?? UPSTREAM_PRIVATE_PEM),
    stranger: key(STRANGER_PRIVATE_PEM),
    client: key(options.clientPrivateKeyPem ?? BRIDGE_PRIVATE_PEM),
    clientPublic: clientPublicKeyPem === undefined ? undefined : new Map([['1', readPublicKey(clientPublicKeyPem)]]),
  };
}
