import { createNextionParser } from './drivers/nextion-parser.js';

/** One question to a device, and what its answer means. */
export interface ProbeAsk {
  readonly bytes: Uint8Array;
  /** For the device to think, ms; the bytes' own time on the line comes on top. */
  readonly waitMs: number;
  /** Longest answer, bytes. */
  readonly answerBytes: number;
  /** What answered, for people; undefined when that is no answer of such a device. `reply` is everything heard since the question. */
  understand(reply: Buffer): string | undefined;
}

/** A protocol whose devices answer a question that does no harm to any other device. */
export interface ProbeCandidate {
  readonly driver: string;
  /** What the configuration has to say beside driver, port and speed. */
  readonly options: Readonly<Record<string, unknown>> | null;
  /** Speeds in use, the most likely first, bits per second. */
  readonly baudRates: readonly number[];
  /** Asked in this order; the first that must be understood ends with silence or noise. All have to be. */
  asks(baudRate: number): readonly ProbeAsk[];
  /** Printers print nothing of it, at whatever speed they hear it: asked before everything else. */
  readonly sparesPaper: boolean;
  /** Where several questions are other ways to ask the same, one answer is enough. */
  readonly oneIsEnough: boolean;
}

/** Displays that never answer by their makers' word (display reference 1). */
export const MUTE_DRIVERS: readonly string[] = ['mertech', 'line2x20', 'qr-line'];

const END = [0xff, 0xff, 0xff];
const nextionWords = (text: string) => [...Buffer.from(text, 'latin1'), ...END];

/** A panel's own introduction: `comok 1,101,NX4024T032_011R,52,…`; the third field is the model. */
function nextionModel(reply: Buffer): string | undefined {
  const said = createNextionParser()
    .push(reply)
    .find(({ kind }) => kind === 'connected');
  if (said === undefined) return undefined;
  const [, , model = ''] = Buffer.from(said.bytes).toString('latin1').split(',');
  return /^[\x20-\x7e]{1,40}$/.test(model)
    ? `a ${model.startsWith('TJC') ? 'TJC' : 'Nextion'} panel ${model}`
    : 'a Nextion panel';
}

/** Leaves a half instruction and reparse mode, then asks for the model, in two ways (display reference 4.3). */
const NEXTION: ProbeCandidate = {
  driver: 'nextion',
  options: null,
  baudRates: [9600, 115200, 57600, 38400, 19200, 230400, 250000, 256000, 512000, 921600, 31250, 4800, 2400],
  oneIsEnough: true,
  sparesPaper: false,
  asks: (baudRate) => [
    {
      bytes: Uint8Array.from([...END, ...nextionWords('DRAKJHSUYDGBNCJHGJKSHBDN')]),
      waitMs: Math.ceil(1_000_000 / baudRate) + 30,
      answerBytes: 0,
      understand: () => undefined,
    },
    { bytes: Uint8Array.from(nextionWords('connect')), waitMs: 250, answerBytes: 80, understand: nextionModel },
    { bytes: Uint8Array.from([0xff, 0xff, ...nextionWords('connect')]), waitMs: 250, answerBytes: 80, understand: nextionModel },
  ],
};

/** Reads the version of the panel's firmware, VP 000F (display reference 5.3). The answer is longer than the question, so an echo is none. */
function dgus2(crc: boolean): ProbeCandidate {
  const question = crc ? [0x5a, 0xa5, 0x06, 0x83, 0x00, 0x0f, 0x01, 0xed, 0x90] : [0x5a, 0xa5, 0x04, 0x83, 0x00, 0x0f, 0x01];
  const answer = Buffer.from([0x5a, 0xa5, crc ? 0x08 : 0x06, 0x83, 0x00, 0x0f, 0x01]);
  return {
    driver: 'dgus2',
    options: crc ? { crc: true } : null,
    baudRates: [115200, 9600, 57600, 38400, 19200],
    oneIsEnough: true,
    sparesPaper: false,
    asks: () => [
      {
        bytes: Uint8Array.from(question),
        waitMs: 150,
        answerBytes: 11,
        understand: (reply) => (reply.includes(answer) ? `a DGUS II panel${crc ? ', with CRC' : ''}` : undefined),
      },
    ],
  };
}

/** Status in real time: one byte `0xx1xx10` (display reference 6.3). XON and XOFF may be mixed in. */
function isPrinterStatus(reply: Buffer): boolean {
  const told = reply.filter((byte) => byte !== 0x11 && byte !== 0x13);
  return told.length === 1 && ((told[0] ?? 0) & 0x93) === 0x12;
}

/** Two different questions, because one byte of noise looks like a status too often. */
const ESCPOS: ProbeCandidate = {
  driver: 'escpos',
  options: null,
  baudRates: [9600, 19200, 38400, 115200, 57600, 4800],
  oneIsEnough: false,
  sparesPaper: true,
  asks: () =>
    [1, 4].map((what) => ({
      bytes: Uint8Array.from([0x10, 0x04, what]),
      waitMs: 200,
      answerBytes: 2,
      understand: (reply: Buffer) => (isPrinterStatus(reply) ? 'a receipt printer' : undefined),
    })),
};

/**
 * The question of our own convention for home-made displays (display reference 3.2); the line feed before it ends what the other questions
 * left in their buffer. A printer would print it.
 */
const DIY_JSON: ProbeCandidate = {
  driver: 'qr-line',
  options: { preset: 'diy-json' },
  baudRates: [115200, 9600, 230400],
  oneIsEnough: true,
  sparesPaper: false,
  asks: () => [
    {
      bytes: Buffer.from('\n{"seq":1,"op":"ping"}\n'),
      waitMs: 300,
      answerBytes: 100,
      understand: (reply) =>
        /\{[^{}]*"seq":1\b[^{}]*"ok":/.test(reply.toString('latin1')) ? 'a display that speaks our JSON lines' : undefined,
    },
  ],
};

/** Asks for the volume, which nothing else of this kind answers (display reference 3.1); the same line feed before it. */
const BONRIX: ProbeCandidate = {
  driver: 'qr-line',
  options: { preset: 'bonrix' },
  baudRates: [115200, 9600, 230400],
  oneIsEnough: true,
  sparesPaper: false,
  asks: () => [
    {
      bytes: Buffer.from('\ngetvolume\n'),
      waitMs: 300,
      answerBytes: 100,
      understand: (reply) => (/Current Volume: ?\d/.test(reply.toString('latin1')) ? 'a Bonrix display' : undefined),
    },
  ],
};

/**
 * What to ask on a port that is configured for `driver`. Once a printer has answered nothing else is sent that could end on paper; where a
 * printer is configured, nothing else is asked at all. Only a printer whose answers do not come back prints what the others are asked.
 */
export function candidatesFor(driver: string): readonly ProbeCandidate[] {
  if (driver === 'escpos') return [ESCPOS];
  const panels = [ESCPOS, dgus2(false), dgus2(true), NEXTION];
  return driver === 'qr-line' ? [...panels, DIY_JSON, BONRIX] : panels;
}
