import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CutOff, createCutOff } from '#src/demo/cut-off.js';
import { httpCall } from '../support/http-call.js';

describe('cut-off between bridge and upstream', () => {
  let far: Server;
  let line: CutOff;

  beforeEach(async () => {
    far = createServer((request, response) => {
      if (request.url === '/held') return;
      response.end('here');
    });
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
    line = await createCutOff();
    line.leadTo((far.address() as AddressInfo).port);
  });

  afterEach(async () => {
    await line.stop();
    far.closeAllConnections();
    far.close();
  });

  const ask = (path: string) => httpCall(`http://127.0.0.1:${line.port}${path}`);

  it('leads to the far side while it is whole', async () => {
    assert.equal((await ask('/')).text, 'here');
  });

  it('gives no connection when it is cut, tears those under way, and comes back on the same port', async () => {
    const held = assert.rejects(ask('/held'), { code: 'ECONNRESET' });
    await new Promise<void>((resolve) => far.once('request', () => resolve()));
    await line.setWhole(false);
    await held;
    assert.equal(line.isWhole(), false);
    await assert.rejects(ask('/'), { code: 'ECONNREFUSED' });
    await line.setWhole(true);
    assert.equal((await ask('/')).text, 'here');
  });

  it('ends as it was asked last, however fast it is switched', async () => {
    await Promise.all([line.setWhole(false), line.setWhole(true), line.setWhole(false), line.setWhole(true)]);
    assert.equal((await ask('/')).text, 'here');
  });

  it('leads nowhere before it is told where to', async () => {
    const loose = await createCutOff();
    await assert.rejects(httpCall(`http://127.0.0.1:${loose.port}/`));
    await loose.stop();
  });
});
