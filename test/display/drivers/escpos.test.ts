import assert from 'node:assert/strict';
import { create } from 'qrcode';
import { instant } from '#src/base/clock.js';
import { machineZone, zonedText } from '#src/base/zone.js';
import type { Frame, Step } from '#src/display/display-driver.js';
import { createEscposDriver } from '#src/display/drivers/escpos.js';
import { ESCPOS_DEFAULTS, type EscposOptions, escposOptions } from '#src/display/drivers/escpos-options.js';
import { longestOn, nativeSymbol } from '#src/display/drivers/escpos-symbol.js';
import { createEscposGlass, type EscposGlass, type EscposGlassOptions } from '#src/simulator/glass-emulators/escpos-glass.js';
import { connectDriver, describeDriver, standInOf } from '../../conformance/display-driver-suite.js';
import { testIcon } from '../../support/test-icon.js';
import { readByTwo } from '../../support/two-readers.js';

const amount = { currency: 'JPY', value: '1980' };
const AT = instant(Date.parse('2026-03-05T02:15:30Z'));
const CODE = 'https://q.example/AB';
const scan = (codeText: string): Frame => ({ kind: 'scan', codeText, amount, expiresAt: AT, reference: 'T01-0001' });
const made = (options: Partial<EscposOptions> = {}) => createEscposDriver({ ...ESCPOS_DEFAULTS, ...options });

const device =
  (options: EscposGlassOptions = {}): Parameters<typeof connectDriver>[0]['device'] =>
  (reply, clock) =>
    standInOf(createEscposGlass({ clock, paced: false, msPerDot: 0, ...options }), reply);

/** Known commands of fixed bytes, as hex; what is left of a step must be lines of printable text. */
const COMMANDS =
  /1b40|1d6100|1b6101|1d2101|1d2100|1b4a..|1d564200|1d7201|1004(01|02|04)|1d286b0400314132 ?00|1d286b03003143..|1d286b03003145..|1d286b0300315130/g;

function isClean(bytes: Uint8Array): boolean {
  let hex = Buffer.from(bytes).toString('hex');
  const store = /1d286b(..)(..)315030/.exec(hex);
  if (store !== null) {
    const length = Number.parseInt(`${store[2]}${store[1]}`, 16) - 3;
    const from = store.index + store[0].length;
    const payload = Buffer.from(hex.slice(from, from + 2 * length), 'hex').toString('latin1');
    if (!/^[\x20-\x7e]+$/.test(payload)) return false;
    hex = hex.slice(0, store.index) + hex.slice(from + 2 * length);
  }
  return /^[\x20-\x7e\n]*$/.test(Buffer.from(hex.replace(COMMANDS, ''), 'hex').toString('latin1'));
}

const messages = [0x12, 0x16, 0x1a, 0x72, 0x00, 0x0c, 0x11, 0x13, 0x80].map((byte) => Uint8Array.of(byte));

describeDriver({
  name: 'escpos, drawn by the printer',
  driver: made({ ecc: 'M' }),
  device: device(),
  golden: [
    {
      codeText: CODE,
      hex:
        '1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 06 1D 28 6B 03 00 31 45 31 ' +
        '1D 28 6B 17 00 31 50 30 68 74 74 70 73 3A 2F 2F 71 2E 65 78 61 6D 70 6C 65 2F 41 42 1D 28 6B 03 00 31 51 30',
    },
  ],
  isClean,
  messages,
});

describeDriver({
  name: 'escpos, sent as a picture',
  driver: made({ native: false, columns: 32, moduleDots: 4 }),
  device: device({ native: false, columns: 32 }),
  golden: [],
  isClean: (bytes) => Buffer.from(bytes).toString('hex').includes('1d763000') || isClean(bytes),
  messages,
});

describeDriver({
  name: 'escpos, sent as a picture with an icon',
  driver: createEscposDriver({ ...ESCPOS_DEFAULTS, native: false }, testIcon('stripes')),
  device: device({ native: false }),
  golden: [],
  isClean: (bytes) => Buffer.from(bytes).toString('hex').includes('1d763000') || isClean(bytes),
  messages,
});

describe('escpos driver', () => {
  const wire = (steps: readonly Step[]) => steps.map((step) => Buffer.from(step.bytes).toString('latin1'));

  /** A printer with the driver talking to it. */
  async function connect(options: Partial<EscposOptions> = {}, printer: EscposGlassOptions = {}) {
    const driver = made(options);
    let glass: EscposGlass | undefined;
    const { run } = await connectDriver({
      driver,
      device(reply, clock) {
        glass = createEscposGlass({ clock, paced: false, msPerDot: 0, ...printer });
        return standInOf(glass, reply);
      },
    });
    assert.ok(glass !== undefined);
    return { driver, run, glass };
  }

  it('prints amount, what to do, the code, the order and until when, cuts, and asks whether that is done', async () => {
    const { driver, run, glass } = await connect();
    await run(driver.wake());
    assert.deepEqual(await run(driver.paint(scan(CODE))), { kind: 'done', proof: 'acked' });
    const [slip, ...others] = glass.slips();
    assert.deepEqual(slip?.lines, [
      'JPY 1980',
      'Scan to pay with Alipay+',
      'NOT A RECEIPT - SCAN TO PAY',
      'Order T01-0001',
      `Valid until ${zonedText(AT, machineZone()).slice(11)}`,
    ]);
    assert.deepEqual([slip?.drawn, slip?.isCut, others.length], [[CODE], true, 0]);
    assert.deepEqual(await readByTwo(glass), [CODE, CODE]);
    assert.ok(
      wire(driver.paint(scan(CODE)))
        .at(-1)
        ?.endsWith('\x1dVB\x00\x1dr\x01'),
    );
  });

  it('prints nothing but codes, and blanks nothing', async () => {
    const { driver, run, glass } = await connect();
    await run([...driver.wake(), ...driver.blank()]);
    const frames: Frame[] = [
      { kind: 'idle' },
      { kind: 'pleaseWait', amount },
      { kind: 'thanks', amount },
      { kind: 'notPaid' },
      { kind: 'cancelled' },
    ];
    for (const frame of frames) assert.equal((await run(driver.paint(frame))).kind, 'done');
    assert.deepEqual(glass.slips(), []);
    assert.equal(driver.can.canClear, false);
  });

  it('prints nothing while paper, cover or an error is in the way, and says which', async () => {
    const { driver, run, glass } = await connect();
    await run(driver.wake());
    for (const [trouble, step, why] of [
      [{ noPaper: true }, 'cover and errors', 'it has no paper'],
      [{ coverOpen: true }, 'cover and errors', 'its cover is open'],
      [{ error: true }, 'cover and errors', 'it reports an error'],
    ] as const) {
      glass.setTrouble(trouble);
      assert.deepEqual(await run(driver.paint(scan(CODE))), { kind: 'refused', step, why });
      assert.equal((await run(driver.alive?.({ kind: 'idle' }) ?? [])).kind, 'refused');
      glass.setTrouble({ noPaper: false, coverOpen: false, error: false });
    }
    assert.deepEqual(glass.slips(), []);
    assert.equal((await run(driver.paint(scan(CODE)))).kind, 'done');
    assert.equal(glass.slips().length, 1);
  });

  it('sends a slip once, never a second time for an answer that is late', () => {
    const steps = [...made().paint(scan(CODE)), ...made({ native: false }).paint(scan(CODE))];
    for (const step of steps.filter((one) => one.bytes.length > 3)) assert.equal(step.tries, 1, step.what);
  });

  it('waits for every band of a picture, so that the smallest usual buffer never overflows', async () => {
    const { driver, run, glass } = await connect({ native: false, moduleDots: 8 }, { native: false, msPerDot: 1 });
    await run(driver.wake());
    const steps = driver.paint(scan('x'.repeat(170)));
    assert.ok(steps.length > 8 && steps.every((step) => step.bytes.length <= 1100 && step.expect !== undefined));
    assert.equal((await run(steps)).kind, 'done');
    assert.deepEqual([glass.lostBytes(), glass.slips().length], [0, 1]);
    assert.deepEqual(await readByTwo(glass), ['x'.repeat(170), 'x'.repeat(170)]);
  });

  it('begins a picture by the bytes of the reference', () => {
    const driver = made({ native: false, moduleDots: 8 });
    const heads = driver
      .paint(scan('https://q.example/ABCDEFGHIJKLMNOPQRSTUVWXYZ'))
      .filter((step) => step.what.startsWith('band'));
    // 33 modules of 8 dots are 33 bytes a row; three rows of modules make a band of 24 rows.
    assert.equal(Buffer.from(heads[0]?.bytes.subarray(0, 8) ?? []).toString('hex'), '1d76300021001800');
    const rows = heads.reduce((sum, step) => sum + (step.bytes.length - 8 - 3) / 33, 0);
    assert.equal(rows, 264);
  });

  it('frees a printer that an interrupted job left in the middle of a code', async () => {
    const { driver, run, glass } = await connect();
    const job = Buffer.from(driver.paint(scan(CODE)).at(-1)?.bytes ?? []);
    glass.receive(job.subarray(0, job.indexOf(CODE) + 5));
    assert.equal((await run(driver.wake())).kind, 'done');
    assert.equal((await run(driver.paint(scan('https://q.example/CD')))).kind, 'done');
    assert.deepEqual(
      glass.slips().flatMap((slip) => slip.drawn),
      ['https://q.example/CD'],
    );
  });

  it('cuts off a slip that was begun and not ended, so that no two amounts stand on one', async () => {
    const { driver, run, glass } = await connect({ native: false }, { native: false });
    await run(driver.wake());
    const steps = driver.paint(scan(CODE));
    await run(steps.slice(0, 5));
    await run(driver.paint(scan(CODE)));
    await run(driver.paint(scan(CODE)));
    assert.deepEqual(
      glass.slips().map((slip) => [slip.lines.length, slip.isCut]),
      [
        [1, true],
        [5, true],
        [5, true],
      ],
    );
  });

  it('cuts off what an earlier run of the bridge may have left half printed', async () => {
    const { run, glass } = await connect();
    glass.receive(Buffer.from('JPY 300\n'));
    const next = made();
    await run(next.wake());
    await run(next.paint(scan(CODE)));
    assert.deepEqual(
      glass.slips().map(({ lines: [first], isCut }) => [first, isCut]),
      [
        ['JPY 300', true],
        ['JPY 1980', true],
      ],
    );
  });

  it('takes a printer that speaks unasked for one that was switched on anew, and tells it to be quiet', async () => {
    const { driver, run, glass } = await connect({}, { autoStatus: true });
    const meanings: string[] = [];
    const parser = driver.parser();
    glass.onBytes((bytes) => meanings.push(...parser.push(bytes).map((event) => driver.meaning(event))));
    glass.setTrouble({ coverOpen: true });
    assert.equal(meanings[0], 'rebooted');
    glass.setTrouble({ coverOpen: false });
    meanings.length = 0;
    for (const step of driver.wake()) glass.receive(step.bytes);
    glass.setTrouble({ coverOpen: true });
    assert.deepEqual(meanings, ['other'], 'nothing but the answer to its question');
    assert.equal((await run([])).kind, 'done');
  });

  it('is not led astray by XON and XOFF between the answers', async () => {
    const slip = made().paint(scan(CODE)).at(-1)?.bytes.length ?? 0;
    const printer = { xonXoff: true, bufferBytes: slip, msPerDot: 1 };
    const { driver, run, glass } = await connect({ flow: 'xonxoff' }, printer);
    await run(driver.wake());
    assert.equal((await run(driver.paint(scan(CODE)))).kind, 'done');
    const said = glass
      .trace()
      .filter(({ kind }) => kind === 'out')
      .map(({ what }) => what);
    assert.ok(said.includes('13') && said.includes('11'), said.join(' '));
    assert.deepEqual([glass.lostBytes(), driver.flow], [0, 'xonxoff']);
  });

  it('shrinks modules, then takes a weaker level, before it refuses a code', () => {
    const narrow = { dots: 32 * 12, moduleDots: 6, leastDots: 4 } as const;
    const symbol = (bytes: number) => {
      const { level, moduleDots, modules } = nativeSymbol(bytes, 'Q', narrow) ?? {};
      return [level, moduleDots, modules];
    };
    assert.deepEqual(symbol(54), ['Q', 6, 37]);
    assert.deepEqual(symbol(170), ['Q', 5, 61]);
    assert.deepEqual(symbol(600), ['L', 4, 85]);
    assert.deepEqual(symbol(645), [undefined, undefined, undefined]);
    assert.equal(longestOn(narrow), 644);
    assert.equal(made({ columns: 32 }).can.longestCode, 644);
    assert.equal(made().can.longestCode, 1273);
  });

  it('knows how many modules a code of bytes has, as a generator has it', () => {
    for (const level of ['L', 'M', 'Q', 'H'] as const) {
      for (const bytes of [1, 17, 18, 54, 106, 170, 300, 662, 1273]) {
        const { modules } = create([{ data: Buffer.alloc(bytes, 0x78), mode: 'byte' }], { errorCorrectionLevel: level });
        const paper = { dots: 10_000, moduleDots: 6, leastDots: 1 };
        assert.equal(nativeSymbol(bytes, level, paper)?.modules, modules.size, `${bytes} ${level}`);
      }
    }
  });

  it('breaks long lines at spaces on narrow paper and loses nothing', async () => {
    const { driver, run, glass } = await connect({ columns: 16 }, { columns: 16 });
    await run(driver.wake());
    await run(driver.paint(scan('https://q.example')));
    const lines = glass.slips()[0]?.lines ?? [];
    assert.ok(lines.every((line) => line.length <= 16));
    assert.match(lines.join(' '), /Scan to pay with Alipay\+ NOT A RECEIPT - SCAN TO PAY Order T01-0001/);
  });

  it('takes its paper from its options, and refuses what no printer has', () => {
    const unsaid = {
      dots: undefined,
      dotMm: undefined,
      ecc: undefined,
      codePage: undefined,
      language: undefined,
      timeZone: undefined,
    };
    assert.deepEqual(escposOptions({}), { ...unsaid, ...ESCPOS_DEFAULTS });
    const given = escposOptions({ native: false, moduleDots: 8, columns: 48, flow: 'rtscts', ecc: 'H', language: 'ja' });
    const own = { native: false, moduleDots: 8, columns: 48, flow: 'rtscts', ecc: 'H', language: 'ja' };
    assert.deepEqual(given, { ...unsaid, ...own, charset: 'ascii' });
    const sized = escposOptions({ screenMm: 72, screenPx: 576, codePx: 400 });
    assert.ok(!('refused' in sized));
    assert.deepEqual([sized.dots, sized.dotMm], [400, 0.125]);
    for (const [wrong, words] of [
      [{ flow: 'dtr' }, /none, xonxoff, rtscts/],
      [{ moduleDots: 17 }, /moduleDots.*1 to 16/],
      [{ columns: '42' }, /columns/],
      [{ ecc: 'Z' }, /ecc/],
      [{ charset: 'utf-8' }, /ascii, gb18030, cp949, cp874/],
      [{ charset: 'cp874' }, /codePage go together/],
      [{ codePage: 20 }, /codePage go together/],
      [{ charset: 'cp874', codePage: 256 }, /codePage.*0 to 255/],
    ] as const) {
      const refused = escposOptions(wrong);
      assert.match('refused' in refused ? refused.refused : '', words);
    }
  });
});
