import assert from 'node:assert/strict';
import { BridgeError } from '#src/base/bridge-error.js';
import { type ProbedPort, probePort } from '#src/display/display-probe.js';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createEmulatedPort, type EmulatedPort } from '../support/emulated-port.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

describe('probe of a port', () => {
  let clock: ManualClock;
  let glass: GlassEmulator | undefined;
  let port: EmulatedPort;
  let stop: AbortController;
  beforeEach(() => {
    clock = createManualClock({ restMs: 0 });
    stop = new AbortController();
  });
  afterEach(() => glass?.stop());

  /** Puts a display at the end of the port. */
  function plug(made: GlassEmulator): void {
    glass = made;
    port = createEmulatedPort(made);
  }

  async function probe(settings: Partial<DisplaySettings>, baudRate: number, bootDelayMs = 0): Promise<ProbedPort> {
    let isDone = false;
    const full = { driver: 'nextion', port: '/dev/ttyUSB0', ...settings };
    const done = probePort({ settings: full, baudRate, bootDelayMs, openAt: port.openAt, clock, stop: stop.signal });
    void done.then(() => {
      isDone = true;
    });
    await clock.advanceUntil(() => isDone, 'the probe is done', { stepMs: 100, limitMs: 200_000 });
    return done;
  }

  it('asks the configured way next to the printers, so that the usual case is found in seconds', async () => {
    const began = clock.elapsedMs();
    plug(createNextionGlass({ clock, baudRate: 9600 }));
    const { answer } = await probe({}, 9600);
    assert.deepEqual(answer, {
      driver: 'nextion',
      baudRate: 9600,
      options: null,
      device: 'a Nextion panel NX4024T032_011R',
    });
    assert.equal(port.opened(), 7);
    assert.ok(clock.elapsedMs() - began < 4_000, `${clock.elapsedMs() - began} ms`);
  });

  it('finds a Nextion panel at each of its speeds', async () => {
    for (const baudRate of [2400, 115_200, 921_600]) {
      plug(createNextionGlass({ clock, baudRate, model: 'TJC4024T032_011R' }));
      const { answer } = await probe({}, 9600);
      assert.deepEqual([answer?.driver, answer?.baudRate, answer?.device], ['nextion', baudRate, 'a TJC panel TJC4024T032_011R']);
      await glass?.stop();
    }
  });

  it('finds a DGUS panel, and whether it wants checksums, where something else is configured', async () => {
    for (const crc of [false, true]) {
      plug(createDgus2Glass({ clock, baudRate: 9600, crc }));
      const { answer } = await probe({ driver: 'mertech' }, 115_200);
      assert.deepEqual([answer?.driver, answer?.baudRate, answer?.options], ['dgus2', 9600, crc ? { crc: true } : null]);
      await glass?.stop();
    }
  });

  it('says of mute displays that they are mute, and leaves no word of the sort on a pay display', async () => {
    plug(createMertechGlass({ clock }));
    const { answer, isMute, stopped } = await probe({ driver: 'mertech' }, 115_200);
    assert.deepEqual([answer, isMute, stopped], [null, true, null]);
    assert.equal(glass?.view().code, null);
  });

  it('sends nothing that could switch a display off, write its memory or print', async () => {
    plug(createLine2x20Glass({ clock }));
    await probe({ driver: 'line2x20' }, 9600);
    const all = Buffer.concat(port.sent.map(({ bytes }) => bytes)).toString('latin1');
    for (const word of ['BTOFF', 'BTON', 'bauds=', 'dims=', 'rest', '\n', '\f', '\x1d', '\x5a\xa5\x04\x82', '\x5a\xa5\x05\x82'])
      assert.ok(!all.includes(word), JSON.stringify(word));
  });

  it('asks for a printer before anything else, and nothing but that where one is configured', async () => {
    plug(createLine2x20Glass({ clock }));
    await probe({ driver: 'line2x20' }, 9600);
    const first = port.sent.findIndex(({ bytes }) => bytes[0] !== 0x10);
    assert.ok(port.sent.slice(0, first).length >= 6, 'at every speed of a printer');
    port.sent.length = 0;
    await probe({ driver: 'escpos' }, 9600);
    assert.ok(port.sent.every(({ bytes }) => bytes[0] === 0x10 && bytes[1] === 0x04));
  });

  it('finds a printer by two answers, and does not take noise or an echo for one', async () => {
    const answers: Record<string, (bytes: Uint8Array) => readonly number[]> = {
      printer: (bytes) => (bytes[1] === 0x04 ? [0x11, bytes[2] === 1 ? 0x16 : 0x12] : []),
      echo: (bytes) => [...bytes],
      noise: () => [0x12, 0x12, 0x33],
      'half a printer': (bytes) => (bytes[2] === 1 ? [0x12] : []),
    };
    for (const [name, answer] of Object.entries(answers)) {
      plug(createLine2x20Glass({ clock }));
      const { openAt } = port;
      port.openAt = (baudRate) => async (listener) => {
        const link = await openAt(baudRate)(listener);
        return {
          ...link,
          async write(bytes) {
            if (baudRate === 19_200) listener.heard(Uint8Array.from(answer(bytes)));
          },
        };
      };
      const found = await probe({}, 9600);
      assert.equal(found.answer?.driver, name === 'printer' ? 'escpos' : undefined, name);
      if (name !== 'printer') assert.deepEqual(found.noiseAt, [19_200], name);
      await glass?.stop();
    }
  });

  it('tries a serial device server at its own speed only', async () => {
    plug(createLine2x20Glass({ clock }));
    await probe({ port: 'tcp://10.0.0.5:4001' }, 38_400);
    assert.deepEqual([...new Set(port.sent.map(({ baudRate }) => baudRate))], [38_400]);
  });

  it('waits once for a board that restarts when its port is opened', async () => {
    plug(createNextionGlass({ clock, baudRate: 115_200 }));
    const began = clock.elapsedMs();
    const { answer } = await probe({}, 115_200, 8_000);
    assert.ok(answer !== null && clock.elapsedMs() - began >= 8_000 && clock.elapsedMs() - began < 10_000);
  });

  it('ends with the reason when the port cannot be opened', async () => {
    plug(createNextionGlass({ clock }));
    port.refuse = new BridgeError('display.portBusy', 'Another program holds it.');
    assert.deepEqual((await probe({}, 9600)).stopped, 'Another program holds it.');
  });

  it('skips a speed that the adapter lacks', async () => {
    plug(createNextionGlass({ clock, baudRate: 115_200 }));
    const { openAt } = port;
    port.openAt = (baudRate) =>
      baudRate === 9600 || baudRate === 115_200
        ? openAt(baudRate)
        : () => Promise.reject(new BridgeError('display.portMissing', 'Inappropriate ioctl for device setting custom baud rate'));
    assert.equal((await probe({}, 9600)).answer?.baudRate, 115_200);
  });

  it('gives the port back at once when a sale begins', async () => {
    plug(createLine2x20Glass({ clock }));
    const found = probe({}, 9600);
    await clock.advance(3_000);
    stop.abort('sale');
    const { stopped } = await found;
    assert.match(stopped ?? '', /A sale has begun/);
    const count = port.sent.length;
    await clock.advance(3_000);
    assert.equal(port.sent.length, count);
  });
});
