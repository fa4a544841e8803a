import { existsSync, rmSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { skipBecause } from './skip.js';

/** Where systems keep a Chromium when it is not in the path. The shell goes first: without a desktop around it pages take half the processor time. */
const USUAL_PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
const NAMES =
  process.platform === 'win32'
    ? ['chrome.exe', 'msedge.exe']
    : ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
/** Never asks anybody outside, and runs as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A headless Chromium for a suite; call it in `before`. Looks at `CHROMIUM_PATH`, the path, the usual places, and takes the one that comes as
 * a package else (`CHROMIUM_PATH=package` takes it at once). Without any the suite is skipped with a sentence, in CI it fails.
 */
export async function openBrowser(suite: Mocha.Context): Promise<Browser> {
  const found = await findBrowser();
  if (found !== undefined)
    return chromium.launch({
      executablePath: found.path,
      args: [...FLAGS, ...found.flags],
      ...(found.env && { env: found.env }),
    });
  const why = 'no Chromium found: install one, or name it in CHROMIUM_PATH';
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(`no browser in CI: ${why}`);
  return skipBecause(suite, why);
}

interface FoundBrowser {
  readonly path: string;
  readonly flags: readonly string[];
  readonly env?: Record<string, string>;
}

async function findBrowser(): Promise<FoundBrowser | undefined> {
  const named = process.env['CHROMIUM_PATH'] ?? '';
  if (named === 'package') return packedBrowser();
  if (named !== '') return { path: named, flags: [] };
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...USUAL_PLACES]) {
    if (await isExecutable(path)) return { path, flags: [] };
  }
  return packedBrowser();
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * The Chromium that comes as a package, for Linux on x64 only; unpacked into the temporary folder when it is first asked for. It brings
 * libraries and fonts for machines that have none, and unpacks them only where it believes itself to be in a certain cloud.
 */
async function packedBrowser(): Promise<FoundBrowser | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const ours = { ...process.env };
  const libraries = join(tmpdir(), 'al2023', 'lib');
  if (!existsSync(libraries)) rmSync(join(tmpdir(), 'chromium'), { force: true });
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs20.x';
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const path = await packed.executablePath();
    const fonts: Record<string, string> = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(tmpdir(), 'fonts') };
    // Its own flags are for one page in one process: with them the second window ends the browser.
    return { path, flags: ['--no-zygote'], env: { ...textsOf(ours), LD_LIBRARY_PATH: libraries, ...fonts } };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in ours)) delete process.env[name];
  }
}

function textsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
