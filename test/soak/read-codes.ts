import { instant } from '#src/base/clock.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { connectDriver, standInOf } from '../conformance/display-driver-suite.js';
import type { Surface } from '../display/drivers/code-surfaces.js';
import { readByTwo } from '../support/two-readers.js';

/** A code that a reader did not read as it was sent. */
export interface Misread {
  readonly surface: string;
  readonly code: string;
  readonly jsqr: string | null;
  readonly zxing: string | null;
}

const AMOUNT = { currency: 'JPY', value: '1980' };
const NEVER = instant(0);

/**
 * Sends each code through the bytes of the driver to the emulated device, and reads its glass or paper with two independent readers. Gives
 * what was not read as it was sent; `read` is told after each code.
 */
export async function readCodesOff(
  { name, driver, glass }: Surface,
  codes: readonly string[],
  read: (count: number) => void = () => {},
  stop?: AbortSignal,
): Promise<readonly Misread[]> {
  let emulated: GlassEmulator | undefined;
  const { run } = await connectDriver({
    driver,
    device(reply, clock) {
      emulated = glass(clock);
      return standInOf(emulated, reply);
    },
  });
  if (emulated === undefined) throw new Error(`${name} has no device`);
  const misread: Misread[] = [];
  await run(driver.wake());
  for (const [index, code] of codes.entries()) {
    if (stop?.aborted === true) break;
    await run([...driver.blank(), ...driver.paint({ kind: 'scan', codeText: code, amount: AMOUNT, expiresAt: NEVER })]);
    const [jsqr, zxing] = await readByTwo(emulated);
    if (jsqr !== code || zxing !== code) misread.push({ surface: name, code, jsqr, zxing });
    read(index + 1);
  }
  await emulated.stop();
  return misread;
}
