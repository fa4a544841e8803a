import assert from 'node:assert/strict';
import { listLinuxPorts } from '#src/display/linux-ports.js';
import { createFakeDev, type FakeDev } from '../support/fake-dev.js';
import { skipBecause } from '../support/skip.js';

const FTDI = {
  name: 'ttyUSB10',
  socket: '1-2',
  vendorId: '0403',
  productId: '6001',
  serialNumber: 'A9048D2L',
  product: 'FT232R USB UART',
  links: ['by-id/usb-FTDI_FT232R_A9048D2L-if00-port0', 'by-path/pci-0000:00:14.0-usb-0:2:1.0-port0'],
};
const CH340 = { name: 'ttyUSB2', socket: '1-3', vendorId: '1a86', productId: '7523' };

describe('list of the serial ports of a Linux machine', () => {
  let dev: FakeDev | undefined;
  before(function () {
    // The stand-in for /dev and /sys is made of symbolic links.
    if (process.platform === 'win32')
      skipBecause(this, 'the stand-in for /dev and /sys is made of symbolic links, which Windows gives to administrators only');
  });
  afterEach(() => dev?.remove());

  it('gives each USB device with its identity and its lasting names, without udev', async () => {
    dev = createFakeDev([FTDI, CH340]);
    const [second, first] = await listLinuxPorts(dev.root);
    assert.deepEqual(first, {
      path: dev.path('ttyUSB10'),
      usb: { vendorId: '0403', productId: '6001', serialNumber: 'A9048D2L' },
      description: 'FT232R USB UART',
      byId: [dev.path('serial/by-id/usb-FTDI_FT232R_A9048D2L-if00-port0')],
      byPath: [dev.path('serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0')],
    });
    assert.deepEqual(second, {
      path: dev.path('ttyUSB2'),
      usb: { vendorId: '1a86', productId: '7523', serialNumber: undefined },
      description: '',
      byId: [],
      byPath: [],
    });
  });

  it('leaves out consoles and names without a chip behind them', async () => {
    dev = createFakeDev([
      { name: 'ttyS0', chip: 4 },
      { name: 'ttyS1', chip: 0 },
    ]);
    assert.deepEqual(
      (await listLinuxPorts(dev.root)).map(({ path, usb }) => ({ path, usb })),
      [{ path: dev.path('ttyS0'), usb: null }],
    );
  });

  it('goes by the names of the devices where the kernel tells nothing, as in a container', async () => {
    dev = createFakeDev([FTDI, { name: 'ttyACM0' }, { name: 'tty7' }, { name: 'random' }], { kernelList: false });
    const ports = await listLinuxPorts(dev.root);
    assert.deepEqual(
      ports.map(({ path, byId }) => [path, byId.length]),
      [
        [dev.path('ttyACM0'), 0],
        [dev.path('ttyUSB10'), 1],
      ],
    );
  });

  it('is empty where there is nothing', async () => {
    dev = createFakeDev([], { kernelList: false });
    assert.deepEqual(await listLinuxPorts(dev.root), []);
  });
});
