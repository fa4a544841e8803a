import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KILL_POINTS } from '#src/base/kill-point.js';
import { RECON_KILL_PLACES } from '../process/recon-kill-places.js';
import { KILL_PLANS } from './kill-plans.js';

describe('kill points', () => {
  let sources: ReadonlyMap<string, string>;
  before(async () => {
    const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    sources = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join('src', name), 'utf8')] as const)));
  });

  const filesWith = (text: string) => [...sources].filter(([, source]) => source.includes(text)).map(([name]) => name);

  it('are armed by nothing in the program that ships', () => {
    assert.deepEqual(filesWith('armKillPoints'), [join('base', 'kill-point.ts')]);
  });

  it('stand each at one place, and each is killed at', () => {
    for (const point of Object.keys(KILL_POINTS)) {
      assert.equal(filesWith(`killPoint('${point}'`).length, 1, point);
      assert.ok(
        KILL_PLANS.some(({ at }) => at?.point === point) || RECON_KILL_PLACES.some((place) => place.point === point),
        `a plan for ${point}`,
      );
    }
  });
});
