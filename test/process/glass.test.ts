import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type GlassOnPty, openGlassOnPty } from '../support/glass-on-pty.js';
import { needPty } from '../support/pty.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

async function zxing(png: Buffer): Promise<string | undefined> {
  const [found] = await readBarcodes(new Uint8Array(png), { formats: ['QRCode'] });
  return found?.text;
}

describe('a Nextion display on a serial line of 9600 baud', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let display: GlassOnPty;
  let pc: CounterPc;
  let linkFolder: string;
  let service: Service;
  let till: Till;

  before(function () {
    needPty(this);
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } });
  });

  async function open(orderLifeMs: number): Promise<void> {
    simulator = await createUpstreamSimulator({ orderLifeMs });
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      timing: { graceAfterExpiryMs: 2000 },
    });
    // Device paths hold no blanks; the folder of the shop does.
    linkFolder = mkdtempSync(join(tmpdir(), 'ocbridge-by-id-'));
    const link = join(linkFolder, 'usb-display');
    pc.rewrite(({ lanes }) => {
      for (const lane of lanes) lane.displays = [{ driver: 'nextion', port: link, baudRate: 9600 }];
    });
    display = await openGlassOnPty({ link, baudRate: 9600 });
    service = await startService(pc.file);
    till = createTill(service.terminal);
  }
  afterEach(async () => {
    await service?.stop();
    await display?.close();
    await simulator?.stop();
    pc?.remove();
    rmSync(linkFolder, { recursive: true, force: true });
  });

  /** Sells, waits for the code on the glass, and gives what the till and the simulator know of it. */
  async function sellAndShow(): Promise<{ id: string; code: string; expiresAt: number }> {
    const sold = await till.sell();
    assert.equal(sold.status, 201, sold.text);
    const payment = sold.json<WholePayment>();
    const code = simulator.order(payment.paymentRequestId)?.code ?? '';
    assert.equal(payment.orderCode?.value, code);
    await until(() => display.glass.readCode() === code, 'the code on the glass');
    return { id: payment.paymentRequestId, code, expiresAt: Date.parse(payment.orderCode?.expiresAt ?? '') };
  }

  it('shows the code of a sale byte for byte, and thanks when the notification has come', async () => {
    await open(180_000);
    const stream = await till.events('lane-1');
    const { id, code } = await sellAndShow();
    assert.equal(await display.pty.baudRate(), 9600);
    const picture = display.glass.picture();
    assert.deepEqual([display.glass.readCode(), await zxing(picture)], [code, code]);
    const shown = await until(async () => {
      const payment = await till.read(id);
      return payment.display[0]?.confirmation === 'verified' && payment;
    }, 'verified');
    assert.equal(shown.display[0]?.state, 'showing');
    assert.equal(shown.next.action, 'wait_for_payer');

    assert.equal(simulator.pay(id).kind, 'done');
    const told = await until(
      () => stream.events.find(({ event, data }) => event === 'payment' && data['state'] === 'paid'),
      'paid',
    );
    assert.equal(told.data['paymentRequestId'], id);
    assert.equal(told.data['endedBy'], 'notification');
    assert.equal(told.data['orderCode'], null);
    await until(() => display.glass.view().page === 'paid', 'thanks on the glass', 2000);
    assert.equal(display.glass.view().code, null);
    const cleared = await until(
      () => stream.events.find(({ event, data }) => event === 'display' && data['state'] === 'cleared'),
      'cleared',
    );
    assert.equal(cleared.data['health'], 'ready');
    stream.close();
  });

  it('is missed within 8 s when it is unplugged, and gets its code back under another name', async () => {
    await open(180_000);
    const { id, code } = await sellAndShow();
    const oldName = display.pty.path();
    await display.unplug();
    const absent = await until(
      async () => {
        const payment = await till.read(id);
        return payment.next.action === 'show_code_on_till' && payment;
      },
      'the till is told to show the code',
      8000,
    );
    assert.equal(absent.display[0]?.state, 'pending');
    assert.equal(absent.orderCode?.value, code);
    assert.equal((await till.lane('lane-1')).displays[0]?.health, 'absent');
    await display.plug();
    assert.equal(display.pty.path(), oldName, 'the link is the same; behind it stands another terminal');
    await until(() => display.glass.readCode() === code, 'the code is back');
    await until(async () => (await till.read(id)).next.action === 'wait_for_payer', 'the till is at ease');
    assert.equal((await till.read(id)).display[0]?.confirmation, 'verified');

    const { code: exitCode } = await service.stop();
    assert.deepEqual(
      [exitCode, display.glass.readCode(), display.glass.view().page],
      [0, null, 'idle'],
      'a stopped bridge leaves no code',
    );
  });

  it('that was unplugged when the code expired shows none when it comes back', async () => {
    await open(6000);
    const { id, code, expiresAt } = await sellAndShow();
    // It keeps its power, and so the picture of the code, through the adapter's absence.
    await display.unplug({ keepsPower: true });
    assert.equal(display.glass.readCode(), code);
    await pause(expiresAt - Date.now() + 200);
    assert.equal((await till.read(id)).orderCode, null);
    assert.equal((await till.read(id)).display[0]?.state, 'stale');
    await display.plug();
    const plugged = Date.now();
    await until(() => display.glass.readCode() === null, 'the glass is blank');
    await until(async () => ['failed', 'cancelled'].includes((await till.read(id)).state), 'the unpaid order ends');
    await until(async () => (await till.read(id)).display[0]?.state === 'cleared', 'the till knows that the code is gone', 3000);
    const codesAfter = display.glass.history().filter((one) => one.code !== null && one.from > plugged);
    assert.deepEqual(codesAfter, [], 'and no code came back');
  });
});
