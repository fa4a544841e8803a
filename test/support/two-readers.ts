import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

let prepared = false;

/** What zxing reads off a PNG, or null; it shares no code with jsqr. */
async function zxingReads(png: Uint8Array): Promise<string | null> {
  if (!prepared) {
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } });
    prepared = true;
  }
  const [found] = await readBarcodes(new Uint8Array(png), { formats: ['QRCode'] });
  return found?.text ?? null;
}

/** What two independent readers find on a glass: jsqr (built into the emulators) and zxing. */
export async function readByTwo(glass: {
  picture(): Buffer;
  readCode(): string | null;
}): Promise<readonly [string | null, string | null]> {
  return [glass.readCode(), await zxingReads(glass.picture())];
}
