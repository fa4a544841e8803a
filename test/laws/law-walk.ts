import { addMs, type Instant, instant } from '#src/base/clock.js';
import { nextAction } from '#src/payment/next-action.js';
import type { CancelOutcome, InquiryOutcome, PayOutcome } from '#src/payment/pay-outcome.js';
import { type Evidence, isFinal, type Moment, type PaidFacts, type PaymentLife } from '#src/payment/payment.js';
import type { TimingRules } from '#src/payment/timing.js';
import { decide, newLife } from '#src/payment/transitions.js';

/*
 * Walks every reachable pair of (life, time) through the bridge's own decide and nextAction. The world may do anything at every step:
 * answer in every way, stay silent, crash the process, send a notification, ask for a cancel. Times are part of a life; two lives
 * are the same when they differ only by a common shift, and what happened very long ago counts as equally long ago.
 */

export interface Rules {
  readonly decide: typeof decide;
  readonly nextAction: typeof nextAction;
}

export const THE_RULES: Rules = { decide, nextAction };

/** Every duration is a multiple of ten seconds, so that the walk is finite and ends in seconds; the shape is the shipped one. */
const WALK_TIMING: TimingRules = {
  payPausesMs: [10_000, 10_000],
  inquiryFirstAfterMs: 10_000,
  inquiryEveryMs: [20_000, 30_000],
  graceAfterExpiryMs: 20_000,
  cancelEveryMs: 20_000,
  laneReleaseAfterMs: 40_000,
  latePayment: 'ask',
  booksSince: instant(0),
};

const LIFE_MS = 60_000;
/** How long any call of the walk may stay unanswered. */
const SILENCE_MS = 10_000;
const OFFSET_MS = 0;
const FACTS: PaidFacts = {
  paymentId: 'P',
  paidAt: null,
  pspId: null,
  walletBrandName: null,
  mppPaymentId: null,
  customerId: null,
  settlement: null,
};
const FAILURE = { reason: 'refused', resultCode: 'X', advice: 'other_means' } as const;

export interface Violation {
  readonly law: number;
  readonly what: string;
}

export interface Walk {
  readonly lives: number;
  readonly moves: number;
  readonly states: ReadonlySet<string>;
  readonly violations: readonly Violation[];
}

interface Node {
  readonly life: PaymentLife;
  readonly now: Instant;
}

function at(now: Instant): Moment {
  return { local: now, upstream: addMs(now, OFFSET_MS) };
}

const payOutcomes = (now: Instant): readonly { readonly outcome: PayOutcome; readonly tookMs: number }[] => [
  { outcome: { kind: 'codeIssued', paymentId: 'P', code: { text: 'code', expiresAt: addMs(now, LIFE_MS) } }, tookMs: 0 },
  { outcome: { kind: 'codeIssued', paymentId: 'P', code: { text: 'code', expiresAt: addMs(now, -10_000) } }, tookMs: 0 },
  { outcome: { kind: 'refused', failure: FAILURE, operations: false }, tookMs: 0 },
  { outcome: { kind: 'retrySame', why: 'statusUnknown' }, tookMs: 0 },
  { outcome: { kind: 'slowDown' }, tookMs: 0 },
  { outcome: { kind: 'inDoubt', why: 'codeMissing', cancelBecause: 'code_missing', paymentId: 'P' }, tookMs: 0 },
  { outcome: { kind: 'inDoubt', why: 'unexpectedSuccess', cancelBecause: null, paymentId: null }, tookMs: 0 },
  { outcome: { kind: 'accepted', paymentId: 'P', awaits: 'code' }, tookMs: 0 },
  { outcome: { kind: 'accepted', paymentId: 'P', awaits: 'debit' }, tookMs: 0 },
  { outcome: { kind: 'silent', bytesMayHaveLeft: true }, tookMs: SILENCE_MS },
  { outcome: { kind: 'silent', bytesMayHaveLeft: false }, tookMs: 0 },
];

const INQUIRY_OUTCOMES: readonly { readonly outcome: InquiryOutcome; readonly tookMs: number }[] = [
  { outcome: { kind: 'paid', facts: FACTS, cancelledThere: false }, tookMs: 0 },
  { outcome: { kind: 'paid', facts: FACTS, cancelledThere: true }, tookMs: 0 },
  { outcome: { kind: 'oddMoney', why: 'amount', paymentId: 'P' }, tookMs: 0 },
  { outcome: { kind: 'open', paymentId: 'P' }, tookMs: 0 },
  { outcome: { kind: 'closedUnpaid', failure: FAILURE, unlisted: true }, tookMs: 0 },
  { outcome: { kind: 'notFound' }, tookMs: 0 },
  { outcome: { kind: 'questionRefused', code: 'X' }, tookMs: 0 },
  { outcome: { kind: 'noAnswer' }, tookMs: SILENCE_MS },
];

const CANCEL_OUTCOMES: readonly { readonly outcome: CancelOutcome; readonly tookMs: number }[] = [
  { outcome: { kind: 'done' }, tookMs: 0 },
  { outcome: { kind: 'nothingToCancel' }, tookMs: 0 },
  { outcome: { kind: 'alreadyClosed' }, tookMs: 0 },
  { outcome: { kind: 'windowOver' }, tookMs: 0 },
  { outcome: { kind: 'refused', code: 'X' }, tookMs: 0 },
  { outcome: { kind: 'noAnswer' }, tookMs: SILENCE_MS },
];

const unasked = (now: Instant): readonly Evidence[] => [
  { kind: 'codeArrived', code: { text: 'late', expiresAt: addMs(now, 60_000) } },
  { kind: 'notifiedPaid', facts: FACTS },
  { kind: 'notifiedFailed', failure: FAILURE, unlisted: false, paymentId: 'P' },
  { kind: 'notifiedOdd', saysPaid: true, moneyDiffers: true, paymentId: 'P', why: 'amount' },
  { kind: 'cancelAsked', by: { kind: 'terminal', id: 'T' } },
  { kind: 'codeUnusable', because: 'code_not_https' },
];

/** What two people may say at any time. */
const RULINGS: readonly Evidence[] = (['paid', 'failed', 'cancelled'] as const).map((as) => ({
  kind: 'ruled',
  as,
  rulingId: '1',
}));

/** Doubts that a rule tells from the others. */
const OWN_RHYTHM: readonly string[] = ['codeExpired', 'codeLater', 'underWay'];

/**
 * A life up to a shift in time, with everything left out that no rule reads in its state, and every age cut off beyond the longest
 * duration that a rule compares it with.
 */
function keyOf({ life, now }: Node): string {
  const { sends, cancel, state } = life;
  const over = isFinal(state);
  const slow = state === 'needs_attention';
  const asked = life.inquiriesHere > 0;
  const age = (time: Instant | null, longest: number, read = true) =>
    time === null || !read ? null : Math.max(Math.round((time - now) / 1000), -longest);
  const release = (WALK_TIMING.graceAfterExpiryMs + WALK_TIMING.laneReleaseAfterMs) / 1000;
  const pastExpiry = slow ? 0 : release;
  const sinceMatters = state === 'awaiting_payer' || state === 'in_doubt' || (!asked && (slow || life.alertToConfirm));
  return JSON.stringify([
    state,
    age(life.stateSince, 40, sinceMatters),
    age(life.createdAt, 40, state === 'received'),
    state === 'submitting' && [Math.min(sends.count, 4), age(sends.firstAt, 70), age(sends.lastEndedAt, 30), sends.slowed],
    over ? 0 : [sends.underWay, sends.bytesMayHaveLeft, sends.unclear],
    age(sends.lastAt, LIFE_MS / 1000 + pastExpiry, !over && (life.code === null || sends.underWay)),
    over || life.code === null ? null : age(life.code.expiresAt, pastExpiry),
    over
      ? 0
      : [
          life.doubt !== null && OWN_RHYTHM.includes(life.doubt) ? life.doubt : null,
          life.cancelBecause,
          life.oddMoney !== null,
          life.askNow,
        ],
    !over &&
      cancel && [
        cancel.inquired,
        slow ? cancel.firstSentAt !== null : age(cancel.firstSentAt, 40),
        age(cancel.lastSentAt, 80, cancel.verdict === null),
        Math.min(cancel.tries, 8),
        cancel.verdict,
      ],
    age(life.inquiredAt, slow || over ? 130 : 40, asked),
    Math.min(life.inquiriesHere, slow || over ? 2 : 1),
    [life.alertToConfirm, life.alerts.length],
  ]);
}

/** True for evidence that is nothing but the clock or silence. */
function isSilence(evidence: Evidence): boolean {
  switch (evidence.kind) {
    case 'clock':
      return true;
    case 'payAnswered':
      return evidence.outcome.kind === 'silent' || evidence.outcome.kind === 'retrySame' || evidence.outcome.kind === 'slowDown';
    case 'inquiryAnswered':
      return evidence.outcome.kind === 'noAnswer';
    case 'cancelAnswered':
      return evidence.outcome.kind === 'noAnswer';
    default:
      return false;
  }
}

export function walk(rules: Rules, timing: TimingRules = WALK_TIMING, mostLives = 200_000, codeless = false): Walk {
  const violations: Violation[] = [];
  const ids = new Map<string, number>();
  const nodes: Node[] = [];
  /** For each life, the lives that lead to it. */
  const into: number[][] = [];
  const states = new Set<string>();
  let moves = 0;

  const violated = (law: number, what: string) => {
    if (violations.length < 200) violations.push({ law, what });
  };

  function move(node: Node, evidence: Evidence, now: Instant): Node {
    const decision = rules.decide(node.life, evidence, at(now));
    checkMove(node.life, evidence, decision.life, violated);
    if (evidence.kind === 'ruled') checkRuling(node, evidence.as, decision.life, violated);
    return { life: decision.life, now };
  }

  function arrive(from: number | undefined, node: Node): void {
    const key = keyOf(node);
    let id = ids.get(key);
    if (id === undefined) {
      id = nodes.length;
      ids.set(key, id);
      nodes.push(node);
      into.push([]);
      states.add(node.life.state);
      if (nodes.length > mostLives) throw new Error('the walk does not end');
    }
    moves += 1;
    if (from !== undefined && from !== id) into[id]?.push(from);
  }

  function expand(from: number, node: Node): void {
    for (const evidence of unasked(node.now)) arrive(from, move(node, evidence, node.now));
    // No way that leads there without a person, so law 5 does not count it.
    for (const evidence of RULINGS) arrive(undefined, move(node, evidence, node.now));
    if (isFinal(node.life.state)) {
      for (const { outcome } of INQUIRY_OUTCOMES) move(node, { kind: 'inquiryAnswered', outcome }, node.now);
      for (const { outcome } of CANCEL_OUTCOMES) move(node, { kind: 'cancelAnswered', outcome }, node.now);
      for (const { outcome } of payOutcomes(node.now)) move(node, { kind: 'payAnswered', outcome }, node.now);
    }
    for (const next of workedOn(rules, timing, node, move)) arrive(from, next);
  }

  const born = instant(1_000_000_000_000);
  const first: Node = { life: newLife(born, null, LIFE_MS, codeless), now: born };
  arrive(undefined, first);
  arrive(undefined, { ...first, now: addMs(born, 40_000) });
  for (let id = 0; id < nodes.length; id += 1) {
    const node = nodes[id];
    if (node === undefined) break;
    checkDue(rules, timing, node, violated);
    checkSilence(rules, timing, node, violated);
    expand(id, node);
  }
  checkEndReachable(nodes, into, violated);
  return { lives: nodes.length, moves, states, violations };
}

type Mover = (node: Node, evidence: Evidence, now: Instant) => Node;

/** What the bridge does next, with everything the world may answer; a crash leaves the call on record and nothing else. */
function workedOn(rules: Rules, timing: TimingRules, node: Node, move: Mover): readonly Node[] {
  const action = rules.nextAction(node.life, at(node.now), timing, false);
  if (action.do === 'nothing') return [];
  const now = instant(Math.max(action.at, node.now));
  if (action.do === 'note') return [move(node, { kind: 'clock', what: action.what }, now)];
  if (action.do === 'send') {
    const started = move(node, { kind: 'callStarted', call: 'pay' }, now);
    const meanwhile = [started, ...unasked(now).map((evidence) => move(started, evidence, now))];
    const answered = meanwhile.flatMap((under) =>
      payOutcomes(now).map(({ outcome, tookMs }) => move(under, { kind: 'payAnswered', outcome }, addMs(now, tookMs))),
    );
    const crashed = meanwhile
      .filter((n) => n.life.sends.underWay)
      .map((n) => move(n, { kind: 'clock', what: 'attemptLost' }, addMs(now, SILENCE_MS)));
    return [...answered, ...crashed];
  }
  if (action.do === 'inquire') {
    const started = move(node, { kind: 'callStarted', call: 'inquiry' }, now);
    const meanwhile = [started, ...unasked(now).map((evidence) => move(started, evidence, now))];
    return meanwhile.flatMap((under) => [
      { ...under, now: addMs(now, SILENCE_MS) },
      ...INQUIRY_OUTCOMES.map(({ outcome, tookMs }) => move(under, { kind: 'inquiryAnswered', outcome }, addMs(now, tookMs))),
    ]);
  }
  const started = move(node, { kind: 'callStarted', call: 'cancel' }, now);
  return [
    { ...started, now: addMs(now, SILENCE_MS) },
    ...CANCEL_OUTCOMES.map(({ outcome, tookMs }) => move(started, { kind: 'cancelAnswered', outcome }, addMs(now, tookMs))),
  ];
}

function checkMove(
  before: PaymentLife,
  evidence: Evidence,
  after: PaymentLife,
  violated: (law: number, what: string) => void,
): void {
  const what = `${before.state} --${JSON.stringify(evidence)}--> ${after.state}`;
  const ended = !isFinal(before.state) && isFinal(after.state);
  const left = before.sends.bytesMayHaveLeft || before.sends.underWay;
  const provenUnsent =
    evidence.kind === 'payAnswered' && evidence.outcome.kind === 'silent' && !evidence.outcome.bytesMayHaveLeft;
  if (ended && isSilence(evidence) && left && !(provenUnsent && !before.sends.bytesMayHaveLeft)) violated(1, what);
  if (before.state !== 'paid' && after.state === 'paid' && !saysPaid(evidence)) violated(2, what);
  const refused = evidence.kind === 'payAnswered' && evidence.outcome.kind === 'refused';
  if (ended && refused && before.sends.unclear) violated(3, what);
  if (isFinal(before.state) && after.state !== before.state) violated(4, what);
}

/** Law 8: people end only what needs attention, and call nothing unpaid that somebody may still pay. */
function checkRuling({ life, now }: Node, as: string, after: PaymentLife, violated: (law: number, what: string) => void): void {
  if (after.state === life.state) return;
  const expiry = life.code?.expiresAt ?? (life.sends.lastAt === null ? null : addMs(life.sends.lastAt, LIFE_MS));
  const mayBePaid = expiry === null || now < expiry || life.sends.underWay;
  const what = `${life.state} was ruled ${as} and is ${after.state}`;
  if (life.state !== 'needs_attention' || after.state !== as || after.endedBy !== 'ruling') violated(8, what);
  if (as !== 'paid' && mayBePaid) violated(8, `${what} before its order ran out`);
  if (!after.alertToConfirm) violated(8, `${what} and nobody asks the upstream`);
}

function saysPaid(evidence: Evidence): boolean {
  if (evidence.kind === 'notifiedPaid') return true;
  if (evidence.kind === 'ruled') return evidence.as === 'paid';
  if (evidence.kind === 'inquiryAnswered') return evidence.outcome.kind === 'paid';
  return evidence.kind === 'payAnswered' && evidence.outcome.kind === 'paid';
}

/** Law 7: every unfinished life has a due time, and it is never further away than the order can live. */
function checkDue(rules: Rules, timing: TimingRules, { life, now }: Node, violated: (law: number, what: string) => void): void {
  if (isFinal(life.state)) return;
  const action = rules.nextAction(life, at(now), timing, false);
  if (action.do === 'nothing') violated(7, `${life.state} has nothing due`);
  else if (!Number.isFinite(action.at) || action.at - now > LIFE_MS + 300_000)
    violated(7, `${life.state} is due only at +${action.at - now} ms`);
}

/** Law 6: nothing but silence and the clock leads every unfinished life to needs_attention within its limits, and never to an end. */
function checkSilence(rules: Rules, timing: TimingRules, start: Node, violated: (law: number, what: string) => void): void {
  if (isFinal(start.life.state) || start.life.state === 'needs_attention') return;
  const limit = start.now + LIFE_MS + 60_000 + timing.graceAfterExpiryMs + timing.laneReleaseAfterMs + 60_000;
  let { life, now } = start;
  for (let steps = 0; steps < 200; steps += 1) {
    if (life.state === 'needs_attention') return;
    if (isFinal(life.state)) {
      const left = life.sends.bytesMayHaveLeft;
      if (left) violated(6, `silence from ${start.life.state} ended in ${life.state}`);
      return;
    }
    const action = rules.nextAction(life, at(now), timing, false);
    if (action.do === 'nothing') {
      violated(6, `silence from ${start.life.state} stops in ${life.state}`);
      return;
    }
    now = instant(Math.max(action.at, now));
    if (now > limit) {
      violated(6, `silence from ${start.life.state} is still ${life.state} after its limits`);
      return;
    }
    const silent = silence(action);
    for (const { evidence, tookMs } of silent) {
      now = addMs(now, tookMs);
      life = rules.decide(life, evidence, at(now)).life;
    }
  }
  violated(6, `silence from ${start.life.state} never leaves ${life.state}`);
}

function silence(action: ReturnType<typeof nextAction>): readonly { evidence: Evidence; tookMs: number }[] {
  switch (action.do) {
    case 'note':
      return [{ evidence: { kind: 'clock', what: action.what }, tookMs: 0 }];
    case 'send':
      return [
        { evidence: { kind: 'callStarted', call: 'pay' }, tookMs: 0 },
        { evidence: { kind: 'payAnswered', outcome: { kind: 'silent', bytesMayHaveLeft: true } }, tookMs: SILENCE_MS },
      ];
    case 'inquire':
      return [
        { evidence: { kind: 'callStarted', call: 'inquiry' }, tookMs: 0 },
        { evidence: { kind: 'inquiryAnswered', outcome: { kind: 'noAnswer' } }, tookMs: SILENCE_MS },
      ];
    case 'cancel':
      return [
        { evidence: { kind: 'callStarted', call: 'cancel' }, tookMs: 0 },
        { evidence: { kind: 'cancelAnswered', outcome: { kind: 'noAnswer' } }, tookMs: SILENCE_MS },
      ];
    case 'undoLate':
    case 'openRefund':
    case 'refund':
    case 'nothing':
      return [];
  }
}

/** Law 5: from every unfinished life an end is reachable without a person. */
function checkEndReachable(
  nodes: readonly Node[],
  into: readonly number[][],
  violated: (law: number, what: string) => void,
): void {
  const good = new Set<number>();
  const todo = nodes.flatMap((node, id) => (isFinal(node.life.state) ? [id] : []));
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (good.has(id)) continue;
    good.add(id);
    for (const before of into[id] ?? []) if (!good.has(before)) todo.push(before);
  }
  nodes.forEach((node, id) => {
    if (!good.has(id)) violated(5, `no end is reachable from ${node.life.state}: ${keyOf(node)}`);
  });
}
