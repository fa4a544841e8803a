import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { BridgeError } from '#src/base/bridge-error.js';
import { openBooks } from '#src/books/database.js';
import { needPostgres, type TestDatabase } from '../support/postgres.js';

describe('trouble with the line to a PostgreSQL server', () => {
  const servers: Server[] = [];
  const lines: Socket[] = [];

  afterEach(() => {
    for (const line of lines.splice(0)) line.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** What the books say that are to be opened at a server of which nothing is known but how it answers. */
  async function toldOf(answer: (line: Socket, firstWords: Buffer) => void, options = ''): Promise<BridgeError> {
    const server = createServer((line) => {
      lines.push(line);
      line.on('error', () => undefined);
      line.on('data', (bytes) => answer(line, bytes));
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const connection = `postgres://shop:secret-word@127.0.0.1:${port}/books${options}`;
    const error = await openBooks({ client: 'pg', connection }).then(
      () => assert.fail('the books were opened'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof BridgeError, `a cause with a code: ${error}`);
    assert.match(error.message, /Repair: see that the server runs/);
    assert.ok(!error.message.includes('secret-word'));
    return error;
  }

  it('is told whatever the server does instead of answering, without any code of the driver', async function () {
    this.timeout(20_000);
    const told = await Promise.all([
      toldOf((line) => line.destroy()),
      toldOf((line) => line.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      toldOf((line) => line.write('N'), '?uselibpqcompat=true&sslmode=require'),
      toldOf(() => undefined),
    ]);
    for (const { code } of told) assert.equal(code, 'books.unavailable');
  });

  describe('with a real server', () => {
    let database: TestDatabase;

    before(async function () {
      database = await (await needPostgres(this)).createDatabase();
    });
    after(() => database.drop());

    it('is told when a line breaks under a statement, or the books are closed', async () => {
      const books = await openBooks({ client: 'pg', connection: database.connection });
      const codeOf = (error: unknown) => books.kind.troubleOf(error)?.code;
      const broken = books.db.raw('select pg_sleep(30)').then(() => 'it came back', codeOf);
      const END =
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep(30)%' and state = 'active'";
      while ((await database.query(END)).length === 0);
      assert.equal(await broken, 'books.unavailable');
      await books.close();
      assert.equal(await books.db.raw('select 1').then(() => 'answered', codeOf), 'books.unavailable');
    });
  });
});
