import assert from 'node:assert/strict';
import { closeToOthersCommand, isOpenToOthers } from '#src/config/file-rights.js';

describe('the command that closes a file to others', () => {
  it('is chmod, with the path as one argument', () => {
    assert.equal(closeToOthersCommand('/srv/keys/a.pem', 'linux'), 'chmod 600 /srv/keys/a.pem');
    assert.equal(closeToOthersCommand("/srv/my keys/it's.pem", 'darwin'), "chmod 600 '/srv/my keys/it'\\''s.pem'");
  });

  it('is icacls on Windows', () => {
    assert.match(closeToOthersCommand('C:\\my keys\\a.pem', 'win32'), /^icacls "C:\\my keys\\a\.pem" \/inheritance:r \/grant:r/);
  });
});

describe('the rights of a file', () => {
  it('are not judged on Windows, where the mode is made up', async () => {
    assert.equal(await isOpenToOthers('package.json', 'win32'), false);
  });

  it('are fine for a file that is not there', async () => {
    assert.equal(await isOpenToOthers('no-such-file'), false);
  });
});
