import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import { openConversation } from '#src/display/conversation.js';
import type { Frame } from '#src/display/display-driver.js';
import { probePort } from '#src/display/display-probe.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { createEmulatedGlass } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createEmulatedPort } from '../support/emulated-port.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

type Options = Readonly<Record<string, unknown>>;

/** Every kind of device that can stand on a counter's port, with the speeds it may have. */
const PANEL_SPEEDS = [115_200, 14_400];
const TEXT_SPEEDS = [9_600, 14_400];
const DEVICES: readonly (readonly [driver: string, options: Options, speeds: readonly number[]])[] = [
  ['mertech', {}, PANEL_SPEEDS],
  ['nextion', {}, PANEL_SPEEDS],
  ['dgus2', {}, PANEL_SPEEDS],
  ['dgus2', { crc: true }, PANEL_SPEEDS],
  // Every usual speed of a printer: paper cannot be taken back.
  ['escpos', {}, [4_800, 9_600, 19_200, 38_400, 57_600, 115_200]],
  ['escpos', { columns: 32 }, [9_600]],
  ['line2x20', { dialect: 'epson' }, TEXT_SPEEDS],
  ['line2x20', { dialect: 'cd5220' }, TEXT_SPEEDS],
  ['line2x20', { dialect: 'logic' }, TEXT_SPEEDS],
  ['line2x20', { dialect: 'aedex' }, TEXT_SPEEDS],
  ['line2x20', { dialect: 'dsp800' }, TEXT_SPEEDS],
  ['qr-line', { preset: 'bonrix' }, PANEL_SPEEDS],
  ['qr-line', { preset: 'diy-json' }, PANEL_SPEEDS],
];

/** `qr-line` is asked for everything that is ever asked, in an order of its own, as `nextion` is; a printer is asked for printers only. */
const CONFIGURED = ['qr-line', 'nextion', 'escpos'] as const;

const CODE = 'https://q.example/AB';
const SCAN: Frame = {
  kind: 'scan',
  codeText: CODE,
  amount: { currency: 'JPY', value: '1980' },
  expiresAt: instant(9_999_999_999_999),
};

/** What a device keeps beside its picture, as far as its kind has any. */
interface Kept {
  slips?(): readonly unknown[];
  state?(): Readonly<Record<string, unknown>>;
  brightness?(): number;
  page?(): number;
}

function keptBy(glass: GlassEmulator): unknown {
  const { slips, state, brightness, page } = glass as Kept;
  const { cursorShown: _setAtEveryStart, screen: _judgedByItself, ...settings } = state?.() ?? {};
  return { paper: slips?.().length, settings, light: brightness?.(), page: page?.(), lit: glass.view().lit };
}

describe('probing', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = createManualClock({ restMs: 0 });
  });

  async function run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const ended = work.finally(() => {
      isDone = true;
    });
    await clock.advanceUntil(() => isDone, 'it is through', { stepMs: 2_000, limitMs: 400_000 });
    return ended;
  }

  async function probe(glass: GlassEmulator, configured: string): Promise<string | undefined> {
    const { openAt } = createEmulatedPort(glass);
    const settings = { driver: configured, port: '/dev/ttyUSB0' };
    const stop = new AbortController().signal;
    const found = await run(probePort({ settings, baudRate: 9_600, bootDelayMs: 0, openAt, clock, stop }));
    assert.equal(found.stopped, null);
    return found.answer === null ? undefined : `${found.answer.driver} at ${found.answer.baudRate}`;
  }

  /** The device's own driver shows a code after all that, at once. */
  async function showsItsCode(glass: GlassEmulator, driver: string, options: Options): Promise<void> {
    const surface = surfaceFor({ driver, port: '/dev/ttyUSB0', options }, clock);
    assert.ok(!('refused' in surface));
    const talk = await openConversation(surface.driver, createEmulatedPort(glass).openAt(glass.baudRate()), clock, () => {});
    for (const steps of [surface.driver.wake(), surface.driver.blank(), surface.driver.paint(SCAN)]) {
      assert.equal((await run(talk.run(steps))).kind, 'done');
    }
    await clock.advance(1_000);
    const { code, texts } = glass.view();
    if (driver !== 'line2x20') assert.equal(code, CODE);
    else assert.match(Object.values(texts).join('|'), /^TOTAL .*JPY 1980\|SCAN /);
    await talk.close();
  }

  for (const [driver, options, speeds] of DEVICES) {
    const name = `${driver} ${JSON.stringify(options)}`;
    it(`shows no code, prints nothing and sets nothing on ${name}, at its speed or at another`, async () => {
      for (const baudRate of speeds) {
        for (const configured of CONFIGURED) {
          const made = createEmulatedGlass(driver, { clock, baudRate, paced: false, options });
          assert.ok(made !== undefined);
          const before = keptBy(made);
          const answer = await probe(made, configured);
          const where = `${baudRate} baud, configured as ${configured}: ${answer}`;
          assert.deepEqual(keptBy(made), before, where);
          assert.ok(
            made.history().every(({ code }) => code === null),
            where,
          );
          if (answer !== undefined) assert.equal(answer, `${driver} at ${baudRate}`);
          await showsItsCode(made, driver, options);
          await made.stop();
        }
      }
    });
  }

  it('finds each that answers, where it has a usual speed', async () => {
    for (const [driver, options] of DEVICES.filter(
      ([one, { preset }]) => /nextion|dgus2|escpos/.test(one) || preset === 'diy-json',
    )) {
      const made = createEmulatedGlass(driver, { clock, baudRate: 9_600, paced: false, options });
      assert.ok(made !== undefined);
      assert.equal(await probe(made, 'qr-line'), `${driver} at 9600`);
      await made.stop();
    }
  });
});
