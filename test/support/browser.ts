import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Where systems keep a Chromium when it is not in the path. */
const USUAL_PLACES = [
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
const NAMES = process.platform === 'win32' ? ['chrome.exe', 'msedge.exe'] : ['chromium', 'chromium-browser', 'google-chrome'];
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
 * A headless Chromium for a suite; call it in `before`. Looks at `CHROMIUM_PATH`, the path, the usual places and a packed Chromium among
 * the modules. Without any the suite is skipped with a sentence, in CI it fails.
 */
export async function openBrowser(suite: Mocha.Context): Promise<Browser> {
  const found = await findBrowser();
  if (found !== undefined) return chromium.launch({ executablePath: found.path, args: [...FLAGS, ...found.flags] });
  const why = 'no Chromium found: install one, or name it in CHROMIUM_PATH';
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(`no browser in CI: ${why}`);
  console.log(`      skipped: ${why}`);
  return suite.skip();
}

interface FoundBrowser {
  readonly path: string;
  readonly flags: readonly string[];
}

async function findBrowser(): Promise<FoundBrowser | undefined> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return { path: named, flags: [] };
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...USUAL_PLACES]) {
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

interface PackedChromium {
  readonly default: { executablePath(): Promise<string>; readonly args: readonly string[] };
}

/** A Chromium that comes as a package; the name is a variable because nothing here depends on it. */
async function packedBrowser(): Promise<FoundBrowser | undefined> {
  const name: string = '@sparticuz/chromium';
  try {
    const { default: packed } = (await import(name)) as PackedChromium;
    return { path: await packed.executablePath(), flags: packed.args };
  } catch {
    return undefined;
  }
}
