import { CODES, MALFORMED } from './answer-faults.js';
import type { CallChange } from './call-change.js';
import { asIs, type CallFault, count, withNumber } from './fault-row.js';
import { PAYER_FAULTS } from './payer-faults.js';
import { REDIRECT_FAULTS } from './redirect-faults.js';
import { CALL_NAMES, type WireResult, wireResult } from './simulator-words.js';
import { WIRE_FAULTS } from './wire-faults.js';

const HOUR_MS = 3_600_000;
const FOREIGN_CLIENT = 'SANDBOX_0TESTONLY9999999';

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

const SIGNATURES: readonly CallFault[] = [
  {
    name: 'wrong_signature',
    level: 2,
    calls: CALL_NAMES,
    does: 'signature of another body',
    change: asIs({ signing: 'otherBody' }),
  },
  {
    name: 'stranger_signature',
    level: 2,
    calls: CALL_NAMES,
    does: 'signed with a key nobody trusts',
    change: asIs({ signing: 'stranger' }),
  },
  {
    name: 'signed_by_client_key',
    level: 2,
    calls: CALL_NAMES,
    does: "signed with the client's own key",
    change: asIs({ signing: 'client' }),
  },
  {
    name: 'unsigned',
    level: 2,
    calls: CALL_NAMES,
    does: 'processed, answered without a signature',
    change: asIs({ signing: 'none' }),
  },
  {
    name: 'wrong_path_signed',
    level: 2,
    calls: CALL_NAMES,
    does: 'signature over another path',
    change: asIs({ signing: 'otherPath' }),
  },
  {
    name: 'time_swapped',
    level: 2,
    calls: CALL_NAMES,
    does: 'Request-Time signed in place of Response-Time',
    change: asIs({ signing: 'otherTime' }),
  },
  {
    name: 'no_response_time',
    level: 2,
    calls: CALL_NAMES,
    does: 'signed rightly, but the Response-Time that was signed is left out',
    change: asIs({ withoutHeader: 'response-time' }),
  },
  {
    name: 'other_client',
    level: 2,
    calls: CALL_NAMES,
    does: 'signed rightly, for another client id',
    change: asIs({ clientId: FOREIGN_CLIENT }),
  },
  {
    name: 'stale_time:MS',
    level: 2,
    examples: ['stale_time:3600000'],
    calls: CALL_NAMES,
    does: 'signed rightly, with a Response-Time MS ago (default one hour)',
    change: ([ms]) => withNumber(count(ms, HOUR_MS), (shift) => ({ responseTimeShiftMs: -shift })),
  },
  {
    name: 'future_time:MS',
    level: 2,
    examples: ['future_time:3600000'],
    calls: CALL_NAMES,
    does: 'signed rightly, with a Response-Time MS ahead (default one hour)',
    change: ([ms]) => withNumber(count(ms, HOUR_MS), (responseTimeShiftMs) => ({ responseTimeShiftMs })),
  },
  {
    name: 'unsigned_refusal:CODE',
    level: 2,
    examples: ['unsigned_refusal:INVALID_SIGNATURE', 'unsigned_refusal:RISK_REJECT'],
    calls: CALL_NAMES,
    does: 'not processed; an F without signature (default INVALID_SIGNATURE)',
    change: ([code = 'INVALID_SIGNATURE']) => ({ ...resultChange(wireResult(code, 'F'), false), signing: 'none' }),
  },
  {
    name: 'replayed_answer',
    level: 2,
    calls: CALL_NAMES,
    does: 'the previous answer to such a call once more, signature and all',
    change: asIs({ replay: true }),
  },
];

const RESULTS: readonly CallFault[] = [
  {
    name: 'traffic_limit',
    level: 1,
    calls: CALL_NAMES,
    does: 'not processed; U REQUEST_TRAFFIC_EXCEED_LIMIT',
    change: asIs(resultChange(wireResult('REQUEST_TRAFFIC_EXCEED_LIMIT', 'U'), false)),
  },
  {
    name: 'result:CODE:STATUS',
    level: 2,
    examples: ['result:UNKNOWN_EXCEPTION:U', 'result:PROCESS_FAIL:F', 'result:ACCESS_DENIED:F', 'result:SUCCESS:S'],
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
    level: 3,
    examples: [
      'processed_result:UNKNOWN_EXCEPTION:U',
      'processed_result:PROCESS_FAIL:F',
      'processed_result:REPEAT_REQ_INCONSISTENT:F',
    ],
    calls: CALL_NAMES,
    does: 'processed, and yet answers only this result',
    change(parameters) {
      const result = resultFrom(parameters);
      return result === undefined ? undefined : { answer: () => ({ result: { ...result } }) };
    },
  },
  {
    name: 'payment_result:CODE:STATUS',
    level: 3,
    examples: [
      'payment_result:PAYMENT_IN_PROCESS:U',
      'payment_result:ORDER_IS_CLOSED:F',
      'payment_result:ORDER_NOT_EXIST:F',
      'payment_result:SUCCESS:S',
    ],
    calls: ['inquiry'],
    does: 'the answer says this about the payment, whatever the books say',
    change(parameters) {
      const paymentResult = resultFrom(parameters);
      return paymentResult === undefined ? undefined : { paymentResult };
    },
  },
  {
    name: 'payment_status:WORD',
    level: 3,
    examples: ['payment_status:AUTH_SUCCESS', 'payment_status:PENDING', 'payment_status:PROCESSING'],
    calls: ['inquiry'],
    does: 'dialects with paymentStatus: it is WORD, whatever the books say',
    change: ([word = '']) =>
      /^[A-Z_]+$/.test(word)
        ? { answer: (answer) => ('paymentStatus' in answer ? { ...answer, paymentStatus: word } : answer) }
        : undefined,
  },
  {
    name: 'no_payment_result',
    level: 2,
    calls: ['inquiry'],
    does: 'answers S without paymentResult',
    change: asIs<CallChange>({ answer: ({ paymentResult: _left, ...answer }) => answer }),
  },
];

/** Every fault of a call. Add a row to add a fault. */
export const CALL_FAULTS: readonly CallFault[] = [
  ...WIRE_FAULTS,
  ...SIGNATURES,
  ...RESULTS,
  ...MALFORMED,
  ...CODES,
  ...PAYER_FAULTS,
  ...REDIRECT_FAULTS,
];
