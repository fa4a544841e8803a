import assert from 'node:assert/strict';
import { closeToOthersCommand } from '#src/config/file-rights.js';
import { loadConfig } from '#src/config/load-config.js';
import { resolvePath } from '#src/display/find-port.js';
import { openingError } from '#src/display/port-errors.js';
import { adminPlaces, adminSocketPath } from '#src/technician/admin-path.js';
import { rightsLines } from '#src/technician/doctor-local.js';
import { createCounterPc } from '../process/counter-pc.js';

describe('what is said on Windows, as far as it can be tried elsewhere', () => {
  it('names the pipe by the file: one for every spelling of its case, another for another file, nothing of the path in it', () => {
    const pipe = adminSocketPath('C:\\Kasse 1\\Bücher\\bridge.sqlite', 'win32');
    assert.match(pipe, /^\\\\\.\\pipe\\ocbridge-[0-9a-f]{24}$/);
    assert.equal(pipe, adminSocketPath('c:\\KASSE 1\\bücher\\BRIDGE.sqlite', 'win32'));
    assert.notEqual(pipe, adminSocketPath('D:\\Kasse 1\\Bücher\\bridge.sqlite', 'win32'));
    const database = { client: 'sqlite3', filename: 'C:\\Kasse 1\\Bücher\\bridge.sqlite' } as const;
    assert.deepEqual(adminPlaces({ file: 'C:\\Kasse 1\\bridge.yaml', database }, 'win32'), [pipe], 'there is no second place');
  });

  it('opens COM ports by their short name, in either spelling, and looks no file up for it', async () => {
    const nobody = async () => assert.fail('no list is needed');
    for (const [written, opened] of [
      ['COM7', 'COM7'],
      ['com12', 'com12'],
      ['\\\\.\\COM12', 'COM12'],
    ] as const)
      assert.equal(await resolvePath(written, nobody), opened);
  });

  it('takes a COM port and its long name for one port', async () => {
    const displays = (lane: string) => [{ driver: 'nextion', port: lane === 'a' ? 'COM12' : '\\\\.\\com12', baudRate: 9600 }];
    const pc = await createCounterPc({ lanes: ['a', 'b'], displays });
    try {
      const found = await loadConfig(pc.file, {});
      const texts = found.kind === 'wrong' ? found.problems.map(({ message }) => message) : [];
      assert.deepEqual(texts, ['is the port of lanes[0].displays[0], too']);
    } finally {
      pc.remove();
    }
  });

  it('tells a port that another program may have from one that is not there, in words of Windows', () => {
    const busy = openingError(new Error('Opening COM7: Access denied'), 'COM7', true);
    const missing = openingError(new Error('Opening COM7: File not found'), 'COM7', true);
    assert.deepEqual([busy.code, missing.code], ['display.noPermission', 'display.portMissing']);
    assert.match(busy.message, /^Another program may hold COM7, or this account may not use it\.$/);
    assert.doesNotMatch(busy.message, /dialout|udev|chmod/);
  });

  it('says of secret files that their access list is not looked at, and how to close them', async () => {
    const pc = await createCounterPc();
    try {
      const found = await loadConfig(pc.file, {});
      assert.ok(found.kind !== 'wrong');
      const lines = await rightsLines(found.config, 'win32');
      assert.ok(lines.every(({ result }) => result === 'OK'));
      const text = lines.find(({ about }) => about === pc.ownKeyFile)?.text ?? '';
      assert.match(text, /not looked at on Windows; icacls ".*own\.pem" \/inheritance:r \/grant:r/);
      assert.equal(closeToOthersCommand('C:\\my keys\\own.pem', 'win32').split('"').length, 5, 'path and account are quoted');
    } finally {
      pc.remove();
    }
  });
});
