import assert from 'node:assert/strict';
import { curlLine } from '#src/demo/curl-line.js';

describe('curl line of the demo', () => {
  it('is one POSIX command over several lines that survives quotes in the folder name', () => {
    const line = curlLine('http://127.0.0.1:8480', "/tmp/o'hara/till-header.txt", undefined, 'linux');
    assert.match(line, /^curl \\\n/);
    assert.ok(line.includes(`--header '@/tmp/o'\\''hara/till-header.txt'`));
    assert.ok(line.endsWith('http://127.0.0.1:8480/v1/payments'));
    assert.ok(line.includes('"saleReference":"REFERENCE"'));
  });

  it('is one line with escaped quotes on Windows', () => {
    const line = curlLine('http://127.0.0.1:8480', 'C:\\Temp\\till-header.txt', undefined, 'win32');
    assert.ok(!line.includes('\n'));
    assert.match(line, /^curl\.exe /);
    assert.ok(line.includes('--header "@C:\\Temp\\till-header.txt"'));
    assert.ok(line.includes('\\"saleReference\\":\\"REFERENCE\\"'));
  });

  it('names the customer where an agreement is charged', () => {
    const line = curlLine('http://127.0.0.1:8480', '/tmp/till-header.txt', 'MEMBER-1', 'linux');
    assert.ok(line.includes('"buyer":{"agreementReference":"MEMBER-1"}'));
  });
});
