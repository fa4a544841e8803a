import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

async function linesUnder(folder: string): Promise<SourceLine[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name).replaceAll('\\', '/');
      const text = await readFile(file, 'utf8');
      return text.split('\n').map((line, index) => ({ file, line: index + 1, text: line }));
    }),
  );
  return files.flat();
}

function places(lines: readonly SourceLine[], pattern: RegExp): string[] {
  return lines.filter(({ text }) => pattern.test(text)).map(({ file, line, text }) => `${file}:${line}: ${text.trim()}`);
}

describe('the sources', () => {
  let src: SourceLine[];
  let all: SourceLine[];
  before(async () => {
    src = await linesUnder('src');
    all = [...src, ...(await linesUnder('test')), ...(await linesUnder('scripts'))];
    assert.ok(src.length > 1000, 'the sources were found');
  });

  // The lint rules ban the globals; these two come in by another door.
  it('take chance from node:crypto or a parameter, never from Math.random', () => {
    assert.deepEqual(places(src, /\bMath\.random\b/), []);
  });

  it('wait on a Clock, never on node:timers', () => {
    assert.deepEqual(places(src, /from '(node:)?timers(\/promises)?'/), []);
  });

  it('leave no note for later in the code: what is missing is an issue', () => {
    assert.deepEqual(places(all, /\b(TO[D]O|FIX[M]E|XX[X])\b/), []);
  });

  it('skip no test without printing why', () => {
    const switched = /\b(it|describe|this|context|suite)\.(skip|only)\(/;
    assert.deepEqual(places(all, switched), []);
  });

  it('silence no check with ts-ignore or an unexplained lint exception', () => {
    assert.deepEqual(places(all, /@ts-(ignore|expect-error|nocheck)|biome-ignore [^:]*:\s*$/), []);
  });
});
