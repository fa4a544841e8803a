import { createPrivateKey } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

/** What to do about a key that cannot be used, as a whole sentence. */
export const SSH_KEY_REPAIR = 'Name an RSA, ECDSA or Ed25519 key without a passphrase, as ssh-keygen writes it.';

/** A private key in a form that the SSH library reads, or why there is none; the reason quotes nothing of the key. */
export type SshKeyReading = { readonly key: string } | { readonly unusable: string };

const LOCKED: SshKeyReading = { unusable: 'it is protected by a passphrase, which nobody could type at start' };
const NO_KEY: SshKeyReading = { unusable: 'it holds no private key that SSH can use' };

/** The library knows OpenSSH's, PuTTY's and the older PEM forms, but not PKCS#8. */
function inLibraryForm(text: string): string {
  if (!text.includes('BEGIN PRIVATE KEY')) return text;
  const key = createPrivateKey(text);
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return key.export({ format: 'pem', type }).toString();
}

/** Reads the text of a key file as every login does. */
export function readSshKey(text: string): SshKeyReading {
  if (text.includes('BEGIN ENCRYPTED PRIVATE KEY')) return LOCKED;
  try {
    const key = inLibraryForm(text);
    const found = ssh2.utils.parseKey(key) as ParsedKey | Error | readonly ParsedKey[];
    const [first] = Array.isArray(found) ? (found as readonly ParsedKey[]) : [found as ParsedKey | Error];
    if (first === undefined || first instanceof Error) return /encrypted/i.test(first?.message ?? '') ? LOCKED : NO_KEY;
    const pem = first.getPrivatePEM() as string | null;
    if (pem === null) return { unusable: 'it is a public key' };
    // The library believes the form; whether the numbers make a key would show at the first login only.
    createPrivateKey(pem);
    return { key };
  } catch {
    return NO_KEY;
  }
}
