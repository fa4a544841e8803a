import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Fewer characters (Unicode code points) are no password (till API contract 5). */
export const SHORTEST_PASSWORD = 12;
/** More bytes are not looked at: the work of a hash must not be the caller's choice. */
export const LONGEST_PASSWORD = 256;

/** RFC 7914, as OWASP's password storage sheet has it: 32 MiB for each guess. */
const COST = { N: 2 ** 15, r: 8, p: 1 };
const HASH_BYTES = 32;
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

function derive(password: string, salt: Buffer, { N, r, p }: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Composed alike on every keyboard.
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** The password as it may be stored: its own salt, the cost, the hash. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** For names that nobody has: no password gives it, and trying takes as long as with any other. */
const NOBODYS = ['scrypt', COST.N, COST.r, COST.p, 'A'.repeat(22), 'A'.repeat(43)].join('$');

/** Whether this is the password; `stored` null takes the same time and is always false. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, n = '', r = '', p = '', salt = '', hash = ''] = STORED.exec(stored ?? NOBODYS) ?? [];
  if (n === '') return false;
  const given = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(n), r: Number(r), p: Number(p) });
  return timingSafeEqual(given, Buffer.from(hash, 'base64url')) && stored !== null;
}
