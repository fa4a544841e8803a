import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts of one RSA pair. */
export interface PemPair {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** A fresh RSA pair as PEM. */
export function rsaPair(bits = 2048): PemPair {
  const pair = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

const ours = rsaPair();
const theirs = rsaPair();

/** A folder with the example configuration and the keys it names; `file` is the configuration. */
export interface ConfigFolder {
  readonly folder: string;
  readonly file: string;
  /**
   * Writes the configuration anew: the example with each `[from, to]` replaced once; a `from` that is not there is an error of the
   * test. Gives the line of the mark `§` in a new text (the mark itself is not written), else of the first new text.
   */
  write(...changes: readonly (readonly [string, string])[]): Promise<number>;
  /** The configuration as written last. */
  text(): string;
  /** 1-based line of the first occurrence of `text` in the configuration as written last. */
  lineOf(text: string): number;
  remove(): Promise<void>;
}

export async function configFolder(): Promise<ConfigFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'ocbridge-config-'));
  const file = join(folder, 'bridge.yaml');
  const example = await readFile(join('config', 'bridge.example.yaml'), 'utf8');
  await mkdir(join(folder, 'keys'));
  await writeFile(join(folder, 'keys', 'acqp_private.pem'), ours.privatePem, { mode: 0o600 });
  await writeFile(join(folder, 'keys', 'acqp_public.pem'), ours.publicPem);
  await writeFile(join(folder, 'keys', 'alipayplus_public.pem'), theirs.publicPem);
  await writeFile(join(folder, 'keys', 'alipayplus_private.pem'), theirs.privatePem, { mode: 0o600 });
  let text = '';
  const made: ConfigFolder = {
    folder,
    file,
    async write(...changes) {
      text = example;
      for (const [from, to] of changes) {
        if (!text.includes(from)) throw new Error(`the example has no "${from}"`);
        text = text.replace(from, () => to);
      }
      const first = changes[0]?.[1] ?? '';
      const mark = text.includes('§') ? text.indexOf('§') : text.indexOf(first);
      const line = text.slice(0, mark).split('\n').length;
      text = text.replace('§', '');
      await writeFile(file, text);
      return line;
    },
    text: () => text,
    lineOf(part) {
      const at = text.indexOf(part);
      if (at < 0) throw new Error(`the configuration has no "${part}"`);
      return text.slice(0, at).split('\n').length;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await made.write();
  return made;
}
