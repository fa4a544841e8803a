import type { AskedRefund, AskedSale } from './asked-sale.js';
import { askedSale } from './asked-sale.js';
import { hurtBytes, mutate, textOf, written } from './hostile-json.js';
import { peopleKinds } from './hostile-people.js';
import type { Shot } from './raw-exchange.js';
import type { Pick } from './seeded-pick.js';

export type ListenerName = 'terminal' | 'upstream' | 'backOffice';

/** What a hostile request is made from. */
export interface Ground {
  readonly pick: Pick;
  /** No two requests of a run share it. */
  readonly index: number;
  /** A key that may do everything on all lanes. */
  readonly key: string;
  readonly lanes: readonly string[];
  readonly notifyPath: string;
  readonly clientId: string;
  /** Somebody who may do everything at the back office, and a paid payment. */
  readonly person: { readonly key: string; readonly paid: string };
}

/** One hostile request and what may come of it. */
export interface Hostile {
  readonly listener: ListenerName;
  readonly shot: Shot;
  /** Sales that the bytes ask for, if they are understood at all; any other sale would be an invention. */
  readonly sales?: readonly AskedSale[];
  /** The refund that the bytes ask for, if they are understood. */
  readonly refund?: AskedRefund;
  /** What is refused is told on a page. */
  readonly page?: boolean;
  /** The bytes ask for nothing that may be done: no 2xx. */
  readonly refused?: boolean;
  /** A right and well-framed sale: it must not be refused as invalid. */
  readonly legal?: boolean;
  /** Nobody can know where this request ends: the connection must not be used on. */
  readonly mustClose?: boolean;
  /** No answer is owed: the request is not complete, or no HTTP. */
  readonly mayStaySilent?: boolean;
}

export type Kind = (ground: Ground) => Hostile;

const CRLF = '\r\n';

function sale({ index, lanes, pick }: Ground, mark = 'A'): AskedSale & { readonly laneId: string } {
  const amount = { currency: 'JPY', value: String(1 + pick.below(9_999)) };
  return { saleReference: `${mark}-${index}`, amount, description: `Matcha set 抹茶 ${index}`, laneId: pick.of(lanes) };
}

interface HeadParts {
  readonly line?: string;
  readonly host?: string | null;
  readonly headers?: readonly string[];
}

function head({ key }: Ground, { line = 'POST /v1/payments HTTP/1.1', host = 'localhost', headers = [] }: HeadParts): string {
  const named = host === null ? [] : [`Host: ${host}`];
  return [
    line,
    ...named,
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    'Prefer: wait=0',
    ...headers,
    '',
    '',
  ].join(CRLF);
}

/** A sale request whose headers are all right, with another body. */
function saleRequest(ground: Ground, body: Buffer, headers: readonly string[] = []): Buffer {
  return Buffer.concat([Buffer.from(head(ground, { headers: [`Content-Length: ${body.length}`, ...headers] })), body]);
}

const bodyOf = (value: unknown) => Buffer.from(JSON.stringify(value), 'utf8');
const chunk = (bytes: Buffer) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${CRLF}`), bytes, Buffer.from(CRLF)]);
const LAST_CHUNK = Buffer.from(`0${CRLF}${CRLF}`);

/** A whole second sale, to be smuggled in behind or inside a first request; nobody asks for it. */
function smuggled(ground: Ground): Buffer {
  return saleRequest(ground, bodyOf(sale(ground, 'SMUGGLED')));
}

const jsonKinds: Record<string, Kind> = {
  'a sale with hostile fields': (ground) => {
    const { pick } = ground;
    let tree = written({
      ...sale(ground),
      ...(pick.chance(0.3) && { expiresInSeconds: 30 + pick.below(151) }),
      ...(pick.chance(0.3) && {
        goods: [
          { referenceGoodsId: 'G1', goodsName: 'Tea', goodsQuantity: '2', goodsUnitAmount: { currency: 'JPY', value: '10' } },
        ],
      }),
      ...(pick.chance(0.2) && { replaceOpenPayment: pick.chance(0.5) }),
    });
    for (let n = pick.below(3); n >= 0; n -= 1) tree = mutate(tree, pick);
    return judged(ground, Buffer.from(textOf(tree), 'utf8'));
  },
  'a sale with hurt bytes': (ground) => judged(ground, hurtBytes(JSON.stringify(sale(ground)), ground.pick)),
  'a right sale, spaced and escaped': (ground) => {
    const { pick } = ground;
    const text = JSON.stringify(sale(ground), null, pick.below(4));
    return judged(ground, Buffer.from(pick.chance(0.5) ? text.replace('Matcha', '\\u004datcha') : ` \t\r\n${text}\n`));
  },
  'a cancel with a hostile body': (ground) => {
    const body = Buffer.from(textOf(mutate(written({}), ground.pick)));
    const line = `POST /v1/payments/TEST1-${ground.index}/cancel HTTP/1.1`;
    return {
      listener: 'terminal',
      refused: true,
      shot: { pieces: [head(ground, { line, headers: [`Content-Length: ${body.length}`] }), body] },
    };
  },
};

function judged(ground: Ground, body: Buffer): Hostile {
  const asked = askedSale(body, ground.lanes);
  const shot = { pieces: [saleRequest(ground, body)] };
  return asked === undefined
    ? { listener: 'terminal', shot, refused: true }
    : { listener: 'terminal', shot, sales: [asked], legal: true };
}

/** Lengths and encodings that two readers could take differently; all are to be refused. */
const LENGTHS = ['+5', '-1', '0x10', '1e2', '5, 5', '5,6', '', ' ', '99999999999999999999999', '5 5', '5;', "'5'", '٥'];
const ENCODINGS = [
  'xchunked',
  'chunked, identity',
  'identity',
  'chunked, chunked',
  'gzip',
  'chunked, gzip',
  '\u000bchunked',
  '"chunked"',
  'chunked;q=1',
  'cow',
  'chunkedx',
  'identity, cow',
];

const framingKinds: Record<string, Kind> = {
  'both a length and chunks': (ground) => {
    const body = bodyOf(sale(ground));
    const both = [`Content-Length: ${ground.pick.of([0, 5, body.length])}`, 'Transfer-Encoding: chunked'];
    const headers = ground.pick.chance(0.5) ? both : both.reverse();
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: { pieces: [head(ground, { headers }), chunk(body), LAST_CHUNK, smuggled(ground)] },
    };
  },
  'a length in other words': (ground) => {
    const headers = [`Content-Length: ${ground.pick.of(LENGTHS)}`];
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: { pieces: [head(ground, { headers }), 'abcde', smuggled(ground)] },
    };
  },
  'two lengths': (ground) => {
    const body = bodyOf(sale(ground));
    const headers = [`Content-Length: ${body.length}`, `content-length: ${ground.pick.of([body.length, 0, 5])}`];
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: { pieces: [head(ground, { headers }), body, smuggled(ground)] },
    };
  },
  'an unknown encoding': (ground) => {
    const headers = [`Transfer-Encoding: ${ground.pick.of(ENCODINGS)}`];
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      mayStaySilent: true,
      shot: { pieces: [head(ground, { headers }), chunk(bodyOf(sale(ground))), LAST_CHUNK, smuggled(ground)] },
    };
  },
  'a header name in disguise': (ground) => {
    const body = bodyOf(sale(ground));
    const name = ground.pick.of([
      'Transfer-Encoding ',
      'Transfer-Encoding\t',
      ' Transfer-Encoding',
      '\u00a0Transfer-Encoding',
      'Transfer\u0000-Encoding',
      'Transfer-Encoding\r',
    ]);
    const headers = [`Content-Length: ${body.length}`, `${name}: chunked`];
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: { pieces: [head(ground, { headers }), body, smuggled(ground)] },
    };
  },
  'chunks that are none': (ground) => {
    const body = bodyOf(sale(ground));
    const size = body.length.toString(16);
    const wrong = ground.pick.of([
      `zz${CRLF}`,
      `-1${CRLF}`,
      `${'F'.repeat(17)}${CRLF}`,
      `0x${size}${CRLF}`,
      `${CRLF}`,
      ` ${size}${CRLF}`,
      `${size}\u0000${CRLF}`,
      `${(body.length - 3).toString(16)}${CRLF}`,
    ]);
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: {
        pieces: [head(ground, { headers: ['Transfer-Encoding: chunked'] }), wrong, body, CRLF, LAST_CHUNK, smuggled(ground)],
      },
    };
  },
  'right chunks, many or with trailers': (ground) => {
    const asked = sale(ground);
    const body = bodyOf(asked);
    const pieces = ground.pick.chance(0.5) ? [...body].map((byte) => chunk(Buffer.from([byte]))) : [chunk(body)];
    const end = ground.pick.chance(0.5)
      ? LAST_CHUNK
      : Buffer.from(`0${CRLF}Host: evil.example${CRLF}Authorization: Bearer x${CRLF}${CRLF}`);
    return {
      listener: 'terminal',
      sales: [asked],
      legal: true,
      shot: { pieces: [Buffer.concat([Buffer.from(head(ground, { headers: ['Transfer-Encoding: chunked'] })), ...pieces, end])] },
    };
  },
  'lines that end otherwise': (ground) => {
    const asked = sale(ground);
    const body = bodyOf(asked);
    const right = head(ground, { headers: [`Content-Length: ${body.length}`] });
    const text = ground.pick.of([
      right.replaceAll(CRLF, '\n'),
      right.replaceAll(CRLF, '\r'),
      right.replace(CRLF, '\r'),
      right.replace('Prefer', '\rPrefer'),
      right.replace('Prefer', '\nPrefer'),
      right.replace('wait=0', 'wait=0\r\n folded'),
      right.replace('wait=0', 'wait=0\nContent-Length: 0'),
    ]);
    return { listener: 'terminal', sales: [asked], mayStaySilent: true, shot: { pieces: [text, body] } };
  },
  'a request in the body of a GET': (ground) => {
    const inner = smuggled(ground);
    const line = 'GET /v1/lanes/lane-1 HTTP/1.1';
    return {
      listener: 'terminal',
      shot: { pieces: [head(ground, { line, headers: [`Content-Length: ${inner.length}`] }), inner] },
    };
  },
  'a length that is too short': (ground) => {
    const body = bodyOf(sale(ground));
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      mayStaySilent: true,
      shot: { pieces: [head(ground, { headers: [`Content-Length: ${ground.pick.below(body.length)}`] }), body, CRLF + CRLF] },
    };
  },
  'a length that is too long, and the end': (ground) => {
    const body = bodyOf(sale(ground));
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      mayStaySilent: true,
      shot: {
        pieces: [head(ground, { headers: [`Content-Length: ${body.length + 1 + ground.pick.below(100)}`] }), body],
        finish: ground.pick.of(['halfClose', 'reset']),
      },
    };
  },
  'requests one behind the other': (ground) => {
    const one = Buffer.from(head(ground, { line: 'GET /v1/lanes/lane-1 HTTP/1.1' }));
    const count = 2 + ground.pick.below(6);
    return { listener: 'terminal', shot: { pieces: [Buffer.concat(Array.from({ length: count }, () => one))], answers: count } };
  },
  'many long polls on one connection': (ground) => {
    const one = Buffer.from(head(ground, { line: 'GET /v1/lanes/lane-1/events HTTP/1.1' }));
    return {
      listener: 'terminal',
      mustClose: true,
      mayStaySilent: true,
      shot: { pieces: [Buffer.concat(Array.from({ length: 50 }, () => one))], untilClosed: true },
    };
  },
  'garbage behind a sale': (ground) => {
    const asked = sale(ground);
    return {
      listener: 'terminal',
      sales: [asked],
      mustClose: true,
      mayStaySilent: true,
      shot: {
        pieces: [
          Buffer.concat([
            saleRequest(ground, bodyOf(asked)),
            ground.pick.bytes(1 + ground.pick.below(50)),
            Buffer.from(CRLF + CRLF),
          ]),
        ],
        untilClosed: true,
      },
    };
  },
};

const FILLINGS = [
  ':',
  '.',
  ' ',
  '\t',
  'a',
  '=',
  '"',
  ',',
  ';',
  '0',
  '-',
  '%',
  '[',
  '\\',
  '(',
  '::1',
  'a.',
  '%41',
  'é',
  ', ',
  '=,',
  '";',
  ' "',
];
const FILLED = [
  'Host',
  'Authorization',
  'Prefer',
  'Origin',
  'Content-Type',
  'Last-Event-ID',
  'Expect',
  'Accept',
  'Cookie',
  'Content-Encoding',
  'X-Any',
  'Connection',
  'Access-Control-Request-Method',
];

const headerKinds: Record<string, Kind> = {
  'ten thousand bytes of one header': (ground) => {
    const { pick } = ground;
    const name = pick.of(FILLED);
    const filling = pick.of(FILLINGS);
    const before = pick.of(['', 'wait=', 'Bearer ', 'wait', 'application/json', 'http://', '[', 'chunked']);
    const value = `${before}${filling.repeat(Math.floor(10_000 / filling.length))}${pick.of(['', 'x', 'g', '"', ']', '@', '/'])}`;
    const line = pick.of([
      'GET /v1/lanes/lane-1 HTTP/1.1',
      'POST /v1/payments HTTP/1.1',
      'OPTIONS /v1/payments HTTP/1.1',
      'GET /docs HTTP/1.1',
    ]);
    const headers = name === 'Host' ? [] : [`${name}: ${value}`];
    return {
      listener: 'terminal',
      mayStaySilent: name === 'Connection',
      shot: {
        pieces: [head(ground, { line, host: name === 'Host' ? value : 'localhost', headers: [...headers, 'Content-Length: 0'] })],
      },
    };
  },
  'thousands of headers': (ground) => {
    const { pick } = ground;
    const many = Array.from({ length: pick.of([100, 1_000, 2_500]) }, () => 'x:');
    return {
      listener: 'terminal',
      refused: true,
      shot: { pieces: [head(ground, { line: 'GET /v1/lanes/lane-1 HTTP/1.1', headers: [...many, 'Host: evil.example'] })] },
    };
  },
  'more header bytes than are taken': (ground) => ({
    listener: ground.pick.of(['terminal', 'upstream', 'backOffice']),
    refused: true,
    mustClose: true,
    shot: { pieces: [head(ground, { headers: [`X-Long: ${'x'.repeat(16_500 + ground.pick.below(20_000))}`] })] },
  }),
  'bytes that no header may have': (ground) => {
    const { pick } = ground;
    const text = head(ground, { line: 'GET /v1/lanes/lane-1 HTTP/1.1', headers: ['X-Odd: abcdef'] });
    const odd = Buffer.from(text.replace('abcdef', pick.of(['a\u0000b', 'a\u0001b', 'a\u007fb', 'a\rb', 'a\u000bb'])), 'latin1');
    return { listener: 'terminal', refused: true, mustClose: true, shot: { pieces: [odd] } };
  },
  'headers without a form': (ground) => {
    const line = ground.pick.of([
      'no colon here',
      ': empty name',
      'Host localhost',
      '=: x',
      '(comment): x',
      '@: x',
      'a b: c',
      '"x": y',
    ]);
    return {
      listener: 'terminal',
      refused: true,
      mustClose: true,
      shot: { pieces: [head(ground, { line: 'GET /v1/lanes/lane-1 HTTP/1.1', headers: [line] })] },
    };
  },
  'the same header twice': (ground) => {
    const { pick } = ground;
    const name = pick.of([
      'Host: evil.example',
      'Authorization: Bearer wrong',
      'Content-Type: text/plain',
      'Prefer: wait=25',
      'Origin: https://evil.example',
      'Content-Encoding: gzip',
    ]);
    const asked = sale(ground);
    const body = bodyOf(asked);
    return {
      listener: 'terminal',
      sales: [asked],
      shot: {
        pieces: [Buffer.concat([Buffer.from(head(ground, { headers: [`Content-Length: ${body.length}`, name, name] })), body])],
      },
    };
  },
  'a compressed or oddly typed body': (ground) => {
    const body = bodyOf(sale(ground));
    const header = ground.pick.of([
      'Content-Encoding: gzip',
      'Content-Encoding: br, gzip',
      'Content-Encoding: \u0001',
      'Content-Encoding: identity, identity',
    ]);
    return { listener: 'terminal', refused: true, shot: { pieces: [Buffer.concat([saleRequest(ground, body, [header])])] } };
  },
  'an expectation': (ground) => {
    const asked = sale(ground);
    const body = bodyOf(asked);
    const expect = ground.pick.of(['100-continue', '100-Continue', '200-ok', '100-continue, 100-continue', 'x'.repeat(500)]);
    return {
      listener: 'terminal',
      sales: [asked],
      shot: { pieces: [head(ground, { headers: [`Content-Length: ${body.length}`, `Expect: ${expect}`] }), body] },
    };
  },
};

const HOSTILE_PARTS = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '%c0%af',
  '%ed%a0%80',
  '__proto__',
  'constructor',
  "'",
  '"',
  ';',
  '*',
  ' ',
  'a'.repeat(9_000),
  '%41'.repeat(3_000),
  '../../../etc/passwd',
  '\\..\\',
  'TEST1-0',
  '0',
  '-1',
  '1e999',
  '[object Object]',
  '{id}',
  ':id',
  '(a+)+$',
  '~',
  '|',
  '^',
  '`',
];
const PATHS = [
  '/v1/payments/{}',
  '/v1/payments/{}/code.svg',
  '/v1/payments/{}/code.png',
  '/v1/payments/{}/cancel',
  '/v1/lanes/{}',
  '/v1/lanes/{}/events',
  '/v1/{}',
  '/{}',
  '/docs/{}',
  '/v1/payments?saleReference={}',
  '/v1/payments?cursor={}',
  '/v1/payments?limit={}',
  '/v1/payments?state={}',
  '/v1/payments?laneId={}&laneId={}',
  '/v1/payments?{}={}',
  '/v1/payments/x?afterVersion={}',
  '/v1/payments/x?waitSeconds={}',
  '//evil.example/{}',
  '/v1//payments/{}',
  '/api/{}',
  '/api/payments/{}',
  '/api/payments/{}/timeline?cursor={}',
  '/api/payments/{}/{}',
  '/api/payments?{}={}',
  '/api/payments?id={}',
  '/api/payments?date={}&zone={}',
  '/api/rulings?cursor={}',
  '/api/rulings/{}/confirm',
  '/api/days/{}/lines?cursor={}',
  '/api/days/{}/export.csv',
  '/api/exceptions/{}/resolve',
  '/api/alerts/{}/dealt-with',
  '/api/clearing-files/{}',
  '/api/clearing-files/{}/lines/{}',
  '/api/audit?before={}',
  '/login?next={}',
  '/language?to={}&back={}',
];
const METHODS = [
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'PURGE',
  'M-SEARCH',
  'QUERY',
  'SOURCE',
  'get',
  'G ET',
  'GETT',
  '\u0000GET',
  'PRI',
  'CONNECT',
  'X'.repeat(5_000),
];

const lineKinds: Record<string, Kind> = {
  'a hostile path or query': (ground) => {
    const { pick } = ground;
    const target = pick.of(PATHS).replaceAll('{}', () => pick.of(HOSTILE_PARTS));
    const method = pick.of(['GET', 'GET', 'HEAD', 'POST', 'DELETE']);
    const shot = {
      pieces: [head(ground, { line: `${method} ${target} HTTP/1.1`, headers: method === 'POST' ? ['Content-Length: 0'] : [] })],
      method,
    };
    return { listener: pick.of(['terminal', 'terminal', 'upstream', 'backOffice']), mayStaySilent: target.includes(' '), shot };
  },
  'a target of another form': (ground) => {
    const target = ground.pick.of([
      '*',
      'localhost:80',
      'http://evil.example/v1/payments',
      'http://localhost@evil.example/',
      'HTTP://LOCALHOST/healthz',
      'ftp://localhost/',
      'http:///x',
      'http://[::1/',
      'http://localhost:99999999/',
      '?x',
      '#x',
      'x',
      '\\',
      'javascript:alert(1)',
      'http://evil.example\\@localhost/',
      'http://localhost.evil.example/healthz',
    ]);
    return {
      listener: ground.pick.of(['terminal', 'backOffice']),
      mayStaySilent: true,
      shot: { pieces: [head(ground, { line: `GET ${target} HTTP/1.1` })] },
    };
  },
  'a method': (ground) => {
    const { pick } = ground;
    const method = pick.of(METHODS);
    const path = pick.of([
      '/v1/payments',
      '/v1/lanes/lane-1',
      '/healthz',
      '/readyz',
      '/docs',
      '/openapi.json',
      '*',
      ground.notifyPath,
      'localhost:443',
    ]);
    return {
      listener: pick.of(['terminal', 'upstream', 'backOffice']),
      mayStaySilent: true,
      shot: { pieces: [head(ground, { line: `${method} ${path} HTTP/1.1` })], method },
    };
  },
  'a version': (ground) => {
    const version = ground.pick.of([
      '',
      ' HTTP/0.9',
      ' HTTP/1.0',
      ' HTTP/1.2',
      ' HTTP/2.0',
      ' HTTP/3',
      ' HTTP/1.1x',
      ' http/1.1',
      ' HTTP/11',
      ' ICY/1.1',
      ' HTTP/1.1 HTTP/1.1',
      '\tHTTP/1.1',
      '  HTTP/1.1',
    ]);
    return { listener: 'backOffice', mayStaySilent: true, shot: { pieces: [head(ground, { line: `GET /healthz${version}` })] } };
  },
  'an upgrade': (ground) => {
    const headers = ground.pick.of([
      ['Connection: Upgrade', 'Upgrade: websocket'],
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
      ['Connection: upgrade', 'Upgrade: TLS/1.0'],
      ['Upgrade: \u0001'],
    ]);
    return {
      listener: ground.pick.of(['terminal', 'backOffice', 'upstream']),
      mayStaySilent: true,
      shot: { pieces: [head(ground, { line: 'GET /v1/lanes/lane-1 HTTP/1.1', headers })] },
    };
  },
  'no HTTP at all': (ground) => {
    const { pick } = ground;
    const bytes = pick.of([
      Buffer.from('16030100c8010000c40303', 'hex'),
      Buffer.from('SSH-2.0-x\r\n'),
      Buffer.from('\r\n'.repeat(50)),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.alloc(2_000),
      pick.bytes(1 + pick.below(3_000)),
      Buffer.from('GET /\r\n'),
    ]);
    return {
      listener: pick.of(['terminal', 'upstream', 'backOffice']),
      refused: true,
      mayStaySilent: true,
      shot: { pieces: [bytes], finish: 'halfClose' },
    };
  },
};

const upstreamKinds: Record<string, Kind> = {
  'an unsigned or half-signed notification': (ground) => {
    const { pick, clientId, notifyPath } = ground;
    const fields = {
      paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S' },
      paymentRequestId: `TEST1-${ground.index}`,
      paymentAmount: { currency: 'JPY', value: '1980' },
    };
    const body = pick.chance(0.5) ? Buffer.from(textOf(mutate(written(fields), pick))) : hurtBytes(JSON.stringify(fields), pick);
    const raw = pick.bytes(256).toString('base64');
    const signature = pick.of([
      `algorithm=RSA256, keyVersion=1, signature=${encodeURIComponent(raw)}`,
      `algorithm=RSA256,signature=${raw}`,
      `algorithm=none, signature=${raw}`,
      `signature=${raw}`,
      'algorithm=RSA256, keyVersion=1, signature=',
      `algorithm=RSA256, signature=${'%'.repeat(1_000)}`,
      ',=,=,=,'.repeat(500),
      `algorithm=RSA256, signature=${'A'.repeat(9_000)}`,
      '',
    ]);
    const headers = [
      `Client-Id: ${pick.of([clientId, clientId, 'SANDBOX_OTHER', ''])}`,
      `Request-Time: ${pick.of(['2026-03-05T10:16:08+08:00', '', 'never', '9'.repeat(2_000)])}`,
      `Signature: ${signature}`,
    ];
    return {
      listener: 'upstream',
      refused: true,
      shot: {
        pieces: [
          head(ground, { line: `POST ${notifyPath} HTTP/1.1`, headers: [...headers, `Content-Length: ${body.length}`] }),
          body,
        ],
      },
    };
  },
};

const slowKinds: Record<string, Kind> = {
  'half a request, then nothing': (ground) => {
    const whole = saleRequest(ground, bodyOf(sale(ground)));
    return {
      listener: ground.pick.of(['terminal', 'upstream']),
      refused: true,
      mayStaySilent: true,
      shot: {
        pieces: [whole.subarray(0, 1 + ground.pick.below(whole.length - 1))],
        finish: ground.pick.of(['halfClose', 'reset']),
      },
    };
  },
  'a request in small pieces': (ground) => {
    const asked = sale(ground);
    const whole = saleRequest(ground, bodyOf(asked));
    const cut = 1 + ground.pick.below(whole.length - 2);
    return {
      listener: 'terminal',
      sales: [asked],
      legal: true,
      shot: { pieces: [whole.subarray(0, cut), whole.subarray(cut, cut + 1), whole.subarray(cut + 1)], pauseMs: 3 },
    };
  },
};

/** Every kind with its share in a run. */
const SHARES: readonly (readonly [share: number, kinds: Readonly<Record<string, Kind>>])[] = [
  [44, jsonKinds],
  [16, framingKinds],
  [14, headerKinds],
  [16, lineKinds],
  [8, upstreamKinds],
  [12, peopleKinds],
  [2, slowKinds],
];

/** The hostile request number `ground.index`: its kind and its bytes follow from the pick alone. */
export function hostileRequest(ground: Ground): Hostile & { readonly kind: string } {
  let left = ground.pick.below(SHARES.reduce((sum, [share]) => sum + share, 0));
  const found = SHARES.find(([share]) => {
    left -= share;
    return left < 0;
  });
  const kinds = Object.entries(found?.[1] ?? jsonKinds);
  const [kind, make] = ground.pick.of(kinds);
  return { kind, ...make(ground) };
}

/** Their names. */
export const HOSTILE_KINDS: readonly string[] = SHARES.flatMap(([, kinds]) => Object.keys(kinds));
