import { PNG } from 'pngjs';
import { readBitmap } from '../simulator/glass-emulators/qr-bitmap.js';

/** What a camera reads off the code that a till shows on its own screen; null when the terminal API gives no picture any more. */
export async function readTillScreen(
  terminalUrl: string,
  authorization: string,
  paymentRequestId: string,
): Promise<string | null> {
  const address = `${terminalUrl}/v1/payments/${encodeURIComponent(paymentRequestId)}/code.png`;
  const answer = await fetch(address, { headers: { authorization } });
  if (!answer.ok) return null;
  const { width, height, data } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
  return readBitmap({ width, height, pixels: Uint8ClampedArray.from(data) });
}
