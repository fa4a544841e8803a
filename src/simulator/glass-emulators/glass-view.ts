/** What a person in front of the glass can see. Dark glass shows nothing: no page, no texts, no code. */
export interface GlassView {
  readonly lit: boolean;
  readonly page: string | null;
  /** The text in the QR symbol. */
  readonly code: string | null;
  /** Non-empty texts by the name of their place. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A glass without light or power. */
export const DARK: GlassView = { lit: false, page: null, code: null, texts: {} };
