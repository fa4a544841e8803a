import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HELPER = 'support/seeded.ts';
const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const HELPER_URL = new URL('../support/seeded.js', import.meta.url).href;

/** A test file that fails, and tells what its seed made it choose. */
const FAILING = `
import { seededSuite } from '${HELPER_URL}';
describe('seeded', () => {
  const random = seededSuite();
  it('fails', () => {
    throw new Error('chose ' + [1, 2, 3, 4].map(() => random.whole(1, 1000)).join());
  });
});
`;

async function sources(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir('test', { recursive: true })).filter((name) => name.endsWith('.ts'));
  const read = names.map(async (name) => [name.replaceAll('\\', '/'), await readFile(join('test', name), 'utf8')] as const);
  return new Map((await Promise.all(read)).filter(([name]) => !name.startsWith('house/') && name !== HELPER));
}

function run(file: string, seed?: string): Promise<string> {
  const { SEED: _unset, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MOCHA, '--no-config', file], {
      env: { ...env, ...(seed !== undefined && { SEED: seed }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    const collect = (text: Buffer) => {
      out += text.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', () => resolve(out));
  });
}

describe('tests that take chances', () => {
  it('take them from one seed, so that each can be replayed', async () => {
    for (const [file, text] of await sources()) {
      assert.doesNotMatch(text, /\bMath\.random\b|\brandom(Int|Bytes|UUID|FillSync)\b|\bgetRandomValues\b/, file);
      const properties = text.match(/\bfc\.(assert|check|sample|statistics)\(/g)?.length ?? 0;
      const seeded = text.match(/\b\w+\.runs\(/g)?.length ?? 0;
      assert.ok(properties <= seeded, `${file}: ${properties} properties, ${seeded} of them run with seeded.runs()`);
      if (properties > 0) assert.ok(text.includes('seededSuite('), `${file} calls seededSuite in its describe`);
      if (text.includes('createSeeded('))
        assert.match(text, /\b(replayCommand|soakCommand)\(|\bseed: number\b/, `${file} says how to replay it`);
    }
  });

  it('print the command that replays them when they fail, and it does', async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'seeded-'));
    try {
      const file = join(folder, 'failing.test.mjs');
      writeFileSync(file, FAILING);
      const first = await run(file);
      const command = /again: (.*)/.exec(first)?.[1] ?? '';
      assert.match(command, /npx mocha --no-config --timeout 60000 .*failing\.test\.mjs$/);
      const seed = /SEED=([0-9]+)/.exec(command)?.[1];
      const chose = /chose [0-9,]+/.exec(first)?.[0];
      assert.ok(seed !== undefined && chose !== undefined, first);
      assert.ok((await run(file, seed)).includes(chose), 'the same seed chooses the same');
      assert.ok(!(await run(file, String(Number(seed) + 1))).includes(chose), 'another seed chooses otherwise');
      assert.match(await run(file, 'soon'), /SEED is a whole number/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
