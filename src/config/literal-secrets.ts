import type { ConfigPath } from './problem.js';

/** A PEM private key anywhere in a text, also in a comment. */
export const PRIVATE_KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

const FROM_ENVIRONMENT = /^\$\{[^}]*\}$/;
const SECRET_NAME = /(password|passwd|passphrase|secret|token|api[-_]?key|^authorization|^cookie)$/i;
/** 32 random bytes as base64url: what `terminal add` gives to a till. */
const TERMINAL_KEY = /^[A-Za-z0-9_-]{43}$/;
/** DER of a key as Base64: RSA-2048 begins so, public or private. */
const BARE_KEY = /^MII[A-Za-z0-9+/=\s]{300,}$/;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:([^@/]*)@/i;
const PASSWORD_PAIR = /(?:^|[\s?&;])(?:password|passwd|pwd|passfile|sslpassword)\s*=\s*('[^']*'|[^\s&;]+)/i;

/**
 * What to say when a scalar, as it stands in the file before the environment is filled in, is itself a secret (till API contract:
 * none may stand there); `undefined` when it is not. The value never enters the message.
 */
export function literalSecret(path: ConfigPath, raw: string): { message: string; repair: string } | undefined {
  const name = String(path.at(-1) ?? '');
  const text = raw.trim();
  if (text.includes('-----BEGIN') || BARE_KEY.test(text)) {
    return { message: 'a key stands in the file itself', repair: 'Put the key into a file of its own and name that file here.' };
  }
  const inUrl = text.match(URL_WITH_PASSWORD)?.[1] ?? text.match(PASSWORD_PAIR)?.[1];
  if (inUrl !== undefined && inUrl !== '' && !FROM_ENVIRONMENT.test(inUrl.replace(/^'|'$/g, ''))) {
    return {
      message: 'a password stands in the file itself',
      repair: `Put the whole value into the environment and write \${NAME} here, for example "\${DATABASE_URL}".`,
    };
  }
  if (path.includes('keySha256') && TERMINAL_KEY.test(text)) {
    return {
      message: 'this looks like a terminal key itself; only its SHA-256 may stand here',
      repair: 'Make a new key with "ocbridge terminal add" (this one counts as known) and write the 64 hex digits it prints.',
    };
  }
  if (text !== '' && SECRET_NAME.test(name) && !FROM_ENVIRONMENT.test(text)) {
    return {
      message: 'a secret stands in the file itself',
      repair: `Put it into the environment and write ${name}: "\${NAME}" here.`,
    };
  }
  return undefined;
}
