import assert from 'node:assert/strict';
import http from 'node:http';
import { program } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { cycleFiles } from '../support/report-files.js';

interface SlowCall {
  write(text: string): Promise<void>;
  end(): void;
  readonly answer: Promise<{ readonly status: number; readonly text: string }>;
  isClosed(): boolean;
}

const BOUNDARY = 'slow-boundary';

function form(files: ReadonlyMap<string, string>): string {
  const parts = [...files].map(
    ([name, text]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n\r\n${text}\r\n`,
  );
  return `${parts.join('')}--${BOUNDARY}--\r\n`;
}

/** `count` pieces of about one size. */
function piecesOf(text: string, count: number): string[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size));
}

describe('what comes slowly to the back office', () => {
  let shop: Harness;
  // It would keep every connection: whatever ends one is the bridge.
  const agent = new http.Agent({ keepAlive: true });
  let operator: string;
  let viewer: string;
  const body = form(cycleFiles('2026-03-04', []));

  before(async () => {
    shop = await startHarness({ displays: [] });
    const keyOf = async (role: string) => {
      const added = await shop.bridge().people.users.add({ name: `${role}-key`, role, apiKey: true, account: 'tests' });
      assert.ok(added.kind === 'done' && added.key !== undefined);
      return `Bearer ${added.key}`;
    };
    [operator, viewer] = [await keyOf('operator'), await keyOf('viewer')];
  });
  after(async () => {
    agent.destroy();
    await shop.stop();
  });

  function begin(path: string, headers: Record<string, string>): SlowCall {
    const request = http.request(`${shop.bridge().urls.backOffice}${path}`, { method: 'POST', agent, headers });
    let isClosed = false;
    request.once('socket', (socket) =>
      socket.once('close', () => {
        isClosed = true;
      }),
    );
    const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        const done = () => resolve({ status: response.statusCode ?? 0, text });
        response.once('end', done);
        response.once('error', done);
      });
    });
    answer.catch(() => undefined);
    return {
      write: (text) => new Promise((resolve) => void request.write(text, () => resolve())),
      end: () => void request.end(),
      answer,
      isClosed: () => isClosed,
    };
  }
  const upload = (authorization?: string) =>
    begin('/api/clearing-files', {
      'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...(authorization && { Authorization: authorization }),
    });

  it('is taken, as far as it is files of an operator, as long as something comes every half minute', async () => {
    const call = upload(operator);
    for (const piece of piecesOf(body, 8)) {
      await call.write(piece);
      await shop.clock.advance(25_000);
    }
    call.end();
    const { status, text } = await call.answer;
    assert.equal(status, 201, text);
  });

  it('is given up with 408 when nothing comes for half a minute, and the connection is closed', async () => {
    const call = upload(operator);
    const [first = '', second = ''] = piecesOf(body, 2);
    await call.write(first);
    await shop.clock.advance(20_000);
    await call.write(second.slice(0, -10));
    await shop.clock.advance(29_000);
    assert.equal(call.isClosed(), false);
    await shop.clock.advance(1_500);
    const { status, text } = await call.answer;
    assert.deepEqual([status, (JSON.parse(text) as { code: string }).code], [408, 'request_timeout']);
    await shop.clock.until(() => call.isClosed(), 'hung up');
  });

  for (const [what, key] of [
    ['nobody who is known', () => undefined],
    ['somebody who may not', () => viewer],
  ] as const)
    it(`is cut off after half a minute when it is files of ${what}`, async () => {
      const call = upload(key());
      for (const piece of piecesOf(body, 20).slice(0, 4)) {
        await call.write(piece);
        await shop.clock.advance(9_000);
      }
      const { status } = await call.answer;
      assert.equal(status, key() === undefined ? 401 : 403);
      await shop.clock.until(() => call.isClosed(), 'hung up');
    });

  it('is cut off after half a minute when it is any other call, with 408', async () => {
    for (const path of ['/api/session', '/api/days/2026-03-04/run']) {
      const call = begin(path, { 'Content-Type': 'application/json', Authorization: operator });
      for (const piece of ['{', '"na', 'me"', ':"a']) {
        await call.write(piece);
        await shop.clock.advance(9_000);
      }
      const { status, text } = await call.answer;
      assert.deepEqual([status, text.includes('request_timeout')], [408, true], path);
      await shop.clock.until(() => call.isClosed(), 'hung up');
    }
  });

  it('hinders nobody who sends at once', async () => {
    const robot = await program(shop, 'operator', 'quick');
    const headers = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
    const answer = await robot.call('/api/clearing-files', { method: 'POST', body: form(cycleFiles('2026-03-03', [])), headers });
    assert.equal(answer.status, 201, answer.text);
  });
});
