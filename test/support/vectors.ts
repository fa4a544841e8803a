import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readPrivateKey, readPublicKey } from '#src/upstream/signature.js';

/** One signed message of the supplied test vectors (order-code reference 2.7). */
export interface Vector {
  readonly name: string;
  readonly path: string;
  readonly clientId: string;
  readonly time: string;
  readonly bodyFile: string;
  readonly bodyBytes: number;
  readonly bodySha256: string;
  readonly contentToSignFile: string;
  readonly contentToSignSha256: string;
  readonly signerPrivateKey: string;
  readonly verifierPublicKey: string;
  readonly signatureBase64: string;
  readonly signaturePercentEncodedBase64: string;
  readonly signatureBase64UrlNoPad: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface VectorFile {
  readonly positive: readonly Vector[];
  readonly negative: readonly { readonly name: string; readonly base: string }[];
}

const FOLDER = new URL('../../../test/vectors/', import.meta.url);

export function vectorBytes(file: string): Buffer {
  return readFileSync(new URL(file, FOLDER));
}

const FILE = JSON.parse(vectorBytes('vectors.json').toString('utf8')) as VectorFile;

/** All four messages. */
export const VECTORS = FILE.positive;
/** The names of the cases that must not verify. */
export const NEGATIVE_CASES = FILE.negative.map(({ name }) => name);

export function vector(name: string): Vector {
  const found = VECTORS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

export function vectorPrivateKey(file: string): KeyObject {
  return readPrivateKey(vectorBytes(file).toString('utf8'));
}

/** The public key in `file`, as the only known key, of version 1. */
export function vectorPublicKeys(file: string): ReadonlyMap<string, KeyObject> {
  return new Map([['1', readPublicKey(vectorBytes(file).toString('utf8'))]]);
}
