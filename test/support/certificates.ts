import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A throw-away certificate with its key, PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly name: string;
}

export interface CertificateWishes {
  /** Host name, or the name of an authority. */
  readonly name: string;
  /** From and to, epoch ms; default: since yesterday, for a year. */
  readonly from?: number;
  readonly to?: number;
  /** Who signs; left out: signed by itself. */
  readonly by?: Certificate;
}

const DAY_MS = 86_400_000;

/** The parts of DER that a certificate needs: a tag, the length, the content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex');

const nameOf = (text: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text, 'utf8')))));
const timeOf = (at: number) => der(0x18, Buffer.from(`${new Date(at).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`));
const extension = (id: Uint8Array, value: Uint8Array) => sequence(id, der(0x04, value));

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Makes a certificate for one host name, or an authority that signs others (`by`). */
export function makeCertificate(wishes: CertificateWishes): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { name, from = Date.now() - DAY_MS, to = Date.now() + 365 * DAY_MS, by } = wishes;
  const signer: KeyObject = by === undefined ? privateKey : createPrivateKey(by.key);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const serial = Buffer.concat([Buffer.from([0x01]), createHash('sha256').update(spki).digest().subarray(0, 15)]);
  const extensions = sequence(
    extension(BASIC_CONSTRAINTS, sequence(...(by === undefined ? [Buffer.from('0101ff', 'hex')] : []))),
    extension(ALTERNATIVE_NAMES, sequence(der(0x82, Buffer.from(name, 'ascii')))),
  );
  const body = sequence(
    der(0xa0, Buffer.from('020102', 'hex')),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    nameOf(by?.name ?? name),
    sequence(timeOf(from), timeOf(to)),
    nameOf(name),
    spki,
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, signer);
  const cert = pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature)));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert, name };
}
