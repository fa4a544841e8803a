/** What the acquirer knows of one agreement; `maxAmount` bounds each sale. */
export interface Agreement {
  readonly token: string;
  readonly paymentMethodType?: string | undefined;
  readonly maxAmount?: { readonly currency: string; readonly value: string } | undefined;
}

/** Agreements by the reference that tills know them by. */
export type Agreements = ReadonlyMap<string, Agreement>;

/** No text of a till or of the configuration has a control character, so nothing else looks like it. */
const MARK = '\u0001agreement ';
const STAND_IN = /"\\u0001agreement (?:[^"\\]|\\.)*"/gu;

/** Stands for the token in the bytes that are stored: books, backups and pages never hold the token itself. */
export function tokenStandIn(reference: string): string {
  return MARK + reference;
}

/** The bytes that leave: every stand-in replaced by its token. `undefined` when an agreement is not known (any more). */
export function withTokens(stored: Uint8Array, agreements: Agreements): Uint8Array | undefined {
  let known = true;
  const text = replaced(stored, (reference) => {
    const token = agreements.get(reference)?.token;
    known = known && token !== undefined;
    return token ?? '';
  });
  if (!known) return undefined;
  return text === undefined ? stored : Buffer.from(text, 'utf8');
}

/** The bytes as people may see them: every token is `***`. */
export function withoutTokens(stored: Uint8Array): Uint8Array {
  const text = replaced(stored, () => '***');
  return text === undefined ? stored : Buffer.from(text, 'utf8');
}

/** Undefined when there is nothing to replace. */
function replaced(stored: Uint8Array, by: (reference: string) => string): string | undefined {
  const text = Buffer.from(stored).toString('utf8');
  const done = text.replace(STAND_IN, (quoted) => JSON.stringify(by((JSON.parse(quoted) as string).slice(MARK.length))));
  return done === text ? undefined : done;
}
