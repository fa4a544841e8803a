import { CODES, MALFORMED } from './answer-faults.js';
import type { CallChange } from './call-change.js';
import { asIs, type CallFault, number, withNumber } from './fault-row.js';
import { CALL_NAMES, type WireResult, wireResult } from './simulator-words.js';

const DEFAULT_LATE_MS = 20_000;

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

/** Every fault of a call. Add a row to add a fault. */
export const CALL_FAULTS: readonly CallFault[] = [...SILENCE, ...SIGNATURES, ...RESULTS, ...MALFORMED, ...CODES];
