import type { CallChange } from './call-change.js';
import { asIs, type CallFault, number, withNumber } from './fault-row.js';
import { CALL_NAMES, isWireObject, type WireObject } from './simulator-words.js';
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

function isText(detail: WireObject[string]): boolean {
  return isWireObject(detail) && detail['displayType'] === 'TEXT';
}

/** Answers that are no answers: other statuses, broken or oversized bodies, wrong values. */
export const MALFORMED: readonly CallFault[] = [
  { name: 'http_500', calls: CALL_NAMES, does: 'not processed; status 500 with a page', change: asIs(page(500)) },
  {
    name: 'http_503_after',
    calls: CALL_NAMES,
    does: 'processed; status 503 with a page',
    change: asIs({ ...page(503), processed: undefined }),
  },
  {
    name: 'http_302',
    calls: CALL_NAMES,
    does: 'not processed; a redirect that must not be followed',
    change: asIs({ ...page(302), headers: { location: '/redirected' } }),
  },
  {
    name: 'malformed_json',
    calls: CALL_NAMES,
    does: 'processed; signed rightly, but the JSON breaks off',
    change: asIs({ bytes: (raw) => raw.subarray(0, raw.length - 2) }),
  },
  {
    name: 'empty_body',
    calls: CALL_NAMES,
    does: 'processed; signed rightly, no body',
    change: asIs({ bytes: () => Buffer.alloc(0) }),
  },
  {
    name: 'huge_body:BYTES',
    calls: CALL_NAMES,
    does: `processed; signed rightly, padded to BYTES (default ${DEFAULT_HUGE_BYTES})`,
    change: ([bytes]) =>
      withNumber(number(bytes, DEFAULT_HUGE_BYTES), (size) => ({
        answer: (answer) => ({ ...answer, extendInfo: 'x'.repeat(Math.max(size - 600, 1)) }),
      })),
  },
  {
    name: 'unknown_fields',
    calls: CALL_NAMES,
    does: 'signed rightly, with fields nobody has heard of',
    change: asIs({ answer: (answer) => ({ newField: 'surprise', ...answer, nested: { list: ['a', { b: 'c' }], none: null } }) }),
  },
  ...Object.entries(WRONG_FIELDS).map(
    ([name, { does, change }]): CallFault => ({ name, calls: ['pay', 'inquiry'], does, change: asIs({ answer: change }) }),
  ),
];

/** What can be wrong with the code of a pay answer. */
export const CODES: readonly CallFault[] = [
  { name: 'no_code', calls: ['pay'], does: 'accepted, without orderCodeForm', change: asIs(codeForm(() => undefined)) },
  {
    name: 'image_only_code',
    calls: ['pay'],
    does: 'accepted, the code only as pictures',
    change: asIs(codeForm((form) => ({ ...form, codeDetails: details(form).filter((detail) => !isText(detail)) }))),
  },
  {
    name: 'no_expire_time',
    calls: ['pay'],
    does: 'accepted, without expireTime',
    change: asIs(codeForm(({ expireTime: _left, ...form }) => form)),
  },
  {
    name: 'long_code:N',
    calls: ['pay'],
    does: 'an order created now has a code of N bytes',
    change: ([bytes]) => withNumber(number(bytes), (size) => ({ newCode: (names, id) => names.longCode(id, size) })),
  },
  {
    name: 'odd_code',
    calls: ['pay'],
    does: 'an order created now has a code with quotes, backslashes, blanks, % and *',
    change: asIs({ newCode: (names, id) => `${names.code(id)}?q="a b"&p=c:\\d%20*` }),
  },
  {
    name: 'before_answer',
    calls: ['pay'],
    does: 'paid at once; the notification goes out before the pay answer',
    change: asIs({ payBeforeAnswer: true }),
  },
];

function details(form: CodeForm): readonly WireObject[string][] {
  return Array.isArray(form.codeDetails) ? form.codeDetails : [];
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
