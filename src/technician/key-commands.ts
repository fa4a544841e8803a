import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { closeToOthersCommand } from '../config/file-rights.js';
import { type CliOutput, type CliParts, EXIT_FAILED, EXIT_FINE, EXIT_WRONG, type KeyTools } from './cli-parts.js';
import { type CommandFrame, givesJson, jsonText, type SharedOptions, takesConfig, withConfig } from './command-frame.js';

/** Adds `keys generate` and `keys check`. */
export function addKeyCommands(program: Command, frame: CommandFrame): void {
  const keys = program.command('keys').description('signing keys');
  keys
    .command('generate')
    .description('make an RSA-2048 pair; the private key is for its owner only, existing files are never overwritten')
    .requiredOption('--out <dir>', 'folder for the files; made if missing')
    .action(async (options: { out: string }) => frame.finish(await generate(frame.parts, resolve(options.out))));
  givesJson(takesConfig(keys.command('check').description('sign and verify with the configured keys')))
    .addHelpText('after', '\nExit codes: 0 fine, 1 wrong configuration, 2 a check failed.')
    .action((options: SharedOptions) =>
      withConfig(frame, options, async (config) => {
        const checks = await checkKeys(config, frame.parts.keyTools);
        const ok = checks.every((check) => check.ok);
        const { output } = frame.parts;
        if (options.json === true) output.out(jsonText({ ok, checks }));
        else for (const check of checks) output.out(`${check.ok ? 'OK' : 'FAIL'} ${check.upstream}: ${check.text}\n`);
        return ok ? EXIT_FINE : EXIT_FAILED;
      }),
    );
}

async function generate({ keyTools, output }: CliParts, folder: string): Promise<number> {
  const file = {
    privateKey: join(folder, 'acqp_private.pem'),
    publicKey: join(folder, 'acqp_public.pem'),
    publicBase64: join(folder, 'acqp_public.base64.txt'),
  };
  for (const existing of Object.values(file)) {
    if ((await lstat(existing).catch(() => undefined)) !== undefined) return refuseToOverwrite(existing, output);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pair = await keyTools.generateSigningPair();
  // "wx" decides at the moment of writing: a file that came in between is never overwritten.
  for (const [name, text, mode] of [
    [file.privateKey, pair.privatePem, 0o600],
    [file.publicKey, pair.publicPem, 0o644],
    [file.publicBase64, `${pair.publicBase64}\n`, 0o644],
  ] as const) {
    if (!(await writeNew(name, text, mode))) return refuseToOverwrite(name, output);
  }
  output.out(
    [
      `private key: ${file.privateKey} (name it as privateKeyFile; never give it away)`,
      `public key:  ${file.publicKey}`,
      `the same for the Developer Center, in ${file.publicBase64}:`,
      pair.publicBase64,
      ...(process.platform === 'win32'
        ? [
            'Close the private key to other accounts, and let the account of the service read it:',
            closeToOthersCommand(file.privateKey),
          ]
        : []),
      '',
    ].join('\n'),
  );
  return EXIT_FINE;
}

async function writeNew(file: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function refuseToOverwrite(file: string, output: CliOutput): number {
  output.err(`${file} exists and is never overwritten. Repair: name another folder with --out.\n`);
  return EXIT_WRONG;
}

/** One finding of `keys check`. */
export interface KeyCheck {
  readonly upstream: string;
  readonly key: string;
  readonly ok: boolean;
  readonly text: string;
}

/** That the files hold keys of the right kind was checked with the configuration; here the keys are used. */
export async function checkKeys(config: BridgeConfig, keyTools: KeyTools): Promise<readonly KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const upstream of config.upstreams) {
    const about = (key: string, ok: boolean, text: string) => checks.push({ upstream: upstream.id, key, ok, text });
    const signs = await keyTools.signsAndVerifies(upstream.signingKey, upstream.clientId).catch(() => false);
    about(
      'privateKeyFile',
      signs,
      signs
        ? `our key (version ${upstream.keyVersion}) signs and its public half verifies`
        : `our key (${upstream.privateKeyFile}) does not verify what it signs. Repair: make a new pair with "ocbridge keys generate".`,
    );
    const ours = keyTools.publicKeyBase64(upstream.signingKey.privateKey);
    for (const [version, key] of upstream.upstreamKeys) {
      const isOurs = keyTools.publicKeyBase64(key) === ours;
      about(
        `upstreamPublicKeyFiles.${version}`,
        !isOurs,
        isOurs
          ? `the upstream key of version ${version} is our own public key. Repair: copy the upstream's key from the Developer Center.`
          : `the upstream key of version ${version} is RSA-2048 and not our own`,
      );
    }
  }
  return checks;
}
