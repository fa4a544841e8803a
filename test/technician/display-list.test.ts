import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedPort } from '#src/display/serial-system.js';
import { type ConfigFolder, configFolder } from '../config/config-folder.js';
import { createFakeDev, type FakeDev } from '../support/fake-dev.js';
import { skipBecause } from '../support/skip.js';
import { cli } from './cli-run.js';

describe('display list', () => {
  let shop: ConfigFolder;
  let dev: FakeDev;
  let ports: ListedPort[];
  before(function () {
    if (process.platform === 'win32')
      skipBecause(this, 'the stand-in for /dev and /sys is made of symbolic links, which Windows gives to administrators only');
  });
  beforeEach(async () => {
    shop = await configFolder();
    dev = createFakeDev([{ name: 'ttyUSB0', links: ['by-id/usb-nextion'] }, { name: 'ttyUSB1' }]);
    ports = [
      {
        path: dev.path('ttyUSB0'),
        usb: { vendorId: '0403', productId: '6001', serialNumber: 'A1' },
        description: 'FT232R',
        byId: [dev.path('serial/by-id/usb-nextion')],
        byPath: [],
      },
      { path: dev.path('ttyUSB1'), usb: { vendorId: '1a86', productId: '7523' }, description: '', byId: [], byPath: [] },
    ];
  });
  afterEach(async () => {
    dev?.remove();
    await shop?.remove();
  });

  const list = (...argv: string[]) => cli(['display', 'list', ...argv], { listPorts: async () => ports });
  /** The configuration with these displays on its lane. */
  const configured = (...displays: readonly string[]) =>
    shop.write([
      '      - { driver: nextion, port: /dev/ttyUSB0, baudRate: 9600, options: {} }',
      displays.map((one) => `      - ${one}`).join('\n'),
    ]);

  it('shows the ports without any configuration, and how to name each', async () => {
    const { code, out } = await list('--config', join(shop.folder, 'none.yaml'));
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        `${dev.path('ttyUSB0')}  USB 0403:6001 serial number A1  FT232R`,
        `    ${dev.path('serial/by-id/usb-nextion')}`,
        `    not used; in the configuration: port: ${dev.path('serial/by-id/usb-nextion')}`,
        `${dev.path('ttyUSB1')}  USB 1a86:7523, no serial number`,
        '    not used; in the configuration: port: { vendorId: "1a86", productId: "7523" }',
        '',
        `There is no configuration ${join(shop.folder, 'none.yaml')}, so no lane is named.`,
        '',
      ].join('\n'),
    );
  });

  it('names the lane that uses a port, whatever name the lane knows it by', async () => {
    await configured(
      `{ driver: nextion, port: ${dev.path('serial/by-id/usb-nextion')} }`,
      '{ driver: nextion, port: { vendorId: "1A86", productId: "7523" } }',
      '{ driver: virtual }',
    );
    const report = JSON.parse((await list('--json', '--config', shop.file)).out);
    assert.deepEqual(
      report.ports.map(({ usedBy }: { usedBy: unknown }) => usedBy),
      [[{ laneId: 'lane-1', display: 1, driver: 'nextion' }], [{ laneId: 'lane-1', display: 2, driver: 'nextion' }]],
    );
    assert.equal(report.note, null);
  });

  it('names the program that has a port open', async function () {
    if (process.platform !== 'linux') skipBecause(this, 'only Linux tells who has a file open');
    const fd = openSync(dev.path('ttyUSB1'), 'r');
    try {
      const { out } = await list('--config', join(shop.folder, 'none.yaml'));
      assert.match(out, new RegExp(`ttyUSB1 .*\n    open in .* \\(process ${process.pid}\\)\n`));
      assert.equal(out.match(/open in/g)?.length, 1);
    } finally {
      closeSync(fd);
    }
  });

  it('tells configured displays that are not in the list apart', async () => {
    ports.push({ ...ports[1], path: dev.path('ttyUSB7') } as ListedPort);
    await configured(
      '{ driver: nextion, port: /dev/ttyUSB99 }',
      '{ driver: nextion, port: "tcp://10.0.0.5:4001" }',
      '{ driver: nextion, port: { vendorId: "1a86", productId: "7523" } }',
      '{ driver: nextion, port: /dev/null }',
    );
    const { out } = await list('--config', shop.file);
    assert.match(out, /lane-1, display 1 \(nextion\): \/dev\/ttyUSB99 is not there; is it plugged in\?/);
    assert.match(out, /display 2 .*tcp:\/\/10\.0\.0\.5:4001 is a serial device server/);
    assert.match(out, /display 3 .*fits several devices/);
    assert.match(out, /display 4 .*\/dev\/null is there/);
  });

  it('lists all the same when the configuration is wrong, and says so', async () => {
    await shop.write(['merchant: shop-114', 'merchant: shop-999']);
    const { code, out } = await list('--config', shop.file);
    assert.equal(code, 0);
    assert.match(out, /ttyUSB0 .*\n[\s\S]*is wrong, so no lane is named: run "ocbridge config check"/);
  });

  it('says what to do where there is no port', async () => {
    ports = [];
    const { code, out } = await list('--config', shop.file);
    assert.equal(code, 0);
    assert.match(out, /No serial port was found\. Is the display plugged in/);
  });

  it('has exit code 2 where the system cannot list its ports', async () => {
    const { code, err } = await cli(['display', 'list'], { listPorts: () => Promise.reject(new Error('no list here')) });
    assert.deepEqual([code, err], [2, 'no list here\n']);
  });
});
