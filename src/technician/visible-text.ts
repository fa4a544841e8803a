/** What a terminal acts on instead of showing it: control characters (C0, DEL, C1), and marks that turn the direction of text. */
const ACTED_ON = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function byItsCode(mark: string): string {
  const code = mark.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** One line for a terminal out of a text from a file or from outside: what it would act on stands there by its code, `\x1b`. */
export function visible(text: string): string {
  return text.replaceAll(ACTED_ON, byItsCode);
}

/** The same for a text of several lines, whose line feeds stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
