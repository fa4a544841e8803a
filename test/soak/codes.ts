import { codeSurfaces } from '../display/drivers/code-surfaces.js';
import { type Teller, textTable } from '../support/long-run.js';
import { createSeeded } from '../support/seeded.js';
import { type ReadShare, readDamaged } from './damaged-codes.js';
import { randomCodes } from './order-codes.js';
import { type Misread, readCodesOff } from './read-codes.js';
import { type Soak, soakCommand } from './soak-run.js';

const USUAL_COUNT = 1_000;
/** So many of the codes are drawn to be damaged: each is read sixteen times. */
const DAMAGED_SHARE = 5;

/** The code itself is made up, so that it may be printed. */
function told({ surface, code, jsqr, zxing }: Misread): string {
  const heard = (name: string, read: string | null) => (read === code ? `${name} right` : `${name} ${JSON.stringify(read)}`);
  return `${surface}: ${JSON.stringify(code)} (${code.length} bytes): ${heard('jsqr', jsqr)}, ${heard('zxing', zxing)}`;
}

function shareTable(shares: readonly ReadShare[]): string {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  const rows = shares.map(({ picture, level, damage, of, jsqr, zxing }) => [
    picture,
    level,
    damage,
    String(of),
    percent(jsqr, of),
    percent(zxing, of),
  ]);
  return textTable([['picture', 'level', 'damage', 'codes', 'jsqr', 'zxing'], ...rows]);
}

async function readAll(count: number, seed: number, tell: Teller, stop: AbortSignal): Promise<readonly Misread[]> {
  const all: Misread[] = [];
  const rows: string[][] = [];
  for (const surface of codeSurfaces()) {
    if (stop.aborted) break;
    const { driver, name } = surface;
    const codes = randomCodes(count, driver, createSeeded(seed));
    let read = 0;
    const misread = await readCodesOff(
      surface,
      codes,
      (done) => {
        read = done;
        tell.progress(`${name}: ${done} of ${count} codes read`);
      },
      stop,
    );
    const longest = Math.max(...codes.map((code) => code.length));
    rows.push([name, String(read), `1 to ${longest} bytes`, String(read - misread.length)]);
    all.push(...misread);
  }
  tell.line(textTable([['glass or paper', 'codes', 'length', 'equal by both readers'], ...rows]));
  return all;
}

/** The run of `npm run soak -- codes`. */
export const codesSoak: Soak = {
  about: 'random codes through the bytes of each driver, read off its glass or paper by two independent readers',
  options: { count: `codes for each driver, usually ${USUAL_COUNT}`, seed: 'for the same codes again' },
  async run(options, tell, stop) {
    const count = options.count('count', USUAL_COUNT);
    const seed = options.count('seed', 1 + (Date.now() % 1_000_000));
    tell.line(soakCommand('codes', { count, seed }));
    const misread = await readAll(count, seed, tell, stop);
    for (const one of misread) tell.line(`misread: ${told(one)}`);
    if (stop.aborted) return misread.length === 0;
    const damaged = Math.max(1, Math.round(count / DAMAGED_SHARE));
    const shares = await readDamaged(damaged, seed, (done, of) => tell.progress(`damaged pictures: ${done} of ${of}`), stop);
    tell.line(shareTable(shares));
    // Whole pictures must be read; what is left of damaged ones is a figure, not a promise.
    return (
      misread.length === 0 && shares.every(({ damage, of, jsqr, zxing }) => damage !== 'none' || (jsqr === of && zxing === of))
    );
  },
};
