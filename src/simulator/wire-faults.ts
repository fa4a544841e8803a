import { asIs, type CallFault, count, withNumber } from './fault-row.js';
import { CALL_NAMES } from './simulator-words.js';

const DEFAULT_LATE_MS = 20_000;

/** Calls that get no answer, or get it late. */
const SILENCE: readonly CallFault[] = [
  {
    name: 'no_answer',
    level: 1,
    calls: CALL_NAMES,
    does: 'processed, never answered; the connection is held',
    change: asIs({ delivery: 'held' }),
  },
  {
    name: 'deaf',
    level: 1,
    calls: CALL_NAMES,
    does: 'not processed, never answered',
    change: asIs({ delivery: 'held', processed: 0 }),
  },
  {
    name: 'reset',
    level: 1,
    calls: CALL_NAMES,
    does: 'not processed; connection reset',
    change: asIs({ delivery: 'reset', processed: 0 }),
  },
  {
    name: 'reset_after',
    level: 1,
    calls: CALL_NAMES,
    does: 'processed; connection reset instead of an answer',
    change: asIs({ delivery: 'reset' }),
  },
  {
    name: 'closed',
    level: 1,
    calls: CALL_NAMES,
    does: 'not processed; connection ended in order, without a byte',
    change: asIs({ delivery: 'closed', processed: 0 }),
  },
  {
    name: 'half_answer',
    level: 1,
    calls: CALL_NAMES,
    does: 'processed; half of the answer, then reset',
    change: asIs({ delivery: 'half' }),
  },
  {
    name: 'late_answer:MS',
    level: 1,
    examples: ['late_answer:9000'],
    calls: CALL_NAMES,
    does: `processed at once, answered after MS (default ${DEFAULT_LATE_MS}), when the client has given up`,
    change: ([ms]) => withNumber(count(ms, DEFAULT_LATE_MS), (answerAfterMs) => ({ answerAfterMs })),
  },
  {
    name: 'slow:MS',
    level: 1,
    examples: ['slow:200', 'slow:1500'],
    calls: CALL_NAMES,
    does: 'processed at once, answered after MS',
    change: ([ms]) => withNumber(count(ms), (answerAfterMs) => ({ answerAfterMs })),
  },
  {
    name: 'processed_late:MS',
    level: 1,
    examples: ['processed_late:900', 'processed_late:9500'],
    calls: CALL_NAMES,
    does: 'lies in a queue for MS and is then processed, even when the client is long gone',
    change: ([ms]) => withNumber(count(ms), (processAfterMs) => ({ processAfterMs })),
  },
  {
    name: 'answer_twice',
    level: 1,
    calls: CALL_NAMES,
    does: 'processed twice, answered with the second result',
    change: asIs({ processed: 2 }),
  },
];

/** Whole answers that travel oddly. */
const TRAVEL: readonly CallFault[] = [
  {
    name: 'then_closed',
    level: 1,
    calls: CALL_NAMES,
    does: 'answered; then the connection that was to be kept is closed without a word',
    change: asIs({ delivery: 'thenClosed' }),
  },
  {
    name: 'in_parts:N',
    level: 1,
    examples: ['in_parts:40'],
    calls: CALL_NAMES,
    does: 'answered in N parts, each a packet of its own',
    change: ([parts]) => withNumber(count(parts), (wanted) => ({ inParts: { parts: Math.max(wanted, 1), overMs: 0 } })),
  },
  {
    name: 'trickle:MS',
    level: 1,
    examples: ['trickle:1500', 'trickle:30000'],
    calls: CALL_NAMES,
    does: 'answered in 20 parts spread over MS, for a client whose patience starts anew with every byte',
    change: ([ms]) => withNumber(count(ms), (overMs) => ({ inParts: { parts: 20, overMs } })),
  },
  { name: 'chunked', level: 1, calls: CALL_NAMES, does: 'answered in chunks, without a length', change: asIs({ chunked: true }) },
];

/** Everything that goes wrong on the way, with the words of every answer right. */
export const WIRE_FAULTS: readonly CallFault[] = [...SILENCE, ...TRAVEL];
