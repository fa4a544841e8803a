import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { errorText } from '../base/log.js';
import { readPrivateKey, readPublicKey, type SigningKey, type VerifyingKeys } from '../upstream/signature.js';
import { closeToOthersCommand, isOpenToOthers } from './file-rights.js';
import type { ConfigPath, Finding } from './problem.js';

const LARGEST_KEY_FILE = 256 * 1024;

export type KeyReading<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'wrong'; readonly findings: readonly Finding[] };

function wrong<T>(path: ConfigPath, message: string, repair: string): KeyReading<T> {
  return { kind: 'wrong', findings: [{ path, message, repair }] };
}

/** Text of a file that must be there; with `secret`, of one that only its owner may read. */
export async function readKeyText(path: ConfigPath, file: string, secret: boolean, repair: string): Promise<KeyReading<string>> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return wrong(path, `the file ${file} does not exist`, repair);
  if (!found.isFile() || found.size > LARGEST_KEY_FILE) return wrong(path, `${file} is not a key file`, repair);
  if (secret && (await isOpenToOthers(file))) {
    return wrong(path, `others may read ${file}`, `Run: ${closeToOthersCommand(file)}`);
  }
  try {
    return { kind: 'ok', value: await readFile(file, 'utf8') };
  } catch (error) {
    return wrong(
      path,
      `${file} cannot be read (${errorCode(error)})`,
      'Let the account that runs the bridge own and read the file.',
    );
  }
}

const PRIVATE_REPAIR = 'Name our RSA-2048 private key in PKCS#8; "ocbridge keys generate" makes one.';
const PUBLIC_REPAIR = 'Copy the public key of the upstream from its Developer Center into this file.';

/** Reads our private key; findings when it is missing, open to others, or not an RSA-2048 private key. */
export async function readSigningKey(
  path: ConfigPath,
  file: string,
  rest: Omit<SigningKey, 'privateKey'>,
): Promise<KeyReading<SigningKey>> {
  const text = await readKeyText(path, file, true, PRIVATE_REPAIR);
  if (text.kind === 'wrong') return text;
  const kind = foreignKind(text.value, 'private');
  if (kind !== undefined) return wrong(path, `${file} is of the wrong kind: ${kind}`, PRIVATE_REPAIR);
  try {
    return { kind: 'ok', value: { ...rest, privateKey: readPrivateKey(text.value) } };
  } catch (error) {
    return wrong(
      path,
      `${file} is of the wrong kind: ${plainReason(error, 'no private key can be read from it')}`,
      PRIVATE_REPAIR,
    );
  }
}

/** Reads the public keys of the upstream by key version; findings for each that is missing or not an RSA-2048 public key. */
export async function readUpstreamKeys(
  path: ConfigPath,
  files: Readonly<Record<string, string>>,
): Promise<KeyReading<VerifyingKeys>> {
  const findings: Finding[] = [];
  const keys = new Map<string, ReturnType<typeof readPublicKey>>();
  for (const [version, file] of Object.entries(files)) {
    const place = [...path, version];
    const text = await readKeyText(place, file, false, PUBLIC_REPAIR);
    if (text.kind === 'wrong') {
      findings.push(...text.findings);
      continue;
    }
    const kind = foreignKind(text.value, 'public');
    try {
      if (kind !== undefined) throw new Error(kind);
      keys.set(version, readPublicKey(text.value));
    } catch (error) {
      const reason = plainReason(error, 'no public key can be read from it');
      findings.push({ path: place, message: `${file} is of the wrong kind: ${reason}`, repair: PUBLIC_REPAIR });
    }
  }
  return findings.length > 0 ? { kind: 'wrong', findings } : { kind: 'ok', value: keys };
}

/** Findings about the key and the certificate of a listener: missing, open to others, or not belonging together. */
export async function tlsFindings(
  path: ConfigPath,
  tls: { readonly keyFile: string; readonly certFile: string },
): Promise<readonly Finding[]> {
  const repair = 'Name the PEM files that belong to the certificate of this host.';
  const key = await readKeyText([...path, 'keyFile'], tls.keyFile, true, repair);
  const cert = await readKeyText([...path, 'certFile'], tls.certFile, false, repair);
  if (key.kind === 'wrong' || cert.kind === 'wrong') {
    return [...(key.kind === 'wrong' ? key.findings : []), ...(cert.kind === 'wrong' ? cert.findings : [])];
  }
  try {
    createSecureContext({ key: key.value, cert: cert.value });
    return [];
  } catch {
    return [{ path: [...path, 'keyFile'], message: 'the key and the certificate are not a pair that can be used', repair }];
  }
}

/** Findings about the private key of an SFTP account: missing, open to others, or none that a login could use. */
export async function sftpKeyFindings(path: ConfigPath, file: string): Promise<readonly Finding[]> {
  const text = await readKeyText(path, file, true, 'Name the file with the private key of this account.');
  if (text.kind === 'wrong') return text.findings;
  // Only a shop that fetches reports needs the SSH library, and no command should wait for it otherwise.
  const { readSshKey, SSH_KEY_REPAIR } = await import('../courier/sftp-key.js');
  const read = readSshKey(text.value);
  if ('key' in read) return [];
  return [{ path, message: `${file} is of the wrong kind: ${read.unusable}`, repair: SSH_KEY_REPAIR }];
}

function foreignKind(text: string, wanted: 'private' | 'public'): string | undefined {
  if (text.includes('BEGIN CERTIFICATE')) return 'it is a certificate';
  if (text.includes('BEGIN ENCRYPTED')) return 'it is protected by a passphrase, which nobody could type at start';
  if (wanted === 'private' && text.includes('PUBLIC KEY')) return 'it is a public key';
  return undefined;
}

/** OpenSSL's own words help nobody at a counter; ours are kept. */
function plainReason(error: unknown, otherwise: string): string {
  const words = errorText(error);
  return words.startsWith('it ') ? words : otherwise;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
