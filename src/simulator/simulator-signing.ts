import {
  type SignedContext,
  type SigningKey,
  signatureHeader,
  type VerifyingKeys,
  verifySignature,
} from '../upstream/signature.js';
import type { Signing } from './call-change.js';

/** The keys that the simulator can sign with, rightly or, as a fault, wrongly, and what it checks a client with. */
export interface SimulatorKeys {
  readonly own: SigningKey;
  readonly stranger: SigningKey;
  /** The client's private key, to play an upstream that signs with it. */
  readonly client: SigningKey;
  /** `undefined`: client signatures are recorded as "not checked" and believed. */
  readonly clientPublic: VerifyingKeys | undefined;
}

export const ALGORITHM = 'RSA256';

const OTHER_PATH = '/aps/api/v1/payments/somethingElse';

/** The `Signature` header for a message, or `undefined` for an unsigned one. `otherTime` is what `otherTime` signs instead. */
export async function signAs(
  keys: SimulatorKeys,
  signing: Signing,
  context: SignedContext,
  body: Uint8Array,
  otherTime: string,
): Promise<string | undefined> {
  switch (signing) {
    case 'none':
      return undefined;
    case 'own':
      return signatureHeader(keys.own, context, body);
    case 'stranger':
      return signatureHeader(keys.stranger, context, body);
    case 'client':
      return signatureHeader(keys.client, context, body);
    case 'otherPath':
      return signatureHeader(keys.own, { ...context, path: OTHER_PATH }, body);
    case 'otherTime':
      return signatureHeader(keys.own, { ...context, time: otherTime }, body);
    case 'otherBody':
      return signatureHeader(keys.own, context, Buffer.concat([body, Buffer.from(' ')]));
  }
}

/** How a client's message is signed: `good`, `not checked`, `unsigned` or `bad: why`. */
export function verdictText(
  keys: SimulatorKeys,
  header: string | readonly string[] | undefined,
  context: SignedContext,
  body: Uint8Array,
  algorithm = ALGORITHM,
): string {
  if (keys.clientPublic === undefined) return 'not checked';
  const verdict = verifySignature(keys.clientPublic, algorithm, header, context, body);
  return verdict.kind === 'bad' ? `bad: ${verdict.why}` : verdict.kind;
}

/** Whether a verdict lets a message count. */
export function believed(verdict: string): boolean {
  return verdict === 'good' || verdict === 'not checked';
}
