import * as z from 'zod';
import { flag, formed, languageTag, name, oneOf, path, text, timeZone, whole } from './schema-words.js';

const common = {
  ecc: oneOf(['L', 'M', 'Q', 'H'], {
    description: 'error correction of the symbol, where the bridge chooses it; left out: Q, or H with an icon',
    example: 'Q',
  }).optional(),
  icon: path({
    description: 'PNG for the middle of the code: virtual displays, and escpos with native: false',
    example: './icon.png',
  }).optional(),
  bootDelayMs: whole(0, 60_000, {
    description: 'pause after every opening of the port before the first byte, ms',
    example: 2000,
  }).optional(),
  dtr: flag({ description: 'level of the DTR line after opening' }).optional(),
  rts: flag({ description: 'level of the RTS line after opening' }).optional(),
  language: languageTag({
    description: "language of the words on the glass: en, ja, zh, ko or th; left out: the merchant's",
    example: 'en',
  }).optional(),
  screenMm: z
    .number()
    .positive()
    .max(2000)
    .meta({ description: 'width of the visible area, mm', examples: [50] })
    .optional(),
  screenPx: whole(1, 10_000, { description: 'width of the visible area, pixels', example: 480 }).optional(),
  codePx: whole(1, 10_000, {
    description: 'side of the square that the code may fill with its margin, pixels',
    example: 240,
  }).optional(),
  modulePx: whole(1, 100, { description: 'pixels a module, where the display fixes them', example: 4 }).optional(),
};

/** What the fonts of the display were made for; English where they do not hold the words of the language. */
function charset<const Words extends readonly [string, ...string[]]>(words: Words) {
  return oneOf(words, { description: "characters that the display's fonts hold" }).default('ascii');
}

/** Names go into the instruction text of the panel, so nothing but plain identifiers may stand here (display reference 4). */
function nextionPage(usual: string, what: string) {
  const error = 'must be a page of the panel project: its name (letters, digits and _) or its number';
  return z
    .union([z.int().min(0).max(255), z.string().regex(/^\w{1,29}$/, error)], { error })
    .meta({ description: `${what} in the panel project`, examples: [usual] })
    .default(usual);
}

function nextionComponent(usual: string, what: string, form = /^((\w{1,29}\.)?\w{1,29})?$/) {
  return formed(form, 'must be a component of the panel project: letters, digits and _, perhaps with its page before a dot', {
    description: `${what} in the panel project`,
    example: usual,
  }).default(usual);
}

const nextionOptions = z.strictObject({
  ...common,
  pages: z
    .strictObject({
      idle: nextionPage('idle', 'idle page'),
      pay: nextionPage('pay', 'page with the code'),
      paid: nextionPage('paid', 'page after payment'),
    })
    .prefault({}),
  components: z
    .strictObject({
      qr: nextionComponent('qr0', 'QR component', /^(\w{1,29}\.)?\w{1,29}$/),
      amount: nextionComponent('t0', 'text component for the amount (empty: none)'),
      line1: nextionComponent('t1', 'first text component (empty: none)'),
      line2: nextionComponent('t2', 'second text component (empty: none)'),
    })
    .prefault({}),
  charset: charset(['ascii', 'utf-8', 'gb18030', 'cp949', 'cp874']),
  textMax: whole(1, 1024, { description: 'txt_maxl of the QR component, characters', example: 255 }).default(255),
});

const word = (usual: number, what: string) => whole(0, 0xffff, { description: what, example: usual }).default(usual);

const dgus2Options = z.strictObject({
  ...common,
  crc: flag({ description: 'the panel is configured for CRC' }).default(false),
  vp: z
    .strictObject({
      qr: word(0x1000, 'address of the QR variable'),
      amount: word(0x2000, 'address of the amount'),
      line1: word(0x2100, 'address of the first line'),
      line2: word(0x2200, 'address of the second line'),
    })
    .prefault({}),
  pages: z
    .strictObject({ idle: word(0, 'idle page'), pay: word(1, 'page with the code'), paid: word(2, 'page after payment') })
    .prefault({}),
  maxPayload: whole(1, 458, {
    description: 'longest code, bytes; over 154 the symbol has 73 modules a side and has to fit the page',
    example: 154,
  }).default(154),
  interFrameMs: whole(0, 1000, { description: 'silence between two frames, ms', example: 20 }).default(20),
  charset: charset(['ascii', 'gb18030', 'utf-16be']),
  readBack: flag({ description: 'read codes back and compare them' }).default(true),
});

const escposOptions = z.strictObject({
  ...common,
  native: z
    .union([flag({ description: 'the printer draws QR codes itself' }), z.literal('auto')], {
      error: () => 'must be true, false or auto',
    })
    .default(true),
  moduleDots: whole(1, 16, { description: 'size of one module, dots', example: 6 }).default(6),
  columns: whole(16, 80, { description: 'characters in a line', example: 42 }).default(42),
  charset: charset(['ascii', 'gb18030', 'cp949', 'cp874']),
  codePage: whole(0, 255, {
    description: 'number of the Thai page on this printer (ESC t n), with charset cp874',
    example: 20,
  }).optional(),
  timeZone: timeZone({ description: "zone of the time on the slip; left out: the merchant's", example: 'Asia/Tokyo' }).optional(),
  flow: oneOf(['none', 'xonxoff', 'rtscts'], { description: 'flow control of the line' }).default('none'),
});

const line2x20Options = z.strictObject({
  ...common,
  charset: charset(['ascii']),
  dialect: oneOf(['epson', 'cd5220', 'logic', 'aedex', 'dsp800'], { description: 'command set of the display' }).default('epson'),
});

const qrLineOptions = z.strictObject({
  ...common,
  bootDelayMs: whole(0, 60_000, { description: 'pause after every opening of the port, ms', example: 8000 }).default(8000),
  preset: oneOf(['bonrix', 'diy-json'], { description: 'template set of the display' }).default('bonrix'),
  charset: charset(['ascii', 'unicode']),
  templates: z.record(name({ description: 'name of a screen' }), text(512, { description: 'line sent for it' })).default({}),
  maxLineBytes: whole(120, 4096, {
    description: 'longest line in bytes, line feed included; left out: 380, or 512 with diy-json',
    example: 380,
  }).optional(),
  forbid: text(32, { description: 'characters that no field may hold', example: '*' }).default('*'),
  ack: text(256, {
    description: 'regular expression of the line that confirms a command; left out: nothing does',
    example: '^OK',
  }).optional(),
  ackTimeoutMs: whole(10, 10_000, { description: 'how long that line may take, ms', example: 1000 }).default(1000),
});

const usbId = (what: string) =>
  formed(/^(0x)?[0-9a-fA-F]{4}$/, 'must be four hex digits in quotes', {
    description: `USB ${what}`,
    example: '0403',
  }).toLowerCase();

const PORT_FORM =
  /^(\/|\.\.?\/|\\\\\.\\)[^\s]+$|^[Cc][Oo][Mm][1-9][0-9]{0,2}$|^tcp:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/;

const port = z
  .union(
    [
      formed(PORT_FORM, 'must be a device path, COM7, or tcp://host:port', {
        description: 'device path, COM port or serial device server',
      }),
      z.strictObject({
        vendorId: usbId('vendor id'),
        productId: usbId('product id'),
        serialNumber: text(128, { description: 'USB serial number', example: 'A9048D2L' }).optional(),
      }),
    ],
    { error: 'must be a device path, COM7, { vendorId, productId }, or tcp://host:port' },
  )
  .meta({ description: 'where the display is plugged in', examples: ['/dev/serial/by-id/usb-FTDI_FT232R_A9048D2L-if00-port0'] });

const baudRate = whole(300, 3_000_000, {
  description: 'speed of the line; left out: the usual one of the driver',
  example: 9600,
}).optional();

/** Speeds a Nextion accepts (display reference 4). */
const NEXTION_SPEEDS = [2400, 4800, 9600, 19200, 31250, 38400, 57600, 115200, 230400, 250000, 256000, 512000, 921600] as const;

const nextionBaudRate = z
  .literal(NEXTION_SPEEDS)
  .meta({ description: 'speed of the line; left out: 9600', examples: [9600] })
  .optional();

/** A name that is a file of its own, so nothing that could lead to another folder. */
export const modelName = formed(
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
  'must be the name of a model file, without folder and .yaml',
  {
    description:
      'known kind of display: its file gives driver, speed and options, what stands here wins; "ocbridge display models" lists them',
    example: 'nextion-2.8',
  },
);

function onLine<Driver extends string, Options extends z.ZodType>(driver: Driver, options: Options) {
  return z.strictObject({ driver: z.literal(driver), model: modelName.optional(), port, baudRate, options });
}

/** One display of a lane, told apart by `driver`; every option has its default filled in after parsing. */
export const displaySchema = z
  .discriminatedUnion('driver', [
    onLine('mertech', z.strictObject(common).prefault({})),
    onLine('nextion', nextionOptions.prefault({})).extend({ baudRate: nextionBaudRate }),
    onLine('dgus2', dgus2Options.prefault({})),
    onLine('escpos', escposOptions.prefault({})),
    onLine('line2x20', line2x20Options.prefault({})),
    onLine('qr-line', qrLineOptions.prefault({})),
    z.strictObject({ driver: z.literal('virtual'), options: z.strictObject(common).prefault({}) }),
  ])
  .meta({ description: 'a display of the lane', examples: [{ driver: 'nextion', port: '/dev/ttyUSB0', baudRate: 9600 }] });

const title = text(120, { description: 'what the display is, for people', example: 'Nextion or TJC 2.8 inch, 320x240' });

function modelOf<Driver extends string, Options extends z.ZodType>(driver: Driver, options: Options) {
  return z.strictObject({ title, driver: z.literal(driver), baudRate, options });
}

/** A model file: a kind of display with what is known about it. Only looked at: what it leaves out is left to the display of a lane. */
export const displayModelSchema = z
  .discriminatedUnion('driver', [
    modelOf('mertech', z.strictObject(common).prefault({})),
    modelOf('nextion', nextionOptions.prefault({})).extend({ baudRate: nextionBaudRate }),
    modelOf('dgus2', dgus2Options.prefault({})),
    modelOf('escpos', escposOptions.prefault({})),
    modelOf('line2x20', line2x20Options.prefault({})),
    modelOf('qr-line', qrLineOptions.prefault({})),
  ])
  .meta({ title: 'Model of a customer display of the order-code terminal bridge' });

/** A display as configured, defaults filled in. */
export type DisplayConfig = z.output<typeof displaySchema>;
/** A display on a line; `virtual` is not one. */
export type LineDisplayConfig = Exclude<DisplayConfig, { driver: 'virtual' }>;
/** Device path, `COM7`, `tcp://host:port`, or the identity of a USB adapter (hex lower case). */
export type DisplayPort = LineDisplayConfig['port'];
