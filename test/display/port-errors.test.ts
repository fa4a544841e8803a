import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { NO_FACTS, permissionAdvice, permissionFacts } from '#src/display/permission-advice.js';
import { openingError } from '#src/display/port-errors.js';
import { portHolders } from '#src/display/port-holders.js';
import { isComPort, parseTcp, portText, sameUsbId } from '#src/display/port-name.js';
import { skipBecause } from '../support/skip.js';

describe('reasons why a port cannot be opened', () => {
  const says = (text: string, isWindows = false) => openingError(new Error(text), '/dev/ttyUSB0', isWindows);

  it('tells busy, forbidden and missing apart by the words of the library', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['Error Resource temporarily unavailable Cannot lock port', 'display.portBusy'],
      ['Error: Resource busy, cannot open /dev/tty.usbserial', 'display.portBusy'],
      ['Error: Permission denied, cannot open /dev/ttyUSB0', 'display.noPermission'],
      ['Opening COM7: Access denied', 'display.noPermission'],
      ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'display.portMissing'],
      ['Opening COM7: File not found', 'display.portMissing'],
      ["ENOENT: no such file or directory, realpath '/dev/ttyUSB0'", 'display.portMissing'],
      ['Error: Is a directory, cannot open /dev', 'display.portMissing'],
      ['getaddrinfo ENOTFOUND device-server', 'display.portMissing'],
      ['something new', 'display.portMissing'],
    ];
    for (const [text, code] of cases) assert.equal(says(text).code, code, text);
  });

  it('says how to get the permission', () => {
    const { message } = says('Error: Permission denied, cannot open /dev/ttyUSB0');
    for (const word of ['dialout', 'uucp', 'usermod', 'SUBSYSTEM=="tty"', 'ID_MM_DEVICE_IGNORE'])
      assert.ok(message.includes(word), word);
    assert.match(says('Opening COM7: Access denied', true).message, /Another program may hold/);
  });

  it('names account, group and device of the port where they are known', () => {
    const usb = { vendorId: '1a86', productId: '7523' };
    const facts = { account: 'pos', group: 'tty', isMemberSinceRestart: false, usb };
    const { message } = openingError(new Error('Permission denied'), '/dev/ttyUSB0', false, facts);
    assert.match(message, /The account pos may not use \/dev\/ttyUSB0\. Add it to the group tty: sudo usermod -aG tty pos/);
    assert.ok(message.includes('ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523"') && message.includes('GROUP="tty"'));
    const board = permissionAdvice('/dev/ttyS0', { ...facts, usb: null }, false);
    assert.ok(board.includes('SUBSYSTEM=="tty", KERNEL=="ttyS0", SYMLINK+="customer-display"') && !board.includes('xxxx'), board);
    const since = permissionAdvice('/dev/ttyUSB0', { ...facts, isMemberSinceRestart: true }, false);
    assert.match(since, /Restart the service/);
    assert.doesNotMatch(since, /usermod/);
  });

  it('names the program that holds a port where it is known', () => {
    const busy = new Error('Error Resource temporarily unavailable Cannot lock port');
    const { message } = openingError(busy, '/dev/ttyUSB0', false, NO_FACTS, ['minicom (process 12)', 'node (process 7)']);
    assert.match(message, /holds the display's port \/dev\/ttyUSB0: minicom \(process 12\), node \(process 7\)\. Close it\.$/);
  });

  it('finds out which processes have a device file open', async function () {
    if (process.platform !== 'linux') skipBecause(this, 'only Linux tells who has a file open');
    const root = mkdtempSync(join(tmpdir(), 'proc-'));
    for (const [pid, target, command] of [
      ['12', '/dev/ttyUSB0', 'minicom'],
      ['13', '/dev/ttyUSB1', 'cat'],
      ['14', '/dev/ttyUSB0', undefined],
    ] as const) {
      mkdirSync(join(root, pid, 'fd'), { recursive: true });
      symlinkSync('/dev/null', join(root, pid, 'fd', '0'));
      symlinkSync(target, join(root, pid, 'fd', '5'));
      if (command !== undefined) writeFileSync(join(root, pid, 'comm'), `${command}\n`);
    }
    mkdirSync(join(root, '15'));
    assert.deepEqual(await portHolders('/dev/ttyUSB0', root), ['minicom (process 12)', 'a program (process 14)']);
    assert.deepEqual(await portHolders('/dev/ttyUSB9', root), []);
    rmSync(root, { recursive: true });
  });

  it('finds out who owns a device file', async function () {
    if (process.platform === 'win32') skipBecause(this, 'device files have no owning group on Windows');
    const { account, group } = await permissionFacts('/dev/tty');
    assert.equal(account, userInfo().username);
    assert.notEqual(group, 'root');
    assert.deepEqual(await permissionFacts('/dev/none'), NO_FACTS);
  });
});

describe('names of ports', () => {
  it('reads serial device servers', () => {
    assert.deepEqual(parseTcp('tcp://10.0.0.5:4001'), { host: '10.0.0.5', port: 4001 });
    assert.deepEqual(parseTcp('tcp://[::1]:4001'), { host: '::1', port: 4001 });
    for (const other of ['/dev/ttyUSB0', 'COM7', 'tcp://10.0.0.5', 'tcp://:4001'])
      assert.equal(parseTcp(other), undefined, other);
  });

  it('knows Windows names', () => {
    for (const com of ['COM1', 'com12', '\\\\.\\COM7']) assert.ok(isComPort(com), com);
    for (const other of ['/dev/COM1', 'COM', 'COMX']) assert.ok(!isComPort(other), other);
  });

  it('compares USB identities without regard to their spelling', () => {
    const adapter = { vendorId: '1a86', productId: '7523', serialNumber: 'A1' };
    assert.ok(sameUsbId({ vendorId: '0x1A86', productId: '7523' }, adapter));
    assert.ok(sameUsbId({ vendorId: '1A86', productId: '7523', serialNumber: 'A1' }, adapter));
    assert.ok(!sameUsbId({ vendorId: '1A86', productId: '7523', serialNumber: 'A2' }, adapter));
    assert.ok(!sameUsbId({ vendorId: '403', productId: '6001' }, adapter));
    assert.ok(!sameUsbId({ vendorId: '1a86', productId: '7523' }, {}));
    assert.ok(sameUsbId({ vendorId: '403', productId: '6001' }, { vendorId: '0403', productId: '6001' }));
    assert.equal(portText({ vendorId: '403', productId: '6001', serialNumber: 'X' }), 'USB 0403:6001 serial number X');
  });
});
