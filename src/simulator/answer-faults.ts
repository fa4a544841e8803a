import { addMs, type Instant, parseIsoTime, utcText } from '../base/clock.js';
import type { CallChange } from './call-change.js';
import { asIs, type CallFault, count, number, withNumber } from './fault-row.js';
import { CALL_NAMES, isWireObject, type WireObject, type WireValue } from './simulator-words.js';
import { WRONG_FIELDS } from './wrong-fields.js';

const DEFAULT_HUGE_BYTES = 4_194_304;

type CodeForm = { readonly codeDetails?: WireObject[string] } & WireObject;

/** Applies `change` to the orderCodeForm of an accepted pay answer; `undefined` takes it out. */
function codeForm(change: (form: CodeForm) => WireObject | undefined): CallChange {
  return {
    answer(answer) {
      const { orderCodeForm, ...rest } = answer;
      if (!isWireObject(orderCodeForm)) return answer;
      const changed = change(orderCodeForm);
      return changed === undefined ? rest : { ...rest, orderCodeForm: changed };
    },
  };
}

/** Writes the `expireTime` of an accepted answer anew. */
function expireTime(change: (at: Instant) => string): CallChange {
  return codeForm((form) => {
    const at = typeof form['expireTime'] === 'string' ? parseIsoTime(form['expireTime']) : undefined;
    return at === undefined ? form : { ...form, expireTime: change(at) };
  });
}

/** The same instant in the zone `±HHMM`; `undefined` when that is none. */
function inZone(zone: string | undefined): ((at: Instant) => string) | undefined {
  const [, sign, hours, minutes] = /^([+-])([01][0-9])([0-5][0-9])$/.exec(zone ?? '') ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return (at) => `${utcText(addMs(at, ahead)).slice(0, 19)}${sign}${hours}:${minutes}`;
}

function isText(detail: WireObject[string]): boolean {
  return isWireObject(detail) && detail['displayType'] === 'TEXT';
}

/** Answers that are no answers: other statuses, broken or oversized bodies, wrong values. */
export const MALFORMED: readonly CallFault[] = [
  {
    name: 'http_500',
    level: 1,
    calls: CALL_NAMES,
    does: 'not processed; status 500 with a page',
    change: asIs(page(500)),
  },
  {
    name: 'http_503_after',
    level: 1,
    calls: CALL_NAMES,
    does: 'processed; status 503 with a page',
    change: asIs({ ...page(503), processed: undefined }),
  },
  {
    name: 'http_302',
    level: 2,
    calls: CALL_NAMES,
    does: 'not processed; a redirect that must not be followed',
    change: asIs({ ...page(302), headers: { location: '/redirected' } }),
  },
  {
    name: 'malformed_json',
    level: 2,
    calls: CALL_NAMES,
    does: 'processed; signed rightly, but the JSON breaks off',
    change: asIs({ bytes: (raw) => raw.subarray(0, raw.length - 2) }),
  },
  {
    name: 'empty_body',
    level: 2,
    calls: CALL_NAMES,
    does: 'processed; signed rightly, no body',
    change: asIs({ bytes: () => Buffer.alloc(0) }),
  },
  {
    name: 'huge_body:BYTES',
    level: 2,
    examples: ['huge_body:1200000'],
    calls: CALL_NAMES,
    does: `processed; signed rightly, padded to BYTES (default ${DEFAULT_HUGE_BYTES})`,
    change: ([bytes]) =>
      withNumber(count(bytes, DEFAULT_HUGE_BYTES), (size) => ({
        answer: (answer) => ({ ...answer, extendInfo: 'x'.repeat(Math.max(size - 600, 1)) }),
      })),
  },
  {
    name: 'unknown_fields',
    level: 1,
    calls: CALL_NAMES,
    does: 'signed rightly, with fields nobody has heard of',
    change: asIs<CallChange>({
      answer: (answer) => ({ newField: 'surprise', ...answer, nested: { list: ['a', { b: 'c' }], none: null } }),
    }),
  },
  {
    name: 'odd_status:STATUS',
    level: 2,
    examples: ['odd_status:202', 'odd_status:400', 'odd_status:502'],
    calls: CALL_NAMES,
    does: 'processed; signed rightly, but under this HTTP status',
    change: ([text]) => {
      const status = number(text);
      return status !== undefined && status >= 200 && status <= 599 ? { status } : undefined;
    },
  },
  ...Object.entries(WRONG_FIELDS).map(
    ([name, { level, does, change }]): CallFault => ({
      name,
      level,
      calls: ['pay', 'inquiry'],
      does,
      change: asIs({ answer: change }),
    }),
  ),
];

/** What can be wrong with the code of a pay answer. */
export const CODES: readonly CallFault[] = [
  {
    name: 'no_code',
    level: 2,
    calls: ['pay'],
    does: 'accepted, without orderCodeForm',
    change: asIs(codeForm(() => undefined)),
  },
  {
    name: 'image_only_code',
    level: 2,
    calls: ['pay'],
    does: 'accepted, the code only as pictures',
    change: asIs(codeForm((form) => ({ ...form, codeDetails: details(form).filter((detail) => !isText(detail)) }))),
  },
  {
    name: 'no_expire_time',
    level: 2,
    calls: ['pay'],
    does: 'accepted, without expireTime',
    change: asIs(codeForm(({ expireTime: _left, ...form }) => form)),
  },
  {
    name: 'long_code:N',
    level: 1,
    examples: ['long_code:60', 'long_code:250'],
    calls: ['pay'],
    does: 'an order created now has a code of N bytes',
    change: ([bytes]) => withNumber(count(bytes), (size) => ({ newCode: (names, id) => names.longCode(id, size) })),
  },
  {
    name: 'odd_code',
    level: 1,
    calls: ['pay'],
    does: 'an order created now has a code with quotes, backslashes, blanks, % and *',
    change: asIs({ newCode: (names, id) => `${names.code(id)}?q="a b"&p=c:\\d%20*` }),
  },
  {
    name: 'two_codes',
    level: 2,
    calls: ['pay'],
    does: 'accepted, with a second text behind the first that belongs to no order',
    change: asIs(codeForm((form) => ({ ...form, codeDetails: withSecondText(details(form)) }))),
  },
  {
    name: 'code_anew',
    level: 1,
    calls: ['pay'],
    does: 'an order that is there already has another code from now on; the old one pays no more',
    change: asIs({ codeAnew: true }),
  },
  {
    name: 'expire_shift:SECONDS',
    level: 3,
    examples: ['expire_shift:-3600', 'expire_shift:86400'],
    calls: ['pay'],
    does: 'accepted, expireTime so much later than the order really ends (negative: earlier)',
    change: ([seconds]) =>
      withNumber(number(seconds), (shift) => expireTime((at) => `${utcText(addMs(at, shift * 1000)).slice(0, 19)}Z`)),
  },
  {
    name: 'expire_zone:±HHMM',
    level: 1,
    examples: ['expire_zone:+0000', 'expire_zone:-0930', 'expire_zone:+0545'],
    calls: ['pay'],
    does: 'accepted, expireTime written in another zone',
    change: ([zone]) => {
      const text = inZone(zone);
      return text === undefined ? undefined : expireTime(text);
    },
  },
];

function details(form: CodeForm): readonly WireObject[string][] {
  return Array.isArray(form.codeDetails) ? form.codeDetails : [];
}

function withSecondText(all: readonly WireValue[]): WireValue[] {
  return [...all.filter(isText), { codeValue: 'https://code.example/ap/00000000000000000000', displayType: 'TEXT' }];
}

function page(status: number): CallChange {
  return {
    status,
    processed: 0,
    signing: 'none',
    headers: { 'content-type': 'text/html' },
    bytes: () => Buffer.from(`<html><body>${status}</body></html>`),
  };
}
