import assert from 'node:assert/strict';
import { NOTIFY_PATH } from '../support/bridge-harness.js';
import { type AttackRig, openAttackRig } from './attack-rig.js';
import type { ListenerName } from './hostile-requests.js';
import { exchange, type RawAnswer } from './raw-exchange.js';

/** A call that each listener answers without a key, and with what. */
const OPEN_CALLS: Readonly<Record<ListenerName, { readonly line: string; readonly status: number }>> = {
  terminal: { line: 'GET /openapi.json', status: 200 },
  upstream: { line: `POST ${NOTIFY_PATH}`, status: 401 },
  backOffice: { line: 'GET /healthz', status: 200 },
};
const LISTENERS = Object.keys(OPEN_CALLS) as ListenerName[];

const ALLOWED_HOSTS = ['counter.example', '[2001:db8::7]', '192.168.1.5'];
const ALLOWED_ORIGIN = 'https://till.example';

/** `PORT` stands for the port of the listener, `OTHER` for the port of another one. */
const SERVED: readonly (readonly [host: string, target?: string])[] = [
  ['localhost'],
  ['LOCALHOST'],
  ['LocalHost.'],
  ['localhost:PORT'],
  ['localhost:'],
  ['localhost:1'],
  ['localhost:OTHER'],
  ['127.0.0.1:PORT'],
  ['[::1]'],
  ['[::1]:PORT'],
  ['[0:0:0:0:0:0:0:1]:PORT'],
  ['[0000:0000:0000:0000:0000:0000:0000:0001]'],
  ['counter.example'],
  ['COUNTER.EXAMPLE.:443'],
  ['[2001:db8::7]'],
  ['[2001:DB8:0:0::7]:PORT'],
  ['192.168.1.5:PORT'],
  ['localhost', 'http://localhost:PORT'],
  ['localhost', 'HTTP://COUNTER.example'],
];

const TURNED_AWAY: readonly (readonly [host: string | readonly string[] | null, target?: string])[] = [
  [null],
  [''],
  [['localhost', 'localhost']],
  [['localhost', 'evil.example']],
  [['evil.example', 'localhost']],
  ['evil.example'],
  ['localhost.evil.example'],
  ['evil.example:PORT'],
  ['localhost, evil.example'],
  ['localhost evil.example'],
  ['localhost..'],
  ['.localhost'],
  ['localhost:80:80'],
  ['localhost:port'],
  ['localhost:123456'],
  ['localhost:-1'],
  ['user@localhost'],
  ['user:secret@localhost:PORT'],
  ['localhost@evil.example'],
  ['localhost/evil'],
  ['localhost#x'],
  ['localhost?x'],
  ['localhost\\evil.example'],
  ['http://localhost'],
  ['%6cocalhost'],
  ['localhost%00'],
  ['127.0.0.2'],
  ['127.1'],
  ['0177.0.0.1'],
  ['2130706433'],
  ['0x7f000001'],
  ['0.0.0.0'],
  ['[::]'],
  ['[::ffff:127.0.0.1]'],
  ['[::1'],
  ['::1]'],
  ['[::1%25lo]'],
  ['[2001:db8::8]'],
  ['192.168.1.50'],
  ['counter.example.evil.example'],
  ['xn--localhost-'],
  ['lоcalhost'],
  ['localhost', 'http://evil.example'],
  ['localhost', 'http://evil.example:PORT'],
  ['localhost', 'http://localhost@evil.example'],
  ['localhost', 'http://user:secret@localhost'],
  ['evil.example', 'http://localhost'],
  ['localhost', 'ftp://evil.example'],
];

describe('the front door of every listener', function () {
  this.timeout(60_000);
  let rig: AttackRig;
  before(async () => {
    rig = await openAttackRig({
      lanes: 1,
      change(settings) {
        const { terminal, upstream, backOffice } = settings.listen;
        for (const listener of [terminal, upstream, backOffice]) Object.assign(listener, { allowedHosts: ALLOWED_HOSTS });
        for (const listener of [terminal, backOffice]) Object.assign(listener, { allowedOrigins: [ALLOWED_ORIGIN] });
      },
    });
  });
  after(() => rig.close());

  const other = (listener: ListenerName) => (listener === 'terminal' ? 'backOffice' : 'terminal');
  const filledIn = (text: string, listener: ListenerName) =>
    text.replaceAll('PORT', String(rig.port(listener))).replaceAll('OTHER', String(rig.port(other(listener))));

  async function ask(listener: ListenerName, headers: readonly string[], line = OPEN_CALLS[listener].line): Promise<RawAnswer> {
    const text = [`${line} HTTP/1.1`, ...headers.map((header) => filledIn(header, listener)), '', ''].join('\r\n');
    const heard = await exchange(rig.port(listener), {
      pieces: [Buffer.from(text, 'utf8')],
      method: line.split(' ')[0] ?? 'GET',
    });
    assert.equal(heard.answers.length, 1, `${listener}: ${JSON.stringify(headers)}`);
    return heard.answers[0] as RawAnswer;
  }

  function hostLines(host: string | readonly string[] | null): string[] {
    return host === null ? [] : [host].flat().map((name) => `Host: ${name}`);
  }

  async function knock(listener: ListenerName, host: string | readonly string[] | null, target?: string): Promise<RawAnswer> {
    const [method = '', path = ''] = OPEN_CALLS[listener].line.split(' ');
    const line = `${method} ${target === undefined ? '' : filledIn(target, listener)}${path}`;
    return ask(listener, [...hostLines(host), 'Content-Length: 0'], line);
  }

  for (const listener of LISTENERS) {
    describe(listener, () => {
      it('is opened under its names, loopback names and addresses, in any spelling of them', async () => {
        for (const [host, target] of SERVED)
          assert.equal((await knock(listener, host, target)).status, OPEN_CALLS[listener].status, `${host} ${target ?? ''}`);
      });

      it('stays shut for every other Host, and for none and two', async () => {
        for (const [host, target] of TURNED_AWAY) {
          const { status, body, headers } = await knock(listener, host, target);
          const asked = `${String(host)} ${target ?? ''}: ${status}`;
          assert.equal(status, 421, asked);
          assert.equal(JSON.parse(body.toString()).code, 'host_not_allowed', asked);
          assert.equal(headers.get('content-type'), 'application/problem+json', asked);
        }
      });

      it('answers 421 before any of the body is there', async () => {
        const { status } = await ask(listener, ['Host: evil.example', 'Content-Type: application/json', 'Content-Length: 60000']);
        assert.equal(status, 421);
      });

      it('lets pages of its own origin and of allowed ones call, and no other', async () => {
        const own = [
          'http://localhost:PORT',
          'http://127.0.0.1:PORT',
          'HTTP://LOCALHOST:PORT',
          'http://[::1]:PORT',
          'http://counter.example:PORT',
        ];
        const allowed = listener === 'upstream' ? [] : [ALLOWED_ORIGIN, 'HTTPS://Till.Example', 'https://till.example:443'];
        for (const origin of [...own, ...allowed]) {
          const { status, headers } = await ask(listener, ['Host: localhost:PORT', `Origin: ${origin}`, 'Content-Length: 0']);
          assert.equal(status, OPEN_CALLS[listener].status, origin);
          assert.equal(headers.get('access-control-allow-origin'), filledIn(origin, listener));
        }
        const foreign = [
          'null',
          '',
          '*',
          'https://localhost:PORT',
          'http://localhost:OTHER',
          'http://localhost',
          'http://evil.example',
          'https://till.example.evil.example',
          'http://till.example',
          'https://till.example:8443',
          'https://till.example/page',
          'https://user@till.example',
          'https://till.example https://evil.example',
          'https://till.example, https://evil.example',
          'file://',
          'chrome-extension://abc',
          'http://localhost:PORT@evil.example',
          'till.example',
          'x'.repeat(5_000),
        ];
        if (listener === 'upstream') foreign.push(ALLOWED_ORIGIN);
        for (const origin of foreign) {
          const { status, headers } = await ask(listener, ['Host: localhost:PORT', `Origin: ${origin}`, 'Content-Length: 0']);
          assert.equal(status, 403, origin);
          assert.equal(headers.get('access-control-allow-origin'), undefined, origin);
        }
      });

      it('answers the preflight of an allowed page for that page alone, and never with a star', async () => {
        const preflight = (origin: string) =>
          ask(
            listener,
            [
              'Host: localhost:PORT',
              `Origin: ${origin}`,
              'Access-Control-Request-Method: POST',
              'Access-Control-Request-Headers: authorization, x-evil',
              'Access-Control-Request-Private-Network: true',
            ],
            `OPTIONS ${OPEN_CALLS[listener].line.split(' ')[1]}`,
          );
        const own = await preflight('http://localhost:PORT');
        assert.equal(own.status, 204);
        assert.equal(own.headers.get('access-control-allow-origin'), filledIn('http://localhost:PORT', listener));
        assert.match(own.headers.get('vary') ?? '', /Origin/i);
        for (const [name, value] of own.headers) {
          if (name.startsWith('access-control')) assert.doesNotMatch(value, /\*/, name);
          if (name === 'access-control-allow-headers') assert.doesNotMatch(value, /x-evil/i);
        }
        assert.notEqual(own.headers.get('access-control-allow-credentials'), 'true');
        const evil = await preflight('https://evil.example');
        assert.equal(evil.status, 403);
        assert.deepEqual(
          [...evil.headers.keys()].filter((name) => name.startsWith('access-control')),
          [],
        );
      });
    });
  }
});
