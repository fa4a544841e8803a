import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Clock, instant } from '#src/base/clock.js';
import { openConversation } from '#src/display/conversation.js';
import type { DisplayDriver, Frame } from '#src/display/display-driver.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createWire } from '../display/wire.js';
import { createManualClock } from '../support/manual-clock.js';
import { type SeededSuite, seededSuite } from '../support/seeded.js';

/** The device end of a driver's protocol, as the suite looks at it. */
export interface StandIn {
  feed(bytes: Uint8Array): void;
  visibleCode(): string | null;
}

export interface DriverCase {
  readonly name: string;
  readonly driver: DisplayDriver;
  /** A device that is switched on and answers through `reply`. */
  device(reply: (bytes: Uint8Array) => void, clock: Clock): StandIn;
  /** Bytes that the display reference prints, and the code whose painting must contain them. */
  readonly golden: readonly { readonly codeText: string; readonly hex: string }[];
  /** Whether these bytes of one step are legal on the wire, whatever the frame said. */
  isClean(bytes: Uint8Array): boolean;
  /** Complete messages of the device, for the parser; none for a device that has no replies. */
  readonly messages: readonly Uint8Array[];
}

/** An emulated glass as the suite looks at a device. */
export function standInOf(glass: GlassEmulator, reply: (bytes: Uint8Array) => void): StandIn {
  glass.onBytes(reply);
  return { feed: (bytes) => glass.receive(bytes), visibleCode: () => glass.view().code };
}

const amount = { currency: 'JPY', value: '1980' };
const FAR = instant(9_999_999_999_999);
const scan = (codeText: string, of = amount): Frame => ({ kind: 'scan', codeText, amount: of, expiresAt: FAR });
const OTHERS: readonly Frame[] = [
  { kind: 'idle' },
  { kind: 'pleaseWait', amount },
  { kind: 'paying', amount },
  { kind: 'cancelling', amount },
  { kind: 'thanks', amount },
  { kind: 'notPaid' },
  { kind: 'cancelled' },
];

function textOf(length: number): string {
  const start = 'https://qr.example/281010040';
  return length <= start.length ? 'A'.repeat(length) : start.padEnd(length, '0123456789abcdefXYZ-_');
}

/** A device with the driver talking to it, on a clock that is turned for them. */
export async function connectDriver(one: Pick<DriverCase, 'driver' | 'device'>) {
  const clock = createManualClock({ restMs: 0 });
  const wire = createWire((bytes) => device.feed(bytes));
  const device = one.device((bytes) => wire.toHost(bytes), clock);
  async function connect() {
    const talk = await openConversation(one.driver, wire.open, clock, () => {});
    return async (steps: Parameters<typeof talk.run>[0]) => {
      let ended = false;
      const outcome = talk.run(steps).finally(() => {
        ended = true;
      });
      await clock.advanceUntil(() => ended, 'the steps end', { stepMs: 100 });
      return outcome;
    };
  }
  return {
    device,
    run: await connect(),
    wire,
    /** The line is there again; what was on its way is not. */
    reconnect() {
      wire.plug();
      return connect();
    },
  };
}

/** Promises that every display driver keeps (display reference 13, test matrix). */
export function describeDriver(one: DriverCase): void {
  describe(`display driver ${one.name}`, () => {
    if (one.driver.can.qr === 'none') describeTexts(one);
    else describeCodes(one);
    if (one.driver.timeLeft !== undefined) describeTimeLeft(one);
    const seeded = seededSuite();
    if (one.driver.can.qr !== 'none') describeCutLines(one, seeded);
    describeWire(one, seeded);
    if (one.messages.length > 0) describeReplies(one, one.messages, seeded);
    else describeSilence(one);
  });
}

function describeCodes(one: DriverCase): void {
  const { driver } = one;
  const limit = driver.can.longestCode;

  it('shows a code of every length up to its limit exactly, confirmed as well as it can', async () => {
    const { device, run } = await connectDriver(one);
    assert.equal((await run(driver.wake())).kind, 'done');
    for (const length of [1, 43, 54, 100, 154, 155, 170, 255, 256, limit].filter((each) => each <= limit)) {
      const code = textOf(length);
      assert.equal(driver.refuses(code), undefined, `length ${length}`);
      assert.equal((await run(driver.blank())).kind, 'done');
      const outcome = await run(driver.paint(scan(code)));
      assert.deepEqual(outcome, { kind: 'done', proof: driver.can.confirmation }, `length ${length}`);
      assert.equal(device.visibleCode(), code);
    }
  });

  it('refuses one byte more, nothing at all, and never cuts', () => {
    assert.match(driver.refuses(textOf(limit + 1)) ?? '', new RegExp(String(limit)));
    assert.notEqual(driver.refuses(''), undefined);
  });

  it('carries quotes, backslashes, stars, percent signs and spaces unchanged, or refuses them', async () => {
    const { device, run } = await connectDriver(one);
    await run(driver.wake());
    for (const code of ['a"b\\c', '\\', '"', '\\"\\\\""', '100%*2 %20 %%', ' lead and trail ', "it's;{}[]$`~^|"]) {
      if (driver.refuses(code) !== undefined) continue;
      await run(driver.blank());
      assert.equal((await run(driver.paint(scan(code)))).kind, 'done', code);
      assert.equal(device.visibleCode(), code);
    }
  });

  it('writes the bytes of the reference', () => {
    for (const { codeText, hex } of one.golden) {
      const wire = Buffer.concat(driver.paint(scan(codeText)).map((step) => step.bytes)).toString('hex');
      assert.ok(wire.includes(hex.replaceAll(' ', '').toLowerCase()), codeText);
    }
  });

  if (!driver.can.canClear) return;
  it('leaves no code after a blank, nor after any frame that follows it', async () => {
    for (const frame of OTHERS) {
      const { device, run } = await connectDriver(one);
      await run(driver.wake());
      await run(driver.paint(scan('https://qr.example/1')));
      assert.equal((await run(driver.blank())).kind, 'done');
      assert.equal(device.visibleCode(), null);
      assert.equal((await run(driver.paint(frame))).kind, 'done', frame.kind);
      assert.equal(device.visibleCode(), null, frame.kind);
    }
  });
}

function describeTimeLeft(one: DriverCase): void {
  const { driver } = one;

  it('tells the time left by legal bytes, and nothing else on the glass changes', async () => {
    const { device, run } = await connectDriver(one);
    const codeText = 'https://qr.example/1';
    const frame = { kind: 'scan', codeText, amount, expiresAt: FAR } as const;
    await run(driver.wake());
    await run(driver.blank());
    await run(driver.paint(frame, 171));
    const code = device.visibleCode();
    assert.equal(code, driver.can.qr === 'none' ? null : codeText);
    for (const seconds of [170, 60, 59, 1, 5_999, 99_999]) {
      const steps = driver.timeLeft?.(frame, seconds) ?? [];
      assert.ok(steps.length > 0 && steps.every(({ bytes }) => one.isClean(bytes) && !Buffer.from(bytes).includes(codeText)));
      assert.equal((await run(steps)).kind, 'done');
      assert.equal(device.visibleCode(), code);
    }
    for (const step of driver.alive?.(frame) ?? []) assert.equal((await run([step])).kind, 'done', step.what);
  });
}

function describeCutLines(one: DriverCase, seeded: SeededSuite): void {
  const { driver } = one;
  const [old, fresh] = ['https://qr.example/281010040-old', 'https://qr.example/281010040-new'];
  /** A panel may show a text of its own project for a moment; that is nobody's code. */
  const isHalf = (code: string | null) => code !== null && code !== old && old.startsWith(code.slice(0, 4));
  // A picture on paper can be judged only once it is cut, which comes later than the picture.
  const mayComeLate = !driver.can.canClear && driver.can.qr === 'raster';

  it('comes right after a line that was cut at any byte of a picture, and shows neither half of it nor all of it any more', async () => {
    const whole = Buffer.concat(driver.paint(scan(old)).map(({ bytes }) => bytes)).length;
    // The last bytes are the ones that matter: what lacks only its end is an old code, complete.
    const cuts = [
      ...Array.from({ length: 12 }, (_, i) => whole - 1 - i),
      ...Array.from({ length: 12 }, () => seeded.whole(1, whole - 1)),
    ];
    for (const cut of cuts) {
      let device: StandIn | undefined;
      const seen = new Set<string | null>();
      const made = await connectDriver({
        driver,
        device(reply, clock) {
          device = one.device(reply, clock);
          const { feed } = device;
          return {
            visibleCode: () => null,
            feed(bytes) {
              feed(bytes);
              seen.add(device?.visibleCode() ?? null);
            },
          };
        },
      });
      assert.equal((await made.run(driver.wake())).kind, 'done');
      await made.run(driver.blank());
      made.wire.unplugAfter(cut);
      assert.equal((await made.run(driver.paint(scan(old)))).kind, 'closed', `cut at ${cut}`);
      const left = device?.visibleCode() ?? null;
      assert.ok(!isHalf(left), `cut at ${cut}: ${left}`);
      seen.clear();
      const again = await made.reconnect();
      // A device may need to be woken more than once; the session does that.
      let woken = await again(driver.wake());
      if (woken.kind !== 'done') woken = await again(driver.wake());
      assert.equal(woken.kind, 'done', `cut at ${cut}`);
      assert.equal((await again(driver.blank())).kind, 'done', `cut at ${cut}`);
      assert.ok(![...seen].some(isHalf), `cut at ${cut}: ${[...seen].join(', ')}`);
      assert.ok(left === old || mayComeLate || !seen.has(old), `cut at ${cut}: the old code came back`);
      assert.equal((await again(driver.paint(scan(fresh)))).kind, 'done', `cut at ${cut}`);
      assert.equal(device?.visibleCode(), fresh, `cut at ${cut}`);
    }
  });
}

function describeTexts(one: DriverCase): void {
  const { driver } = one;

  it('refuses every code', () => {
    for (const code of ['', 'A', 'https://qr.example/1']) assert.notEqual(driver.refuses(code), undefined);
    assert.equal(driver.can.longestCode, 0);
  });

  it('carries every frame through, confirmed as well as it can', async () => {
    const { run } = await connectDriver(one);
    assert.equal((await run(driver.wake())).kind, 'done');
    for (const frame of [...OTHERS, scan('https://qr.example/1')]) {
      assert.deepEqual(await run(driver.paint(frame)), { kind: 'done', proof: driver.can.confirmation }, frame.kind);
      assert.equal((await run(driver.blank())).kind, 'done', frame.kind);
    }
  });
}

function describeWire(one: DriverCase, seeded: SeededSuite): void {
  const { driver } = one;

  it('lets no byte of a hostile code or amount act on the wire', () => {
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom('"', '\\', '\0', '\xff', '\r', '\n', '\x1b', '%', '*'), fc.string()),
    });
    fc.assert(
      fc.property(hostile, hostile, (code, currency) => {
        const frames: Frame[] = [{ kind: 'thanks', amount: { currency, value: '1' } }];
        if (driver.refuses(code) === undefined) frames.push(scan(code, { currency, value: '1' }));
        for (const step of frames.flatMap((frame) => driver.paint(frame))) assert.ok(one.isClean(step.bytes), step.what);
      }),
      seeded.runs(300),
    );
  });

  it('refuses codes with bytes that are not printable', () => {
    for (const code of ['a\0b', 'a\nb', 'a\rb', 'a\x1bb', 'a\x7fb']) assert.notEqual(driver.refuses(code), undefined);
  });
}

function describeReplies({ driver }: DriverCase, messages: readonly Uint8Array[], seeded: SeededSuite): void {
  it('reads the same events however the bytes are cut', () => {
    const stream = Buffer.concat([...messages]);
    const whole = driver.parser().push(stream);
    assert.equal(whole.length, messages.length);
    for (let cut = 1; cut < stream.length; cut += 1) {
      const parser = driver.parser();
      assert.deepEqual([...parser.push(stream.subarray(0, cut)), ...parser.push(stream.subarray(cut))], whole, `cut at ${cut}`);
    }
    const parser = driver.parser();
    assert.deepEqual(
      [...stream].flatMap((byte) => parser.push(Uint8Array.of(byte))),
      whole,
    );
  });

  it('loses at most one message to garbage before it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constantFrom(...messages), (garbage, message) => {
        const events = driver.parser().push(Buffer.concat([garbage, message, message, message]));
        assert.ok(events.some((event) => Buffer.from(message).equals(event.bytes)));
      }),
      seeded.runs(2_000),
    );
  });
}

function describeSilence({ driver }: DriverCase): void {
  it('waits for no reply and hears nothing in whatever comes', () => {
    const steps = [...driver.wake(), ...driver.blank(), ...OTHERS.flatMap((frame) => driver.paint(frame))];
    assert.ok(steps.every((step) => step.expect === undefined && step.tries === 1));
    assert.equal(driver.alive, undefined);
    assert.deepEqual(driver.parser().push(Buffer.alloc(1_000, 0x02)), []);
  });
}
