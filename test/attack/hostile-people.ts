import { askedRefund, isOnlyReason, isProposal } from './asked-sale.js';
import { hurtBytes, mutate, textOf, written } from './hostile-json.js';
import type { Ground, Hostile, Kind } from './hostile-requests.js';
import type { Pick } from './seeded-pick.js';

/*
 * What somebody with a key of the back office may send it. The payment is paid: whatever is proposed for it is refused, and what goes
 * back of it was asked for.
 */

const CRLF = '\r\n';

interface Asking {
  readonly line: string;
  readonly body: Buffer;
  readonly type?: string;
  readonly key?: string | null;
}

function shot({ person }: Ground, { line, body, type = 'application/json', key = person.key }: Asking) {
  const access = key === null ? [] : [`Authorization: Bearer ${key}`];
  const head = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    ...access,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    '',
    '',
  ];
  return { pieces: [Buffer.concat([Buffer.from(head.join(CRLF), 'latin1'), body])], method: 'POST' };
}

/** As it would be written, or hurt. */
function hostileBody(value: unknown, pick: Pick): Buffer {
  if (pick.chance(0.3)) return hurtBytes(JSON.stringify(value), pick);
  let tree = written(value);
  for (let n = pick.below(3); n >= 0; n -= 1) tree = mutate(tree, pick);
  return Buffer.from(textOf(tree), 'utf8');
}

const REASON = 'so says the console, 抹茶';

/** Nothing of it may be done; what is well said is refused for another reason than its words. */
function refused(ground: Ground, asking: Asking, isWellSaid: boolean): Hostile {
  return { listener: 'backOffice', refused: true, ...(isWellSaid && { legal: true }), shot: shot(ground, asking) };
}

const FILE_NAMES = [
  'transactionItems_20260305.csv',
  '../../../etc/passwd',
  '..\\..\\x.csv',
  'a\u0000b.csv',
  'x'.repeat(5_000),
  '',
  '.',
  'con',
  'r\u00e9port.csv',
  '%2e%2e%2fx.csv',
];
const CONTENTS = [
  '',
  '\u0000'.repeat(500),
  '"',
  'a,b\n"'.repeat(300),
  '=cmd|x\n',
  `${'9'.repeat(20_000)}\n`,
  '\ufeff{}',
  '<?xml version="1.0"?>',
];

function part(name: string, file: string | null, content: string): string {
  const quoted = file === null ? '' : `; filename="${file}"`;
  return `Content-Disposition: form-data; name="${name}"${quoted}${CRLF}Content-Type: text/csv${CRLF}${CRLF}${content}${CRLF}`;
}

/** A form with files that are no reports, and now and then no form. */
function hostileForm(pick: Pick): { readonly type: string; readonly body: Buffer } {
  const mark = 'mark-1';
  const count = pick.of([0, 1, 1, 2, 3, 101, 150]);
  const parts = Array.from({ length: count }, () =>
    part(
      pick.of(['files', 'files', 'files', 'file', '__proto__', '', 'x'.repeat(500)]),
      pick.chance(0.9) ? pick.of(FILE_NAMES) : null,
      pick.of(CONTENTS),
    ),
  );
  const text = `${parts.map((one) => `--${mark}${CRLF}${one}`).join('')}--${mark}--${CRLF}`;
  const whole = Buffer.from(text, 'utf8');
  const body = pick.chance(0.3)
    ? hurtBytes(text, pick)
    : pick.chance(0.2)
      ? whole.subarray(0, pick.below(whole.length + 1))
      : whole;
  const type = pick.of([
    `multipart/form-data; boundary=${mark}`,
    `multipart/form-data; boundary=${mark}`,
    `multipart/form-data; boundary=${mark}`,
    `multipart/form-data; boundary="${mark}"`,
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'b'.repeat(3_000)}`,
    'multipart/form-data; boundary=other',
    `multipart/mixed; boundary=${mark}`,
    'application/x-www-form-urlencoded',
  ]);
  return { type, body };
}

function wishOf({ pick, index }: Ground) {
  const amount = { currency: 'JPY', value: String(1 + pick.below(99)) };
  return { refundReference: `B-${index}`, amount, ...(pick.chance(0.5) && { reason: REASON }) };
}

function refundWith(ground: Ground, body: Buffer): Hostile {
  const refund = askedRefund(body);
  const asking = { line: `POST /api/payments/${ground.person.paid}/refunds`, body };
  if (refund === undefined) return refused(ground, asking, false);
  return { listener: 'backOffice', refund, legal: true, shot: shot(ground, asking) };
}

/** Calls of the back office that change something, and who may come in. */
export const peopleKinds: Record<string, Kind> = {
  'a right refund by a person': (ground) => refundWith(ground, Buffer.from(JSON.stringify(wishOf(ground)))),
  'a refund by a person, with hostile fields': (ground) => refundWith(ground, hostileBody(wishOf(ground), ground.pick)),
  'a ruling with hostile fields': (ground) => {
    const { pick, person } = ground;
    const body = hostileBody({ as: pick.of(['paid', 'failed', 'cancelled']), reason: REASON }, pick);
    return refused(ground, { line: `POST /api/payments/${person.paid}/rulings`, body }, isProposal(body));
  },
  'a decision about a ruling that nobody proposed': (ground) => {
    const { pick } = ground;
    const id = pick.of([
      '1',
      '0',
      '-1',
      '999999999999999',
      '9'.repeat(16),
      '1e3',
      '%31',
      '%00',
      "1'--",
      '..%2f1',
      'x'.repeat(3_000),
    ]);
    const line = `POST /api/rulings/${id}/${pick.of(['confirm', 'reject', 'reject'])}`;
    return refused(ground, { line, body: pick.chance(0.3) ? Buffer.alloc(0) : hostileBody({ reason: REASON }, pick) }, false);
  },
  'an end of an exception or an alert that is none': (ground) => {
    const { pick } = ground;
    const body = hostileBody({ reason: REASON }, pick);
    const line = pick.of([
      'POST /api/exceptions/E-1/resolve',
      'POST /api/alerts/1/dealt-with',
      'POST /api/quarantine/1/dealt-with',
    ]);
    return refused(ground, { line, body }, isOnlyReason(body));
  },
  'a login with hostile fields': (ground) => {
    const body = hostileBody(
      { name: ground.pick.of(['robot', 'nobody', '管理']), password: 'a password of nobody' },
      ground.pick,
    );
    return refused(ground, { line: 'POST /api/session', body, key: null }, false);
  },
  'a login form with hostile fields': (ground) => {
    const { pick } = ground;
    const plain = `name=${pick.of(['robot', '%00', '%ff%fe', 'a'.repeat(5_000), '%'])}&password=${pick.of(['x', '%', '%c3%28', 'p'.repeat(9_000)])}&next=${pick.of(['//evil.example', 'https://evil.example', '/%0d%0aX:1', '/\\evil.example'])}`;
    const body = pick.chance(0.4) ? hurtBytes(plain, pick) : Buffer.from(plain);
    const type = pick.of([
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/json',
    ]);
    return { ...refused(ground, { line: 'POST /login', body, type, key: null }, false), page: true };
  },
  'an upload of no reports': (ground) =>
    refused(ground, { line: 'POST /api/clearing-files', ...hostileForm(ground.pick) }, false),
};
