import type { Money } from '#src/payment/money.js';

/** One thing the host sends on the shortest way to a complete code, and what it must wait for before the next. */
interface Part {
  readonly what: string;
  readonly bytes: number;
  /** Status bytes of the device that have to come before the next part. */
  readonly status?: number;
  /** Silence that the device needs before the next part, ms. */
  readonly gapMs?: number;
}

/** The shortest legal sequence of one kind of display, from "please wait" to the complete code. */
export interface ShortestSequence {
  /** Section of the display reference that it is read from. */
  readonly source: string;
  readonly parts: readonly Part[];
}

/** What has to be shown. */
export interface Shown {
  readonly code: string;
  readonly amount: Money;
  /** The words beside the code, where the device takes them in the same line as the code. */
  readonly words: string;
}

const amountText = ({ amount }: Shown) => `${amount.currency} ${amount.value}`;
const evenly = (length: number) => length + (length % 2);

/** 2: length-prefixed, no answer. */
export function mertechSequence({ code }: Shown): ShortestSequence {
  return { source: '2', parts: [{ what: 'the code', bytes: 3 + 2 + code.length + 3 }] };
}

/** 4.3: page, amount, code, each after the status (4 bytes) of the one before; 4.1: quotes and three FF around a text. */
export function nextionSequence(shown: Shown): ShortestSequence {
  const instruction = (text: string) => text.length + 3;
  return {
    source: '4.3',
    parts: [
      { what: 'page', bytes: instruction('page pay'), status: 4 },
      { what: 'amount', bytes: instruction(`t0.txt="${amountText(shown)}"`), status: 4 },
      { what: 'the code', bytes: instruction(`qr0.txt="${shown.code}"`) },
    ],
  };
}

/**
 * 5.3: idle page, code, code read back, amount, pay page; each frame confirmed before the next, and the panel's silence between two. A text
 * is padded to whole words and ended by FFFF.
 */
export function dgus2Sequence(shown: Shown, crc: boolean, gapMs: number): ShortestSequence {
  const tail = crc ? 2 : 0;
  const write = (data: number) => 3 + 1 + 2 + data + tail;
  const ack = 6 + tail;
  const code = evenly(shown.code.length) + 2;
  return {
    source: '5.3',
    parts: [
      { what: 'idle page', bytes: write(4), status: ack, gapMs },
      { what: 'the code', bytes: write(code), status: ack, gapMs },
      { what: 'read back', bytes: 7 + tail, status: 7 + code + tail, gapMs },
      { what: 'amount', bytes: write(evenly(amountText(shown).length) + 2), status: ack, gapMs },
      { what: 'pay page', bytes: write(4) },
    ],
  };
}

/** 6.3: why it is off line, one byte, before paper is spent; 6.1: reset, centre, amount, quiet zone. */
function slipHead(shown: Shown): readonly Part[] {
  return [
    { what: 'status', bytes: 3, status: 1 },
    { what: 'reset', bytes: 2 },
    { what: 'centre', bytes: 3 },
    { what: 'amount', bytes: amountText(shown).length + 1 },
    { what: 'quiet zone', bytes: 3 },
  ];
}

/** 6.1: the code takes 41 bytes and itself. */
export function escposNativeSequence(shown: Shown): ShortestSequence {
  return { source: '6.1', parts: [...slipHead(shown), { what: 'the code', bytes: 41 + shown.code.length }] };
}

/** 6.2: one picture of the symbol, `dots` a side. */
export function escposRasterSequence(shown: Shown, dots: number): ShortestSequence {
  return { source: '6.2', parts: [...slipHead(shown), { what: 'the picture', bytes: 8 + Math.ceil(dots / 8) * dots }] };
}

/** 3.1: one line with code, amount and label. */
export function bonrixSequence(shown: Shown): ShortestSequence {
  const line = `DisplayQRCodeScreen**${shown.code}**${amountText(shown)}**${shown.words}\n`;
  return { source: '3.1', parts: [{ what: 'the line', bytes: line.length }] };
}

/** 3.2: one JSON object with code, amount and words. */
export function diyJsonSequence(shown: Shown): ShortestSequence {
  const line = `${JSON.stringify({ seq: 7, op: 'qr', data: shown.code, amount: amountText(shown), text: shown.words })}\n`;
  return { source: '3.2', parts: [{ what: 'the line', bytes: line.length }] };
}

const LINE_BYTES = 20;
/** Displays of this kind drop bytes when commands follow each other closely (7, rules). */
const LINE_GAP_MS = 20;

/** 7: both lines in one command where there is one for both, else one for each with the silence between them. */
const LINE_SEQUENCES: Readonly<Record<string, readonly Part[]>> = {
  epson: [{ what: 'both lines', bytes: 1 + 2 * LINE_BYTES }],
  cd5220: [
    { what: 'top line', bytes: 3 + LINE_BYTES + 1, gapMs: LINE_GAP_MS },
    { what: 'bottom line', bytes: 3 + LINE_BYTES + 1 },
  ],
  logic: [{ what: 'both lines', bytes: 2 + 2 * LINE_BYTES }],
  aedex: [{ what: 'both lines', bytes: 3 + 2 * LINE_BYTES + 1 }],
  dsp800: [
    { what: 'cursor and top line', bytes: 5 + LINE_BYTES, gapMs: LINE_GAP_MS },
    { what: 'cursor and bottom line', bytes: 5 + LINE_BYTES },
  ],
};

/** The text that stands beside a code elsewhere, always both lines. */
export function line2x20Sequence(dialect: string): ShortestSequence {
  return { source: '7', parts: LINE_SEQUENCES[dialect] ?? [] };
}

/** What a sequence takes at a speed (bits per second, 10 bits a byte), ms. */
export function limitMs({ parts }: ShortestSequence, baudRate: number): number {
  const bytes = parts.reduce((sum, { bytes: sent, status = 0 }) => sum + sent + status, 0);
  const gaps = parts.reduce((sum, { gapMs = 0 }) => sum + gapMs, 0);
  return (bytes * 10_000) / baudRate + gaps;
}
