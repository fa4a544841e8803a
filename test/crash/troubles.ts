import type { Fault } from '#src/simulator/fault-plan.js';
import type { Seeded } from '../support/seeded.js';

/**
 * Troubles of the line and of the far side that leave the truth recoverable; each is a row of the simulator's tables. `replayed_answer` is
 * not among them: an answer that was lost with its process and is then given to another payment names no id and was never seen, so that
 * nobody could tell it from a true one.
 */
const TROUBLES = {
  pay: [
    'slow:500',
    'no_answer',
    'deaf',
    'processed_late:300',
    'late_answer:900',
    'reset',
    'reset_after',
    'half_answer',
    'http_503_after',
    'answer_twice',
    'unsigned',
    'wrong_signature',
    'malformed_json',
    'before_answer',
    'result:UNKNOWN_EXCEPTION:U',
  ],
  inquiry: ['slow:150', 'no_answer', 'deaf', 'reset_after', 'unsigned', 'stranger_signature', 'http_500', 'half_answer'],
  cancel: ['slow:300', 'no_answer', 'deaf', 'processed_late:200', 'reset_after', 'half_answer', 'answer_twice', 'unsigned'],
  refund: [
    'slow:300',
    'no_answer',
    'deaf',
    'processed_late:200',
    'reset_after',
    'half_answer',
    'answer_twice',
    'unsigned',
    'result:UNKNOWN_EXCEPTION:U',
  ],
  notification: ['lose', 'twice', 'late:700', 'forged', 'unsigned', 'out_of_order'],
} as const;

/**
 * It speaks again, but for cancels: one that left before people ruled a payment paid would give the money back after they looked. The
 * bridge raises an alert then, rightly, and here and there would differ.
 */
export const SPEAKS_AGAIN: Fault[] = [{ name: 'deaf', call: 'cancel', times: 0 }];

/** The upstream takes orders, and says nothing of what became of them: only people can end a payment. */
export const SAYS_NOTHING: Fault[] = [
  ...SPEAKS_AGAIN,
  { name: 'lose', call: 'notification', times: 0 },
  { name: 'deaf', call: 'inquiry', times: 0 },
];

/** How many of the next calls of each kind may have a trouble. */
export type TroubleCounts = Readonly<Record<keyof typeof TROUBLES, number>>;

/** A trouble for some of the next calls; all lanes take from the list, in the order they come. */
export function troubles(random: Seeded, counts: TroubleCounts): Fault[] {
  const share = random.pick([0.1, 0.4, 0.8]);
  return (Object.keys(TROUBLES) as (keyof typeof TROUBLES)[]).flatMap((call) =>
    Array.from({ length: counts[call] }, (_unused, index) => ({
      name: random.pick(TROUBLES[call]),
      call,
      nth: index + 1,
    })).filter(() => random.chance(share)),
  );
}
