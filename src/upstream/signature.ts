import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from 'node:crypto';

/** How the signature value is written; all three are read (order-code reference 2.5). */
export type SignatureEncoding = 'percent' | 'plain' | 'url';

/** What is signed besides the body. `time` is the exact text of the time header. */
export interface SignedContext {
  /** Path of the request, also for the answer to it; for a notification the public path of our notify URL. */
  readonly path: string;
  readonly clientId: string;
  readonly time: string;
}

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly keyVersion: string;
  readonly encoding: SignatureEncoding;
  /** The word the header names the algorithm with, e.g. `RSA256`. */
  readonly algorithmText: string;
}

/** Public keys of the other side by key version. */
export type VerifyingKeys = ReadonlyMap<string, KeyObject>;

export type Verdict =
  | { readonly kind: 'good'; readonly keyVersion: string; readonly keyVersionUnknown: boolean }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'bad'; readonly why: 'headerUnreadable' | 'algorithm' | 'keyVersion' | 'signatureUnreadable' | 'mismatch' };

const RSA_2048_BYTES = 256;

/** `POST <path>\n<Client-Id>.<Time>.<body>` over the exact bytes, no line feed at the end (order-code reference 2.4). */
export function contentToSign(context: SignedContext, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`POST ${context.path}\n${context.clientId}.${context.time}.`, 'utf8'), body]);
}

function encodeSignature(raw: Buffer, encoding: SignatureEncoding): string {
  switch (encoding) {
    case 'percent':
      return encodeURIComponent(raw.toString('base64'));
    case 'plain':
      return raw.toString('base64');
    case 'url':
      return raw.toString('base64url');
  }
}

/** The value of the `Signature` header. PKCS#1 v1.5 with SHA-256 is deterministic: equal input gives equal text. */
export function signatureHeader(key: SigningKey, context: SignedContext, body: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('sha256', contentToSign(context, body), key.privateKey, (error, raw) => {
      if (error) reject(error);
      else
        resolve(`algorithm=${key.algorithmText}, keyVersion=${key.keyVersion}, signature=${encodeSignature(raw, key.encoding)}`);
    });
  });
}

interface HeaderParts {
  readonly algorithm: string;
  readonly keyVersion: string;
  readonly signature: string;
}

/** Splits at commas and each part at its first `=` only, because Base64 may end in `=`. A key given twice is unreadable. */
export function parseSignatureHeader(header: string): HeaderParts | undefined {
  const parts = new Map<string, string>();
  for (const part of header.split(',')) {
    const at = part.indexOf('=');
    if (at <= 0) continue;
    const name = part.slice(0, at).trim().toLowerCase();
    if (parts.has(name)) return undefined;
    parts.set(name, part.slice(at + 1).trim());
  }
  const algorithm = parts.get('algorithm');
  const signature = parts.get('signature');
  if (algorithm === undefined || signature === undefined || signature === '') return undefined;
  return { algorithm, keyVersion: parts.get('keyversion') ?? '', signature };
}

/** Percent-decoded (a bare `+` stays `+`), either Base64 alphabet, padding optional; `undefined` unless it is 256 bytes exactly. */
export function decodeSignature(text: string): Buffer | undefined {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    return undefined;
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(plain)) return undefined;
  const raw = Buffer.from(plain.replaceAll('-', '+').replaceAll('_', '/'), 'base64');
  return raw.length === RSA_2048_BYTES ? raw : undefined;
}

function pickKey(keys: VerifyingKeys, keyVersion: string): { key: KeyObject; unknown: boolean } | undefined {
  const exact = keys.get(keyVersion);
  if (exact) return { key: exact, unknown: false };
  const [only, ...others] = keys.values();
  return only !== undefined && others.length === 0 ? { key: only, unknown: true } : undefined;
}

/** A signature header that is worth checking: the bytes, and the key they are checked with. */
interface Claim {
  readonly kind: 'claim';
  readonly key: KeyObject;
  readonly keyVersion: string;
  readonly keyVersionUnknown: boolean;
  /** Equal bytes mean an equal message at an equal time, however the header writes them. */
  readonly raw: Buffer;
}

/** Reads the header alone, which costs next to nothing. It is undefined when the message carried none; an array means it came more than once. */
export function readClaim(
  keys: VerifyingKeys,
  algorithmText: string,
  header: string | readonly string[] | undefined,
): Claim | Exclude<Verdict, { kind: 'good' }> {
  if (header === undefined || header.length === 0) return { kind: 'unsigned' };
  if (typeof header !== 'string') return { kind: 'bad', why: 'headerUnreadable' };
  const parts = parseSignatureHeader(header);
  if (parts === undefined) return { kind: 'bad', why: 'headerUnreadable' };
  if (parts.algorithm.toUpperCase() !== algorithmText.toUpperCase()) return { kind: 'bad', why: 'algorithm' };
  const picked = pickKey(keys, parts.keyVersion);
  if (picked === undefined) return { kind: 'bad', why: 'keyVersion' };
  const raw = decodeSignature(parts.signature);
  if (raw === undefined) return { kind: 'bad', why: 'signatureUnreadable' };
  return { kind: 'claim', key: picked.key, keyVersion: parts.keyVersion, keyVersionUnknown: picked.unknown, raw };
}

/** Whether the claim is true of these raw bytes. */
export function isTrue(claim: Claim, context: SignedContext, body: Uint8Array): boolean {
  return verify('sha256', contentToSign(context, body), claim.key, claim.raw);
}

/** Verifies the raw bytes of a message: header, key and signature in one. */
export function verifySignature(
  keys: VerifyingKeys,
  algorithmText: string,
  header: string | readonly string[] | undefined,
  context: SignedContext,
  body: Uint8Array,
): Verdict {
  const claim = readClaim(keys, algorithmText, header);
  if (claim.kind !== 'claim') return claim;
  if (!isTrue(claim, context, body)) return { kind: 'bad', why: 'mismatch' };
  return { kind: 'good', keyVersion: claim.keyVersion, keyVersionUnknown: claim.keyVersionUnknown };
}

/** Reads PEM, or the bare Base64 of PKCS#8 that the Developer Center exchanges; throws unless it is an RSA private key of 2048 bits. */
export function readPrivateKey(text: string): KeyObject {
  const key = text.includes('-----BEGIN')
    ? createPrivateKey(text)
    : createPrivateKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'pkcs8' });
  return requireRsa2048(key);
}

/** Reads PEM, or the bare Base64 of SubjectPublicKeyInfo; throws unless it is an RSA public key of 2048 bits. A private key is refused. */
export function readPublicKey(text: string): KeyObject {
  if (text.includes('PRIVATE KEY')) throw new Error('it is a private key; the public key of the other side belongs here');
  const key = text.includes('-----BEGIN')
    ? createPublicKey(text)
    : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'spki' });
  return requireRsa2048(key);
}

function requireRsa2048(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw new Error(`it is a key of type ${key.asymmetricKeyType}; RSA is needed`);
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== 2048) throw new Error(`it has ${bits} bits; RSA-2048 is needed`);
  return key;
}

/** A new RSA-2048 pair: private as PKCS#8 PEM, public as SubjectPublicKeyInfo PEM and as the bare Base64 of the Developer Center. */
export interface NewSigningPair {
  readonly privatePem: string;
  readonly publicPem: string;
  readonly publicBase64: string;
}

/** Makes a new pair; takes a moment, without holding up the rest of the process. */
export function generateSigningPair(): Promise<NewSigningPair> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicKey, privateKey) => {
      if (error) {
        reject(error);
        return;
      }
      resolve({
        privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        publicBase64: publicKeyBase64(publicKey),
      });
    });
  });
}

/** Bare Base64 of the SubjectPublicKeyInfo of a public key, or of the public half of a private one. */
export function publicKeyBase64(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The public half of our own key, to verify what we signed. */
export function ownVerifyingKeys({ keyVersion, privateKey }: SigningKey): VerifyingKeys {
  return new Map([[keyVersion, createPublicKey(privateKey)]]);
}

/** Signs a sample message with the configured key and verifies it with its public half, through the header as it is sent. */
export async function signsAndVerifies(key: SigningKey, clientId: string): Promise<boolean> {
  const context = { path: '/round/trip', clientId, time: '2026-01-01T00:00:00.000Z' };
  const body = Buffer.from('{"sample":"\u00e9"}', 'utf8');
  const header = await signatureHeader(key, context, body);
  return verifySignature(ownVerifyingKeys(key), key.algorithmText, header, context, body).kind === 'good';
}
