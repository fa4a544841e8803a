import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `ocbridge demo` as a person starts it: a process of its own. */
export interface DemoProcess {
  /** As in `http://127.0.0.1:49152/`. */
  readonly url: string;
  /** Everything it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** The file with the till's header that the page's curl line names. */
  headerFile(): Promise<string>;
  /** Sends the signal and waits for the end; again: the same. */
  stop(signal?: NodeJS.Signals): Promise<DemoEnd>;
}

/** How it ended. */
export interface DemoEnd {
  readonly code: number | null;
  /** What it left behind in the folder for temporary files. */
  readonly leftOver: readonly string[];
}

const STARTED_WITHIN_MS = 50_000;

/** Starts the demo; `port` 0 takes any. Rejects with what it said when no page comes up. */
export async function startDemoProcess(port = 0): Promise<DemoProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'ocbridge-test-demo-'));
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js', 'demo', '--port', String(port)], {
    env: { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    said.out += bytes.toString('utf8');
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said.err += bytes.toString('utf8');
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await pageOf(child, said, ended);
  let stopped: Promise<DemoEnd> | undefined;
  return {
    url,
    stdout: () => said.out,
    stderr: () => said.err,
    async headerFile() {
      const [own = ''] = await readdir(folder);
      return join(folder, own, 'till-header.txt');
    },
    stop(signal = 'SIGTERM') {
      stopped ??= (async () => {
        child.kill(signal);
        const code = await ended;
        const leftOver = await readdir(folder);
        await rm(folder, { recursive: true, force: true });
        return { code, leftOver };
      })();
      return stopped;
    },
  };
}

function pageOf(
  child: ChildProcess,
  said: { readonly out: string; readonly err: string },
  ended: Promise<unknown>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      child.kill('SIGKILL');
      reject(new Error(`the demo did not come up: ${said.out}${said.err}`));
    };
    const limit = setTimeout(fail, STARTED_WITHIN_MS);
    void ended.then(fail);
    child.stdout?.on('data', () => {
      const url = /https?:\/\/\S+/.exec(said.out)?.[0];
      if (url === undefined) return;
      clearTimeout(limit);
      resolve(url);
    });
  });
}
