import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Entry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

describe('the lockfile', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Readonly<Record<string, Entry>> };

  it('has every platform of every optional package: npm ci refuses a file that lacks one', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter(
          (name) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
        )
        .map((name) => `${path} needs ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it('names no registry: packages come from wherever npm is set to look', () => {
    assert.deepEqual(
      Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http')),
      [],
    );
  });
});
