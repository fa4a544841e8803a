import type { SeededNames } from './seeded-names.js';
import { CALL_NAMES, type CallName, isWireObject, type WireObject, type WireResult, wireResult } from './simulator-words.js';

/** Who signs an answer or a notification, or what is wrong with its signature. */
export type Signing = 'own' | 'none' | 'stranger' | 'client' | 'otherPath' | 'otherBody' | 'otherTime';

/** What a fault changes about one call; everything left out goes its normal way. */
export interface CallChange {
  /** How often the call is carried out; normally once. */
  readonly processed?: 0 | 2;
  /** The call lies around for so long before it is carried out, even when the client is gone by then. */
  readonly processAfterMs?: number;
  /** The answer lies around for so long. */
  readonly answerAfterMs?: number;
  /** `held`: no byte, the connection stays; `reset`: cut before any byte; `half`: headers and half of the body, then cut. */
  readonly delivery?: 'held' | 'reset' | 'half';
  readonly signing?: Signing;
  readonly responseTimeShiftMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the answer before it is written and signed. */
  readonly answer?: (answer: WireObject, call: CallName) => WireObject;
  /** Changes the written answer before it is signed. */
  readonly bytes?: (raw: Buffer) => Buffer;
  /** The code of an order that this call creates. */
  readonly newCode?: (names: SeededNames, paymentRequestId: string) => string;
  /** What an inquiry says about the payment, whatever the books say. */
  readonly paymentResult?: WireResult;
  /** The payer pays, and the notification goes out, before the pay answer does. */
  readonly payBeforeAnswer?: boolean;
  /** The last answer to such a call goes out again, headers and all. */
  readonly replay?: boolean;
}

interface CallFault {
  /** With its parameters, e.g. `slow:MS`. */
  readonly name: string;
  readonly calls: readonly CallName[];
  readonly does: string;
  /** `undefined` when the parameters make no sense. */
  change(parameters: readonly string[]): CallChange | undefined;
}

const DEFAULT_LATE_MS = 20_000;
const DEFAULT_HUGE_BYTES = 4_194_304;
const FOREIGN_PAYMENT_ID = '202603051940108001001889999999999999999';
const FOREIGN_ACQUIRER_ID = '1029999999999999999';

function number(text: string | undefined, otherwise?: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function resultFrom(parameters: readonly string[]): WireResult | undefined {
  const [code, status] = parameters;
  return code === undefined || code === '' || status === undefined || !/^[A-Z]$/.test(status)
    ? undefined
    : wireResult(code, status);
}

/** F and U are answered without doing anything, as a refusal would be; S and the accepted code are what a processed call says. */
function resultChange(result: WireResult, processed: boolean): CallChange {
  if (processed) return { answer: (answer) => ({ ...answer, result: { ...result } }) };
  return { processed: 0, answer: () => ({ result: { ...result } }) };
}

function otherAmount(value: WireObject[string] | undefined): WireObject {
  if (!isWireObject(value) || typeof value['value'] !== 'string') return { currency: 'JPY', value: '1' };
  return { ...value, value: (BigInt(value['value']) + 1n).toString() };
}

function otherCurrency(value: WireObject[string] | undefined): WireObject {
  const amount = isWireObject(value) ? value : { value: '1' };
  return { ...amount, currency: amount['currency'] === 'USD' ? 'EUR' : 'USD' };
}

/** Changes of a body that pay answers, inquiry answers and notifications share: wrong values in well signed messages. */
export const WRONG_FIELDS: Readonly<Record<string, { does: string; change: (body: WireObject) => WireObject }>> = {
  other_amount: {
    does: 'signed rightly, paymentAmount one unit too much',
    change: (body) => ({ ...body, paymentAmount: otherAmount(body['paymentAmount']) }),
  },
  other_currency: {
    does: 'signed rightly, paymentAmount in another currency',
    change: (body) => ({ ...body, paymentAmount: otherCurrency(body['paymentAmount']) }),
  },
  no_amount: {
    does: 'signed rightly, without paymentAmount',
    change: ({ paymentAmount: _left, ...body }) => body,
  },
  other_acquirer: {
    does: 'signed rightly, with a foreign acquirerId',
    change: (body) => ({ ...body, acquirerId: FOREIGN_ACQUIRER_ID }),
  },
  other_payment_id: {
    does: 'signed rightly, with a foreign paymentId',
    change: (body) => ({ ...body, paymentId: FOREIGN_PAYMENT_ID }),
  },
};

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

const asIs = (change: CallChange) => () => change;

const SILENCE: readonly CallFault[] = [
  {
    name: 'no_answer',
    calls: CALL_NAMES,
    does: 'processed, never answered; the connection is held',
    change: asIs({ delivery: 'held' }),
  },
  { name: 'deaf', calls: CALL_NAMES, does: 'not processed, never answered', change: asIs({ delivery: 'held', processed: 0 }) },
  {
    name: 'reset',
    calls: CALL_NAMES,
    does: 'not processed; connection reset',
    change: asIs({ delivery: 'reset', processed: 0 }),
  },
  {
    name: 'reset_after',
    calls: CALL_NAMES,
    does: 'processed; connection reset instead of an answer',
    change: asIs({ delivery: 'reset' }),
  },
  {
    name: 'half_answer',
    calls: CALL_NAMES,
    does: 'processed; half of the answer, then reset',
    change: asIs({ delivery: 'half' }),
  },
  {
    name: 'late_answer:MS',
    calls: CALL_NAMES,
    does: `processed at once, answered after MS (default ${DEFAULT_LATE_MS}), when the client has given up`,
    change: ([ms]) => withNumber(number(ms, DEFAULT_LATE_MS), (answerAfterMs) => ({ answerAfterMs })),
  },
  {
    name: 'slow:MS',
    calls: CALL_NAMES,
    does: 'processed at once, answered after MS',
    change: ([ms]) => withNumber(number(ms), (answerAfterMs) => ({ answerAfterMs })),
  },
  {
    name: 'processed_late:MS',
    calls: CALL_NAMES,
    does: 'lies in a queue for MS and is then processed, even when the client is long gone',
    change: ([ms]) => withNumber(number(ms), (processAfterMs) => ({ processAfterMs })),
  },
  {
    name: 'answer_twice',
    calls: CALL_NAMES,
    does: 'processed twice, answered with the second result',
    change: asIs({ processed: 2 }),
  },
];

const SIGNATURES: readonly CallFault[] = [
  { name: 'wrong_signature', calls: CALL_NAMES, does: 'signature of another body', change: asIs({ signing: 'otherBody' }) },
  {
    name: 'stranger_signature',
    calls: CALL_NAMES,
    does: 'signed with a key nobody trusts',
    change: asIs({ signing: 'stranger' }),
  },
  {
    name: 'signed_by_client_key',
    calls: CALL_NAMES,
    does: "signed with the client's own key",
    change: asIs({ signing: 'client' }),
  },
  { name: 'unsigned', calls: CALL_NAMES, does: 'processed, answered without a signature', change: asIs({ signing: 'none' }) },
  { name: 'wrong_path_signed', calls: CALL_NAMES, does: 'signature over another path', change: asIs({ signing: 'otherPath' }) },
  {
    name: 'time_swapped',
    calls: CALL_NAMES,
    does: 'Request-Time signed in place of Response-Time',
    change: asIs({ signing: 'otherTime' }),
  },
  {
    name: 'stale_time:MS',
    calls: CALL_NAMES,
    does: 'signed rightly, with a Response-Time MS ago (default one hour)',
    change: ([ms]) => withNumber(number(ms, 3_600_000), (shift) => ({ responseTimeShiftMs: -shift })),
  },
  {
    name: 'unsigned_refusal:CODE',
    calls: CALL_NAMES,
    does: 'not processed; an F without signature (default INVALID_SIGNATURE)',
    change: ([code = 'INVALID_SIGNATURE']) => ({ ...resultChange(wireResult(code, 'F'), false), signing: 'none' }),
  },
  {
    name: 'replayed_answer',
    calls: CALL_NAMES,
    does: 'the previous answer to such a call once more, signature and all',
    change: asIs({ replay: true }),
  },
];

const RESULTS: readonly CallFault[] = [
  {
    name: 'result:CODE:STATUS',
    calls: CALL_NAMES,
    does: 'answers this result; F and U are not processed, S and PAYMENT_IN_PROCESS are',
    change(parameters) {
      const result = resultFrom(parameters);
      if (result === undefined) return undefined;
      return resultChange(result, result.resultStatus === 'S' || result.resultCode === 'PAYMENT_IN_PROCESS');
    },
  },
  {
    name: 'processed_result:CODE:STATUS',
    calls: CALL_NAMES,
    does: 'processed, and yet answers only this result',
    change(parameters) {
      const result = resultFrom(parameters);
      return result === undefined ? undefined : { answer: () => ({ result: { ...result } }) };
    },
  },
  {
    name: 'payment_result:CODE:STATUS',
    calls: ['inquiry'],
    does: 'the answer says this about the payment, whatever the books say',
    change(parameters) {
      const paymentResult = resultFrom(parameters);
      return paymentResult === undefined ? undefined : { paymentResult };
    },
  },
  {
    name: 'no_payment_result',
    calls: ['inquiry'],
    does: 'answers S without paymentResult',
    change: asIs({ answer: ({ paymentResult: _left, ...answer }) => answer }),
  },
  {
    name: 'traffic_limit',
    calls: CALL_NAMES,
    does: 'not processed; U REQUEST_TRAFFIC_EXCEED_LIMIT',
    change: asIs(resultChange(wireResult('REQUEST_TRAFFIC_EXCEED_LIMIT', 'U'), false)),
  },
];

const MALFORMED: readonly CallFault[] = [
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

const CODES: readonly CallFault[] = [
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

/** Every fault of a call. Add a row to add a fault. */
export const CALL_FAULTS: readonly CallFault[] = [...SILENCE, ...SIGNATURES, ...RESULTS, ...MALFORMED, ...CODES];

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

function withNumber(value: number | undefined, change: (value: number) => CallChange): CallChange | undefined {
  return value === undefined ? undefined : change(value);
}

/** Several faults may meet in one call: the later wins, except that changes of the answer add up. */
export function mergeCallChanges(changes: readonly CallChange[]): CallChange {
  const merged: CallChange = Object.assign({}, ...changes);
  const answers = changes.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  if (answers.length < 2) return merged;
  return { ...merged, answer: (answer, call) => answers.reduce((body, change) => change(body, call), answer) };
}
