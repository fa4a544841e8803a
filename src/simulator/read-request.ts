import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Reads a whole body, or answers `undefined` when it is longer than `most` bytes or breaks off. Never rejects. */
export async function readRequestBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > most) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

/** Headers with lower-case names; one that came twice holds an array (the parsed form of Node joins or drops them). */
export function distinctHeaders(message: IncomingMessage): Record<string, string | readonly string[]> {
  const out: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (values === undefined) continue;
    out[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return out;
}

/** The one value of a header, or empty when it is missing or came twice. */
export function oneHeader(
  headers: Readonly<Record<string, string | readonly string[]>> | IncomingHttpHeaders,
  name: string,
): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
