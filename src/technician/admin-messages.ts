/** What a command asks of the running bridge. */
export interface AdminRequest {
  /** E.g. `stop`, `reload`, `payment.show`. */
  readonly verb: string;
  /** Plain JSON. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** What it gets: a result of plain JSON, or a refusal with a code and a sentence. */
export type AdminAnswer =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** The answer that carries a result. */
export function done(result: unknown): AdminAnswer {
  return { kind: 'done', result };
}

/** The answer about one payment, or that the books hold none of this id. */
export function known(result: unknown, id: unknown): AdminAnswer {
  return result === undefined
    ? { kind: 'refused', code: 'not_found', message: `the books hold no payment ${String(id)}` }
    : done(result);
}

/** Longest request line, bytes. */
export const LONGEST_REQUEST = 64 * 1024;
/** Longest answer line, bytes: a timeline carries the raw bytes of every message. */
export const LONGEST_ANSWER = 32 * 1024 * 1024;

/** The request in one line of JSON, or `undefined` for anything else. */
export function readRequest(line: string): AdminRequest | undefined {
  const value = parse(line, withWords);
  if (typeof value !== 'object' || value === null) return undefined;
  const { verb, args } = value as Record<string, unknown>;
  if (typeof verb !== 'string' || typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  return { verb, args: args as Record<string, unknown> };
}

/** The answer in one line of JSON, or `undefined` for anything else. */
export function readAnswer(line: string): AdminAnswer | undefined {
  const value = parse(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, result, code, message } = value as Record<string, unknown>;
  if (kind === 'done') return { kind, result: result ?? null };
  return kind === 'refused' && typeof code === 'string' && typeof message === 'string' ? { kind, code, message } : undefined;
}

/** No argument has such a name, and an object that hides how it is said fails wherever it is named in a sentence. */
function withWords(name: string, value: unknown): unknown {
  return name === 'toString' || name === 'valueOf' ? undefined : value;
}

function parse(line: string, reviver?: (name: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(line, reviver);
  } catch {
    return undefined;
  }
}

/** Collects bytes up to the first line feed; `tooLong` once more than `most` bytes came without one. */
export function createLineReader(most: number): { push(bytes: Uint8Array): string | 'tooLong' | undefined } {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    push(bytes) {
      const end = bytes.indexOf(0x0a);
      const part = end < 0 ? bytes : bytes.subarray(0, end);
      size += part.length;
      if (size > most) return 'tooLong';
      chunks.push(part);
      return end < 0 ? undefined : Buffer.concat(chunks).toString('utf8');
    },
  };
}
