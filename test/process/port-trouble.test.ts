import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SerialPort } from 'serialport';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { needPty } from '../support/pty.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { endWithTests, ocbridge, PROGRAM, type Service, startService, until } from './program.js';
import { createTill } from './till.js';

/** The emulated display as an integrator starts it: a process of its own, told by its JSON lines. */
async function startGlass(args: readonly string[]) {
  const child = endWithTests(
    spawn(process.execPath, [PROGRAM, 'glass', ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const lines: { readonly event: string; readonly code?: string | null; readonly page?: string | null }[] = [];
  assert.ok(child.stdout !== null);
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await until(() => lines.length > 0, 'the emulated display listens', 15_000);
  return {
    lines,
    stop: () =>
      new Promise<number | null>((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGINT');
      }),
  };
}

describe('trouble with the port of a display', function () {
  this.timeout(120_000);
  let simulator: UpstreamSimulator;
  let pc: CounterPc;
  let folder: string;
  let glass: Awaited<ReturnType<typeof startGlass>> | undefined;
  let service: Service | undefined;

  before(async function () {
    needPty(this);
    simulator = await createUpstreamSimulator({});
    pc = await createCounterPc({ simulatorUrl: simulator.url });
    folder = mkdtempSync(join(tmpdir(), 'ocbridge-ports-'));
  });
  after(async () => {
    await service?.stop();
    await glass?.stop();
    await simulator?.stop();
    pc?.remove();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('is told to the till with its cause and its repair, and over as soon as the cause is: missing, held, at another speed', async () => {
    const link = join(folder, 'customer-display');
    pc.rewrite(({ lanes }) => {
      for (const lane of lanes) lane.displays = [{ model: 'nextion-2.8', port: link }];
    });
    service = await startService(pc.file);
    const till = createTill(service.terminal);
    const reason = async () => (await till.lane('lane-1')).displays[0]?.reason ?? '';
    const tells = (words: RegExp) => until(async () => words.test(await reason()), `${words}`, 15_000);

    await tells(/customer-display is not there: is the display plugged in\?/);
    glass = await startGlass(['--model', 'nextion-2.8', '--baud', '57600', '--listen', `pty:${link}`]);
    await tells(/does not answer to "connect" at 9600 baud: is it on, is this its speed/);

    const probe = await ocbridge(['display', 'probe', '--lane', 'lane-1', '--config', pc.file]);
    assert.equal(probe.code, 0, probe.err);
    assert.match(probe.out, /a Nextion panel NX4024T032_011R answers at 57600 baud/);
    const [, entry = ''] = /in the configuration: - (\{.*\})/.exec(probe.out) ?? [];
    assert.equal(entry, `{ model: nextion-2.8, port: ${link}, baudRate: 57600 }`);
    await service.stop();

    pc.rewrite(({ lanes }) => {
      for (const lane of lanes) lane.displays = [{ model: 'nextion-2.8', port: link, baudRate: 57_600 }];
    });
    const other = new SerialPort({ path: link, baudRate: 9600 });
    await new Promise((resolve) => other.once('open', resolve));
    service = await startService(pc.file);
    const again = createTill(service.terminal);
    const display = async () => (await again.lane('lane-1')).displays[0];
    const holder =
      process.platform === 'linux' ? new RegExp(`: .*\\(process ${process.pid}\\).*Close it`) : /holds the display's port/;
    await until(async () => holder.test((await display())?.reason ?? ''), 'who holds it', 10_000);
    await new Promise((resolve) => other.close(resolve));
    await until(async () => (await display())?.health === 'ready', 'ready', 15_000);

    const test = await ocbridge(['display', 'test', '--lane', 'lane-1', '--json', '--seconds', '1', '--config', pc.file]);
    assert.equal(test.code, 0, test.out + test.err);
    const { code } = JSON.parse(test.out) as { code: string };
    assert.ok(
      glass.lines.some((line) => line.code === code),
      'the emulated display has shown it',
    );
    assert.equal(glass.lines.at(-1)?.code, null);
    const ended = glass.stop();
    glass = undefined;
    assert.equal(await ended, 0);
  });
});
