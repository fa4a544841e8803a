import iconv from 'iconv-lite';

/** What a printer was made to read beside page 0, which is PC437. */
export interface PrinterFonts {
  /** Encoding of its two-byte characters; undefined: it has none. */
  readonly pairs?: string | undefined;
  /** Encodings of its further code pages by their numbers. */
  readonly pages?: Readonly<Record<number, string>>;
}

/** Makes characters of bytes of text, as the printer was last told to read them. */
export interface PrinterFont {
  /** The character that this byte completes; empty for the first byte of a pair. */
  take(byte: number): string;
  /** Two-byte mode on or off (`FS &`, `FS .`). */
  readPairs(on: boolean): void;
  usePage(page: number): void;
  /** As after power-on. */
  reset(): void;
}

const FIRST_OF_PAIR = 0x81;
/** Where the scripts begin that are drawn two columns wide. */
const FIRST_WIDE = 0x1100;

/** How many columns of paper a text takes. */
export function columnsOf(text: string): number {
  return [...text].reduce((sum, one) => sum + ((one.codePointAt(0) ?? 0) >= FIRST_WIDE ? 2 : 1), 0);
}

export function createPrinterFont({ pairs, pages }: PrinterFonts): PrinterFont {
  let inPairs = false;
  let page = 0;
  let first: number | undefined;
  return {
    take(byte) {
      if (first !== undefined) {
        const pair = Buffer.from([first, byte]);
        first = undefined;
        return iconv.decode(pair, pairs ?? 'cp437');
      }
      if (inPairs && byte >= FIRST_OF_PAIR) {
        first = byte;
        return '';
      }
      return iconv.decode(Buffer.from([byte]), pages?.[page] ?? 'cp437');
    },
    readPairs(on) {
      inPairs = on && pairs !== undefined;
      first = undefined;
    },
    usePage(next) {
      page = next;
    },
    reset() {
      inPairs = false;
      page = 0;
      first = undefined;
    },
  };
}
