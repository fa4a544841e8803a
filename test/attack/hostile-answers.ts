import { gzipSync } from 'node:zlib';
import { BRIDGE_PRIVATE_PEM, STRANGER_PRIVATE_PEM, UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, type SigningKey, signatureHeader } from '#src/upstream/signature.js';
import { ACQUIRER_ID, CLIENT_ID } from '../support/bridge-harness.js';
import { hurtBytes, mutate, textOf, written } from './hostile-json.js';
import type { Pick } from './seeded-pick.js';

export type CallName = 'pay' | 'inquiry' | 'cancel' | 'refund';

/** Money that shall go back, by a refund or by the cancel of a paid order. */
export interface GivenBack {
  /** Of the refund; of a cancel the payment's. */
  readonly id: string;
  readonly type: 'REFUND' | 'CANCEL';
  readonly amount: { readonly currency: string; readonly value: string };
  /** What the upstream made of it when it first heard of it: it stays so. */
  readonly truth: 'does' | 'refuses';
}

/** The call that is answered. */
export interface Asked {
  readonly call: CallName;
  readonly path: string;
  readonly paymentRequestId: string;
  readonly amount: { readonly currency: string; readonly value: string };
  /** What a refund, or a cancel of a paid order, is about. */
  readonly back?: GivenBack;
  /** What went back so far, for inquiries. */
  readonly gone?: readonly GivenBack[];
  /** The request itself, to be thrown back. */
  readonly request: { readonly body: Buffer; readonly time: string; readonly signature: string };
  /** Where redirects lead: a server that must never be called. */
  readonly elsewhere: string;
}

/** Bytes on the wire, and how the connection goes on. */
export interface WireAnswer {
  readonly pieces: readonly (string | Buffer)[];
  readonly finish: 'keep' | 'end' | 'reset';
}

const key = (pem: string): SigningKey => ({
  privateKey: readPrivateKey(pem),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
});
const THEIRS = key(UPSTREAM_PRIVATE_PEM);
const STRANGER = key(STRANGER_PRIVATE_PEM);
const OURS = key(BRIDGE_PRIVATE_PEM);

const isoTime = (ms: number) => `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, -1)}+08:00`;
const result = (resultStatus: string, resultCode: string) => ({ resultCode, resultStatus, resultMessage: 'x' });

/** A code that may be drawn; every one the hostile upstream issues begins so. */
export const GOOD_CODE = 'https://global.alipay.com/281002040';
/** What begins so must never be shown. */
export const BAD_CODE = 'https://bad.example/';

/** The right answer to the call, as fields: a code, still open, cancelled. */
function right({ call, paymentRequestId, amount, back }: Asked): Record<string, unknown> {
  const paymentId = `2026${paymentRequestId.slice(-16)}`;
  const named = { acquirerId: ACQUIRER_ID, paymentId };
  switch (call) {
    case 'pay':
      return {
        result: result('U', 'PAYMENT_IN_PROCESS'),
        ...named,
        paymentAmount: amount,
        orderCodeForm: {
          paymentMethodType: 'CONNECT_WALLET',
          expireTime: isoTime(Date.now() + 180_000),
          codeDetails: [{ codeValue: `${GOOD_CODE}${paymentRequestId.slice(-8)}`, displayType: 'TEXT' }],
        },
      };
    case 'inquiry':
      return { result: result('S', 'SUCCESS'), paymentResult: result('U', 'PAYMENT_IN_PROCESS'), paymentRequestId, ...named };
    case 'cancel':
      return back?.truth === 'refuses'
        ? { result: result('F', 'CANCEL_WINDOW_EXCEED'), paymentRequestId, ...named }
        : { result: result('S', 'SUCCESS'), paymentRequestId, ...named };
    case 'refund':
      return back?.truth === 'refuses'
        ? { result: result('F', 'REFUND_WINDOW_EXCEED'), acquirerId: ACQUIRER_ID }
        : {
            result: result('S', 'SUCCESS'),
            acquirerId: ACQUIRER_ID,
            refundId: `2026${back?.id.slice(-16)}`,
            refundTime: isoTime(Date.now()),
            refundAmount: back?.amount,
          };
  }
}

/** What must not be believed, because nobody signed it: paid, gone back, or refused, as it is not. */
function lie(asked: Asked): Record<string, unknown> {
  if (asked.call === 'inquiry') return rightPaid(asked);
  const { back } = asked;
  return right(back === undefined ? asked : { ...asked, back: { ...back, truth: back.truth === 'does' ? 'refuses' : 'does' } });
}

/** A whole answer that says paid, all of it right. */
function rightPaid(asked: Asked): Record<string, unknown> {
  return {
    ...right({ ...asked, call: 'inquiry' }),
    paymentResult: result('S', 'SUCCESS'),
    paymentAmount: asked.amount,
    paymentTime: isoTime(Date.now()),
    pspId: '102',
    customerId: '100',
    ...transactionsOf(asked),
  };
}

function transactionsOf({ gone = [] }: Asked): Record<string, unknown> {
  const transactions = gone.map(({ id, type, amount }) => ({
    transactionResult: result('S', 'SUCCESS'),
    transactionId: `2026${id.slice(-16)}`,
    transactionRequestId: id,
    transactionType: type,
    transactionStatus: 'SUCCESS',
    transactionAmount: amount,
    transactionTime: isoTime(Date.now()),
  }));
  return transactions.length === 0 ? {} : { transactions };
}

interface SignedParts {
  readonly by?: SigningKey;
  readonly path?: string;
  readonly status?: string;
  readonly headers?: readonly string[];
  /** Other bytes than the signed ones. */
  readonly sent?: Buffer;
  readonly time?: string;
  readonly saidTime?: string;
}

async function signed(asked: Asked, body: Buffer, parts: SignedParts = {}): Promise<string[]> {
  const time = parts.time ?? isoTime(Date.now());
  const signature = await signatureHeader(
    parts.by ?? THEIRS,
    { path: parts.path ?? asked.path, clientId: CLIENT_ID, time },
    body,
  );
  return [
    'Content-Type: application/json; charset=UTF-8',
    `Client-Id: ${CLIENT_ID}`,
    `Response-Time: ${parts.saidTime ?? time}`,
    `Signature: ${signature}`,
    ...(parts.headers ?? []),
  ];
}

function wire(status: string, headers: readonly string[], body: Buffer, finish: WireAnswer['finish'] = 'keep'): WireAnswer {
  return {
    pieces: [`HTTP/1.1 ${status}\r\n${[...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n`, body],
    finish,
  };
}

async function signedWire(asked: Asked, fields: unknown, parts: SignedParts = {}): Promise<WireAnswer> {
  const body = Buffer.isBuffer(fields) ? fields : Buffer.from(JSON.stringify(fields).replace(`"${DEEP}"`, deepText));
  return wire(parts.status ?? '200 OK', await signed(asked, body, parts), parts.sent ?? body);
}

/** The right answer: nothing is wrong with it. */
export function honestAnswer(asked: Asked): Promise<WireAnswer> {
  return signedWire(asked, right(asked));
}

/** Text of this depth, put in where this mark stands: `JSON.stringify` could not write it. */
const DEEP = 'as deep as the sea';
const deepText = '['.repeat(60_000) + ']'.repeat(60_000);

/** What only receipts and clearing need may be as odd as it likes: it must cost nobody the word that money was paid. */
const ODD_EXTRAS: readonly Record<string, unknown>[] = [
  { settlementQuote: { quoteId: DEEP } },
  { settlementQuote: JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{}},"quoteId":"1"}') as unknown },
  { settlementQuote: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'x'])) },
  { settlementQuote: { quotePrice: 1.5, quoteId: 'x'.repeat(50_000) } },
  { settlementQuote: 'x', settlementAmount: [] },
  { settlementAmount: { currency: 'USD', value: '1'.repeat(40) } },
  { walletBrandName: 'W'.repeat(50_000), pspId: 'P'.repeat(50_000) },
  { walletBrandName: '\u001b[2J\u0000', mppPaymentId: 'M'.repeat(50_000) },
  { customerId: 'C'.repeat(50_000), paymentTime: '9999-12-31T23:59:59.999Z' },
  { customerId: { id: 1 }, paymentTime: 'never', walletBrandName: 7 },
  { transactions: [], extendInfo: DEEP },
  {},
];

/** All right and paid, for the payments that shall become paid; what nothing is decided by is odd. */
export function paidAnswer(asked: Asked, pick: Pick): Promise<WireAnswer> {
  return signedWire(
    asked,
    asked.call === 'inquiry' ? { ...rightPaid(asked), ...pick.of(ODD_EXTRAS), ...transactionsOf(asked) } : right(asked),
  );
}

type Kind = (asked: Asked, pick: Pick) => Promise<WireAnswer> | WireAnswer;

const asBuffer = (fields: unknown) => Buffer.from(JSON.stringify(fields));
const set = (fields: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> => {
  const [head = '', ...rest] = path.split('.');
  const inner = fields[head];
  return { ...fields, [head]: rest.length === 0 ? value : set((inner ?? {}) as Record<string, unknown>, rest.join('.'), value) };
};

/** The line between: HTTP that is none, or more than one answer. Whatever comes out of it was never signed. */
const lineKinds: Record<string, Kind> = {
  'headers without end': (_asked, pick) => ({
    pieces: [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(pick.of([70_000, 400_000]))}`],
    finish: 'end',
  }),
  'thousands of headers': async (asked) =>
    wire(
      '200 OK',
      [...Array.from({ length: 3_000 }, (_, i) => `X-${i}: 1`), ...(await signed(asked, asBuffer(right(asked))))],
      asBuffer(right(asked)),
    ),
  'a body longer than announced': async (asked) => {
    const body = asBuffer(right(asked));
    return {
      pieces: [
        `HTTP/1.1 200 OK\r\n${(await signed(asked, body)).join('\r\n')}\r\nContent-Length: ${body.length - 7}\r\n\r\n`,
        body,
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
      ],
      finish: 'keep',
    };
  },
  'a body that breaks off': async (asked, pick) => {
    const body = asBuffer(right(asked));
    return {
      pieces: [
        `HTTP/1.1 200 OK\r\n${(await signed(asked, body)).join('\r\n')}\r\nContent-Length: ${body.length + 1 + pick.below(999)}\r\n\r\n`,
        body,
      ],
      finish: pick.of(['end', 'reset']),
    };
  },
  'chunks that are none': async (asked, pick) => {
    const body = asBuffer(right(asked));
    const size = pick.of(['zz', '-5', 'FFFFFFFFFFFFFFFFF', '0x10', '', ' 5', '5 5']);
    return {
      pieces: [
        `HTTP/1.1 200 OK\r\n${(await signed(asked, body)).join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n`,
        body,
        '\r\n0\r\n\r\n',
      ],
      finish: 'keep',
    };
  },
  'both a length and chunks': async (asked) => {
    const body = asBuffer(right(asked));
    return {
      pieces: [
        `HTTP/1.1 200 OK\r\n${(await signed(asked, body)).join('\r\n')}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
        body,
        '\r\n0\r\n\r\n',
      ],
      finish: 'keep',
    };
  },
  'no HTTP': (_asked, pick) => ({
    pieces: [
      pick.of([
        'HTTP/0.9 200\r\n\r\n',
        'HTTP/1.1 99 x\r\n\r\n',
        'HTTP/1.1 1000 x\r\n\r\n',
        'ICY 200 OK\r\n\r\n',
        'HTTP/2.0 200 OK\r\n\r\n',
        '\r\n\r\n\r\n',
        '{"result":{}}',
        '\u0000'.repeat(500),
      ]),
      pick.bytes(pick.below(500)),
    ],
    finish: pick.of(['end', 'reset']),
  }),
  'words between without end': (_asked, pick) => ({
    pieces: [pick.of(['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n']).repeat(500)],
    finish: 'end',
  }),
  'another protocol': () => ({
    pieces: ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    finish: 'end',
  }),
  silence: (_asked, pick) => ({ pieces: [], finish: pick.of(['end', 'reset', 'keep']) }),
  'headers of an odd form': async (asked, pick) => {
    const body = asBuffer(right(asked));
    const odd = pick.of([
      'X: a\u0000b',
      'X: a\r\n folded',
      'X\u0000: a',
      ': a',
      'no colon',
      'X: a\nContent-Length: 3',
      'Content-Length: abc',
      'Content-Length: -1',
    ]);
    return {
      pieces: [
        Buffer.from(
          `HTTP/1.1 200 OK\r\n${odd}\r\n${(await signed(asked, body)).join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`,
          'latin1',
        ),
        body,
      ],
      finish: 'end',
    };
  },
  'a redirect': async (asked, pick) => {
    const status = pick.of([
      '301 Moved Permanently',
      '302 Found',
      '303 See Other',
      '307 Temporary Redirect',
      '308 Permanent Redirect',
      '300 Multiple Choices',
    ]);
    return signedWire(asked, right(asked), {
      status,
      headers: [
        `Location: ${asked.elsewhere}${asked.path}`,
        `Refresh: 0; url=${asked.elsewhere}`,
        `Alt-Svc: h2="${new URL(asked.elsewhere).host}"`,
      ],
    });
  },
  'another status, rightly signed': (asked, pick) =>
    signedWire(asked, right(asked), {
      status: pick.of([
        '201 Created',
        '202 Accepted',
        '204 No Content',
        '206 Partial',
        '400 Bad',
        '401 No',
        '403 No',
        '404 Not Found',
        '429 Slow',
        '500 Broken',
        '503 Busy',
      ]),
    }),
  'compressed, signed before or after': async (asked, pick) => {
    const body = asBuffer(right(asked));
    const packed = gzipSync(body);
    return pick.chance(0.5)
      ? signedWire(asked, packed, { headers: ['Content-Encoding: gzip'] })
      : signedWire(asked, body, { sent: packed, headers: ['Content-Encoding: gzip'] });
  },
  'a very long body, rightly signed': (asked, pick) =>
    signedWire(asked, { ...right(asked), filling: 'x'.repeat(pick.of([100_000, 300_000, 2_000_000])) }),
};

/** Signatures that are not the upstream's word about this call. */
const signatureKinds: Record<string, Kind> = {
  unsigned: async (asked) => wire('200 OK', ['Content-Type: application/json', `Client-Id: ${CLIENT_ID}`], asBuffer(lie(asked))),
  "a stranger's signature": (asked) => signedWire(asked, lie(asked), { by: STRANGER }),
  'our own signature': (asked) => signedWire(asked, lie(asked), { by: OURS }),
  'our own request thrown back': ({ request }) =>
    wire(
      '200 OK',
      [
        'Content-Type: application/json',
        `Client-Id: ${CLIENT_ID}`,
        `Response-Time: ${request.time}`,
        `Signature: ${request.signature}`,
      ],
      request.body,
    ),
  'signed for another path': (asked, pick) =>
    signedWire(asked, lie(asked), {
      path: pick.of([
        asked.path.toUpperCase(),
        `${asked.path}/`,
        asked.call === 'refund' ? '/aps/api/v1/payments/cancelPayment' : '/aps/api/v1/payments/refund',
        '/hooks/alipayplus/notifyPayment',
        '',
      ]),
    }),
  'signed at another time than said': (asked) =>
    signedWire(asked, right(asked), { time: isoTime(Date.now() - 1_000), saidTime: isoTime(Date.now()) }),
  'one byte of the body changed': async (asked, pick) => {
    const body = asBuffer(lie(asked));
    const sent = Buffer.from(body);
    const at = pick.below(sent.length);
    sent[at] = (sent[at] ?? 0) ^ 1;
    return signedWire(asked, body, { sent });
  },
  'a signature header in other words': async (asked, pick) => {
    const body = asBuffer(right(asked));
    const headers = await signed(asked, body);
    const change = pick.of<(text: string) => string>([
      (text) => text.replace('RSA256', 'none'),
      (text) => text.replace('RSA256', 'ECC256'),
      (text) => `${text}, signature=AAAA`,
      (text) => text.replace('signature=', 'signature = ,signature='),
      (text) => `${text}\r\n${text}`,
      (text) => text.replace(/signature=.*/, 'signature='),
      (text) => text.replaceAll(',', ';'),
    ]);
    return wire(
      '200 OK',
      headers.map((header) => (header.startsWith('Signature') ? change(header) : header)),
      body,
    );
  },
  'another client id': async (asked) => {
    const body = asBuffer(right(asked));
    return wire(
      '200 OK',
      (await signed(asked, body)).map((header) => (header.startsWith('Client-Id') ? 'Client-Id: SANDBOX_OTHER' : header)),
      body,
    );
  },
};

/** Codes that may not be drawn, under a right signature. */
const codeKinds: Record<string, Kind> = {
  'a code that may not be drawn': (asked, pick) => {
    const odd = pick.of([
      `${BAD_CODE}${'x'.repeat(3_000)}`,
      `${BAD_CODE}\u0000`,
      `${BAD_CODE}\u001b[2J`,
      `\n${BAD_CODE}`,
      `${BAD_CODE}\u0085`,
      '',
      5,
      null,
      ['x'],
      { x: 1 },
    ]);
    return signedWire(
      asked,
      asked.call === 'pay'
        ? set(right(asked), 'orderCodeForm.codeDetails', [{ codeValue: odd, displayType: 'TEXT' }])
        : right(asked),
    );
  },
  'pictures only, or too many forms': (asked, pick) => {
    const details = pick.of<unknown>([
      [{ codeValue: `${BAD_CODE}a.png`, displayType: 'BIGIMAGE' }],
      [{ codeValue: `${BAD_CODE}a.png` }],
      [{ codeValue: `data:image/png;base64,AAAA${BAD_CODE}` }],
      [],
      null,
      'x',
      Array.from({ length: 60 }, () => ({ codeValue: `${BAD_CODE}x`, displayType: 'TEXT' })),
    ]);
    return signedWire(asked, asked.call === 'pay' ? set(right(asked), 'orderCodeForm.codeDetails', details) : right(asked));
  },
  'another amount, currency or acquirer beside a code': (asked, pick) => {
    const [path, value] = pick.of<readonly [string, unknown]>([
      ['paymentAmount', { currency: 'JPY', value: '1' }],
      ['paymentAmount', { currency: 'USD', value: asked.amount.value }],
      ['paymentAmount', { ...asked.amount, value: Number(asked.amount.value) }],
      ['paymentAmount', { ...asked.amount, value: `0${asked.amount.value}` }],
      ['paymentAmount', []],
      ['acquirerId', '1'],
      ['paymentRequestId', 'TEST1-other'],
    ]);
    const bad = set(right(asked), 'orderCodeForm.codeDetails', [{ codeValue: `${BAD_CODE}other`, displayType: 'TEXT' }]);
    return signedWire(asked, asked.call === 'pay' ? set(bad, path, value) : set(right(asked), path, value));
  },
  'an odd end of the code': (asked, pick) => {
    const end = pick.of<unknown>([
      '9999-12-31T23:59:59+08:00',
      '9999-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00Z',
      '1969-12-31T23:59:59Z',
      '+275760-09-13T00:00:00Z',
      '2026-13-45T99:99:99Z',
      '2026-03-05',
      'tomorrow',
      '',
      0,
      null,
      -1,
      isoTime(Date.now() + 86_400_000),
      isoTime(Date.now() - 1),
      '9'.repeat(10_000),
    ]);
    return signedWire(asked, asked.call === 'pay' ? set(right(asked), 'orderCodeForm.expireTime', end) : right(asked));
  },
  'an odd payment id or result code': (asked, pick) => {
    const odd = pick.of<unknown>([
      'x'.repeat(100_000),
      '__proto__',
      'constructor',
      'toString',
      '\u0000',
      '\u001b[2J',
      '\ud800',
      '',
      5,
      {},
      [],
      true,
    ]);
    return signedWire(
      asked,
      set(
        right(asked),
        pick.of(['paymentId', 'result.resultCode', 'result.resultStatus', 'result.resultMessage', 'acquirerId']),
        odd,
      ),
    );
  },
};

/** Hostile JSON under a right signature. */
const jsonKinds: Record<string, Kind> = {
  'hostile fields': (asked, pick) => {
    let tree = written(right(asked));
    for (let n = pick.below(3); n >= 0; n -= 1) tree = mutate(tree, pick);
    return signedWire(asked, Buffer.from(textOf(tree)));
  },
  'hurt bytes': (asked, pick) => signedWire(asked, hurtBytes(JSON.stringify(right(asked)), pick)),
  'a time of another age': (asked, pick) =>
    signedWire(asked, right(asked), {
      time: pick.of([
        '9999-12-31T23:59:59.999Z',
        '1970-01-01T00:00:00Z',
        'never',
        '0',
        isoTime(Date.now() + 9e10),
        '\t',
        'x'.repeat(5_000),
      ]),
    }),
};

/** "Paid", with something wrong in it; only for inquiries. */
const paidKinds: Record<string, Kind> = {
  'paid, but not this, not so, or not ours': (asked, pick) => {
    const { currency, value } = asked.amount;
    const [path, odd] = pick.of<readonly [string, unknown]>([
      ['paymentAmount', undefined],
      ['paymentAmount', null],
      ['paymentAmount', { currency, value: String(Number(value) + 1) }],
      ['paymentAmount', { currency: 'USD', value }],
      ['paymentAmount', { currency: 'jpy', value }],
      ['paymentAmount', { currency, value: `0${value}` }],
      ['paymentAmount', { currency, value: `${value}.0` }],
      ['paymentAmount', { currency, value: ` ${value}` }],
      ['paymentAmount', { currency, value: Number(value) }],
      ['paymentAmount', [{ currency, value }]],
      ['paymentAmount', { currency, value: [value] }],
      ['paymentAmount', { currency: 'JРY', value }],
      ['paymentRequestId', 'TEST1-other'],
      ['paymentRequestId', [asked.paymentRequestId]],
      ['acquirerId', '1'],
      ['acquirerId', 1020000000],
      ['paymentResult', [{ resultCode: 'SUCCESS', resultStatus: 'S' }]],
      ['paymentResult', 'S'],
      ['paymentResult.resultStatus', 's'],
      ['paymentResult.resultStatus', ['S']],
      ['paymentResult.resultStatus', 'SUCCESS'],
      ['paymentResult', { __proto__: null, resultStatus: 'S' }],
      ['result.resultStatus', 'F'],
      ['result.resultStatus', 'U'],
      ['result', null],
    ]);
    return signedWire(asked, set(rightPaid(asked), path, odd));
  },
  'paid at the wrong place': (asked) =>
    signedWire(asked, {
      ...right(asked),
      result: result('S', 'SUCCESS'),
      paymentResult: undefined,
      paid: true,
      extendInfo: JSON.stringify(rightPaid(asked)),
    }),
};

/** "Gone back", with something wrong in it: what it is about went back all the same. */
const refundKinds: Record<string, Kind> = {
  'gone back, but not this, not so much, or not ours': (asked, pick) => {
    const { currency, value } = asked.back?.amount ?? asked.amount;
    const [path, odd] = pick.of<readonly [string, unknown]>([
      ['refundAmount', { currency, value: String(Number(value) + 1) }],
      ['refundAmount', { currency, value: String(Math.max(1, Number(value) - 1)) }],
      ['refundAmount', { currency: 'USD', value }],
      ['refundAmount', { currency: 'jpy', value }],
      ['refundAmount', { currency, value: `0${value}` }],
      ['refundAmount', { currency, value: `-${value}` }],
      ['refundAmount', { currency, value: `${value}.0` }],
      ['refundAmount', { currency, value: Number(value) }],
      ['refundAmount', [{ currency, value }]],
      ['refundAmount', null],
      ['refundAmount', asked.amount],
      ['refundRequestId', 'another-refund'],
      ['refundRequestId', asked.paymentRequestId],
      ['refundRequestId', [asked.back?.id]],
      ['paymentRequestId', 'TEST1-other'],
      ['acquirerId', '1'],
      ['refundId', { id: 1 }],
      ['refundId', 'R'.repeat(50_000)],
      ['refundTime', 'never'],
      ['refundTime', '9999-12-31T23:59:59.999Z'],
      ['settlementAmount', []],
      ['settlementAmount', { currency: 'USD', value: '1'.repeat(40) }],
      ['result.resultStatus', 's'],
      ['result.resultStatus', ['S']],
      ['result.resultStatus', 'U'],
      ['result.resultStatus', 'SUCCESS'],
      ['result', [{ resultCode: 'SUCCESS', resultStatus: 'S' }]],
      ['result', null],
    ]);
    return signedWire(asked, set(right(asked), path, odd));
  },
};

const TABLES: Readonly<Record<CallName, readonly Readonly<Record<string, Kind>>[]>> = {
  pay: [lineKinds, signatureKinds, codeKinds, jsonKinds],
  inquiry: [lineKinds, signatureKinds, jsonKinds, paidKinds, paidKinds],
  cancel: [lineKinds, signatureKinds, jsonKinds],
  refund: [lineKinds, signatureKinds, jsonKinds, refundKinds, refundKinds],
};

/** A hostile answer: its kind and its bytes follow from the pick and the call. */
export async function hostileAnswer(asked: Asked, pick: Pick): Promise<WireAnswer & { readonly kind: string }> {
  const [kind, make] = pick.of(Object.entries(pick.of(TABLES[asked.call])));
  return { kind, ...(await make(asked, pick)) };
}
