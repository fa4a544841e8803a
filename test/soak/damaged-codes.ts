import { instant } from '#src/base/clock.js';
import { createEscposDriver } from '#src/display/drivers/escpos.js';
import { ESCPOS_DEFAULTS } from '#src/display/drivers/escpos-options.js';
import { type CodeLevel, codeMatrix, QUIET_ZONE } from '#src/display/order-code-image.js';
import { createEscposGlass, type EscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import { type Bitmap, createBitmap, drawSymbol, pngOf, readBitmap } from '#src/simulator/glass-emulators/qr-bitmap.js';
import { connectDriver, standInOf } from '../conformance/display-driver-suite.js';
import { createSeeded } from '../support/seeded.js';
import { readByTwo } from '../support/two-readers.js';
import { DAMAGES, type Damage } from './damage.js';
import { orderCode } from './order-codes.js';

/** How many of how many pictures each reader still read, for one kind of picture and one damage. */
export interface ReadShare {
  readonly picture: string;
  readonly level: CodeLevel;
  readonly damage: string;
  readonly of: number;
  jsqr: number;
  zxing: number;
}

/** A picture that the bridge itself draws, and how large a module of it is. */
interface Drawn {
  readonly bitmap: Bitmap;
  readonly moduleDots: number;
}

interface Picture {
  readonly name: string;
  readonly level: CodeLevel;
  draw(code: string): Promise<Drawn>;
}

const MODULE_DOTS = 6;

/** The picture of a virtual display. */
function onScreen(level: CodeLevel): Picture {
  return {
    name: 'virtual',
    level,
    async draw(code) {
      const matrix = codeMatrix(code, level);
      if (matrix === undefined) throw new Error('no symbol holds the code');
      const side = (matrix.size + 2 * QUIET_ZONE) * MODULE_DOTS;
      const bitmap = createBitmap(side, side, 255);
      drawSymbol(bitmap, { x: 0, y: 0, width: side, height: side }, matrix, MODULE_DOTS);
      return { bitmap, moduleDots: MODULE_DOTS };
    },
  };
}

/** The slip that a printer without a generator of its own prints. */
async function onPaper(level: CodeLevel): Promise<Picture> {
  const driver = createEscposDriver({ ...ESCPOS_DEFAULTS, native: false, moduleDots: MODULE_DOTS, ecc: level });
  let printer: EscposGlass | undefined;
  const { run } = await connectDriver({
    driver,
    device(reply, clock) {
      printer = createEscposGlass({ clock, paced: false, msPerDot: 0, native: false });
      return standInOf(printer, reply);
    },
  });
  await run(driver.wake());
  return {
    name: 'escpos, as a picture',
    level,
    async draw(code) {
      const amount = { currency: 'JPY', value: '1980' };
      await run(driver.paint({ kind: 'scan', codeText: code, amount, expiresAt: instant(0) }));
      const bitmap = printer?.slips().at(-1)?.bitmap();
      if (bitmap === undefined) throw new Error('nothing was printed');
      return { bitmap, moduleDots: MODULE_DOTS };
    },
  };
}

async function count(share: ReadShare, { bitmap, moduleDots }: Drawn, code: string, damage: Damage, seed: number): Promise<void> {
  const spoilt = damage.spoil(bitmap, moduleDots, createSeeded(seed));
  const [jsqr, zxing] = await readByTwo({ picture: () => pngOf(spoilt), readCode: () => readBitmap(spoilt) });
  if (jsqr === code) share.jsqr += 1;
  if (zxing === code) share.zxing += 1;
}

/** Draws `codes` order codes at levels Q and H, damages the pictures, and counts what two readers still read. `drawn` is told after each. */
export async function readDamaged(
  codes: number,
  seed: number,
  drawn: (count: number, of: number) => void,
  stop: AbortSignal,
): Promise<readonly ReadShare[]> {
  const pictures = [onScreen('Q'), onScreen('H'), await onPaper('Q'), await onPaper('H')];
  const shares: ReadShare[] = [];
  let done = 0;
  for (const { name, level, draw } of pictures) {
    const own = DAMAGES.map((damage) => ({ picture: name, level, damage: damage.name, of: codes, jsqr: 0, zxing: 0 }));
    // The same codes and the same scratches for every kind of picture.
    const random = createSeeded(seed);
    for (let i = 0; i < codes && !stop.aborted; i += 1) {
      const code = orderCode(random);
      const picture = await draw(code);
      for (const [at, damage] of DAMAGES.entries()) {
        const share = own[at];
        if (share !== undefined) await count(share, picture, code, damage, seed + i);
      }
      done += 1;
      drawn(done, codes * pictures.length);
    }
    shares.push(...own);
  }
  return shares;
}
