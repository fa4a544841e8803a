import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { adminPlaces, adminSocketPath } from '#src/technician/admin-path.js';
import { type AdminHandler, type AdminServer, callAdmin, serveAdmin } from '#src/technician/admin-socket.js';

const HANDLERS: Readonly<Record<string, AdminHandler>> = {
  echo: async (args) => ({ kind: 'done', result: args }),
  refuse: async () => ({ kind: 'refused', code: 'not_found', message: 'there is none' }),
  broken: async () => {
    throw new BridgeError('books.unavailable', 'the disk is full');
  },
  bug: async () => {
    throw new TypeError('secret detail');
  },
  never: () => new Promise(() => undefined),
};

const limits = { clock: systemClock };

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof BridgeError && error.code === code && /\w+ \w+/.test(error.message);
}

describe('the admin socket', () => {
  if (process.platform === 'win32') return;
  let folder: string;
  let path: string;
  let server: AdminServer | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ocbridge-admin-'));
    path = adminSocketPath(join(folder, 'bridge.sqlite'));
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<void> {
    server = await serveAdmin({ path, handlers: HANDLERS, log: silentLog });
  }

  /** Sends raw text and gives everything that comes back. */
  async function raw(text: string): Promise<string> {
    const socket = connect(path);
    socket.on('error', () => undefined);
    socket.end(text);
    let answer = '';
    for await (const bytes of socket) answer += String(bytes);
    return answer;
  }

  it('carries a verb and its arguments, and the result back', async () => {
    await open();
    const args = { id: 'SHOP114-x', umlaut: 'ä\n"' };
    assert.deepEqual(await callAdmin(path, 'echo', args, limits), { kind: 'done', result: args });
  });

  it('hands no value over that cannot be named in a sentence', async () => {
    await open();
    const answer = await raw('{"verb":"echo","args":{"id":{"toString":1,"valueOf":2,"deep":[{"toString":null}]}}}\n');
    const { result } = JSON.parse(answer) as { result: { id: { deep: unknown[] } } };
    assert.deepEqual(result, { id: { deep: [{}] } });
    assert.equal(`${result.id}${result.id.deep}`, '[object Object][object Object]');
  });

  it('answers many callers at once', async () => {
    await open();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => callAdmin(path, 'echo', { n }, limits)));
    assert.deepEqual(
      answers.map((answer) => answer.kind === 'done' && (answer.result as { n: number }).n),
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  it('carries a large answer whole', async () => {
    server = await serveAdmin({
      path,
      handlers: { big: async () => ({ kind: 'done', result: 'x'.repeat(3_000_000) }) },
      log: silentLog,
    });
    const answer = await callAdmin(path, 'big', {}, limits);
    assert.equal(answer.kind === 'done' && (answer.result as string).length, 3_000_000);
  });

  it('carries refusals and the sentences of BridgeErrors, but nothing of a bug', async () => {
    await open();
    assert.deepEqual(await callAdmin(path, 'refuse', {}, limits), {
      kind: 'refused',
      code: 'not_found',
      message: 'there is none',
    });
    assert.deepEqual(await callAdmin(path, 'broken', {}, limits), {
      kind: 'refused',
      code: 'books.unavailable',
      message: 'the disk is full',
    });
    const bug = await callAdmin(path, 'bug', {}, limits);
    assert.ok(bug.kind === 'refused' && bug.code === 'internal_error' && !bug.message.includes('secret detail'));
  });

  for (const verb of ['sell', 'constructor', 'toString', '__proto__']) {
    it(`refuses the unknown verb "${verb}"`, async () => {
      await open();
      const answer = await callAdmin(path, verb, {}, limits);
      assert.equal(answer.kind === 'refused' && answer.code, 'unknown_verb');
    });
  }

  for (const [why, text] of [
    ['no JSON', 'stop\n'],
    ['no verb', '{"args":{}}\n'],
    ['a list of arguments', '{"verb":"echo","args":[]}\n'],
    ['a request that is too long', `{"verb":"echo","args":{"a":"${'x'.repeat(70_000)}"}}\n`],
  ] as const) {
    it(`refuses ${why}`, async () => {
      await open();
      assert.match(await raw(text), /"code":"invalid_request"/);
    });
  }

  it('does nothing for a request that is cut off', async () => {
    await open();
    assert.equal(await raw('{"verb":"echo","args":{}}'), '');
    assert.equal((await callAdmin(path, 'echo', {}, limits)).kind, 'done');
  });

  it('can be used by its own account only', async () => {
    await open();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('says that the bridge is not running when there is no socket', async () => {
    await assert.rejects(callAdmin(path, 'echo', {}, limits), withCode('admin.notRunning'));
  });

  it('gives up on a bridge that never answers, within the time it is given', async () => {
    await open();
    await assert.rejects(callAdmin(path, 'never', {}, { clock: systemClock, withinMs: 50 }), withCode('admin.noAnswer'));
  });

  it('notices a bridge that breaks off', async () => {
    const deaf = createServer((socket) => socket.destroy());
    deaf.listen(path);
    await once(deaf, 'listening');
    await assert.rejects(callAdmin(path, 'echo', {}, limits), withCode('admin.noAnswer'));
    deaf.close();
  });

  it('is gone after close, so that a later call finds nobody', async () => {
    await open();
    await server?.close();
    assert.equal(existsSync(path), false);
    await assert.rejects(callAdmin(path, 'echo', {}, limits), withCode('admin.notRunning'));
  });

  it('still answers a call that was under way when it closed', async () => {
    let go = () => {};
    const asked = new Promise<void>((heard) => {
      const slow: AdminHandler = () => {
        heard();
        return new Promise((resolve) => {
          go = () => resolve({ kind: 'done', result: 'late' });
        });
      };
      void serveAdmin({ path, handlers: { slow }, log: silentLog }).then((made) => {
        server = made;
        answer = callAdmin(path, 'slow', {}, limits);
      });
    });
    let answer: ReturnType<typeof callAdmin> | undefined;
    await asked;
    await server?.close();
    go();
    assert.deepEqual(await answer, { kind: 'done', result: 'late' });
  });

  it('replaces the socket of a process that was killed', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('open'))`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(existsSync(path), true, 'the killed process left its socket');
    await assert.rejects(callAdmin(path, 'echo', {}, limits), withCode('admin.notRunning'));
    await open();
    assert.equal((await callAdmin(path, 'echo', {}, limits)).kind, 'done');
  });

  it('leaves a socket alone on which somebody answers', async () => {
    await open();
    await assert.rejects(serveAdmin({ path, handlers: {}, log: silentLog }), withCode('listen.portTaken'));
    assert.equal((await callAdmin(path, 'echo', {}, limits)).kind, 'done');
  });

  it('never removes anything that is not a socket', async () => {
    await writeFile(path, 'mine');
    await assert.rejects(open(), withCode('listen.portTaken'));
    assert.equal(await readFile(path, 'utf8'), 'mine');
  });

  describe('on a database with a long path', () => {
    it('has a short path in a folder of this account, always the same', async () => {
      const deep = join(folder, 'a'.repeat(60), 'b'.repeat(60));
      await mkdir(deep, { recursive: true });
      path = adminSocketPath(join(deep, 'bridge.sqlite'));
      assert.ok(Buffer.byteLength(path) <= 100, path);
      assert.ok(path.startsWith(tmpdir()));
      assert.equal(path, adminSocketPath(join(deep, 'bridge.sqlite')));
      assert.notEqual(path, adminSocketPath(join(deep, 'other.sqlite')));
      await open();
      assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);
      assert.equal((await callAdmin(path, 'echo', {}, limits)).kind, 'done');
    });
  });
});

describe('the address of the admin socket', () => {
  it('is a named pipe on Windows, the same for any spelling of the file', () => {
    const pipe = adminSocketPath('C:\\Bridge\\data\\bridge.sqlite', 'win32');
    assert.match(pipe, /^\\\\\.\\pipe\\ocbridge-[0-9a-f]{24}$/);
    assert.equal(pipe, adminSocketPath('c:\\bridge\\DATA\\bridge.sqlite', 'win32'));
  });

  it('stands beside the database', () => {
    assert.equal(adminSocketPath('/srv/bridge.sqlite', 'linux'), '/srv/bridge.sqlite.admin');
  });

  it('stands beside the books, beside the configuration when they are on a server, or in the temp folder where there is no writing', async () => {
    const file = '/etc/ocbridge/bridge.yaml';
    const onServer = adminPlaces({ file, database: { client: 'pg' } }, 'linux');
    const inFile = adminPlaces({ file, database: { client: 'sqlite3', filename: '/srv/books' } }, 'linux');
    for (const [places, first] of [
      [onServer, '/etc/ocbridge/bridge.yaml.admin'],
      [inFile, '/srv/books.admin'],
    ] as const) {
      assert.equal(places.length, 2);
      assert.equal(places[0], first);
      assert.ok(places[1]?.startsWith(tmpdir()), places[1]);
    }
    assert.notEqual(onServer[1], inFile[1]);
    assert.equal(adminPlaces({ file, database: { client: 'pg' } }, 'win32').length, 1);
  });
});
