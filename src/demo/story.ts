import type { TimelineLine } from '../books/timeline-lines.js';
import { moneyText } from '../payment/money.js';
import type { CancelOutcome, InquiryOutcome, PayOutcome, RefundOutcome } from '../payment/pay-outcome.js';
import type { ClockEvidence, Evidence, StateName } from '../payment/payment.js';
import type { MoneyBackEvidence } from '../payment/refund.js';

/** One short line of "what happened". */
export interface StoryLine {
  /** Epoch ms. */
  readonly at: number;
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'trouble' | 'bad';
  /** The state the payment moved to with it; null when it stayed. */
  readonly state: StateName | null;
  /** How often it happened in a row. */
  readonly times: number;
}

/** What a story is told from, beside the books. */
export interface Surroundings {
  /** Stretches of time in which a code stood on the glass, epoch ms; `to` null while it still does. */
  readonly codeOnGlass: (codeText: string) => readonly { readonly from: number; readonly to: number | null }[];
  /** The upstream as a sentence calls it. */
  readonly upstream: string;
  /** What its answer brings to scan, at the beginning of a sentence; null: nothing. */
  readonly code: string | null;
  /** When the payer paid, by the upstream's own account book; null when not. */
  readonly paidInWalletAt: number | null;
}

type Tone = StoryLine['tone'];
type Told = readonly [text: string, tone?: Tone];
type Recorded = Evidence | { readonly kind: 'saleAccepted' };

/** Pure: the timeline of a payment in words for somebody who watches, oldest first; the same line again is counted, not repeated. */
export function storyOf(timeline: readonly TimelineLine[], around: Surroundings): readonly StoryLine[] {
  const journal = timeline.filter(({ what }) => what === 'journal');
  const told = tellJournal(journal, sameBytesNote(timeline));
  const beside = [...glassLines(journal, around), ...walletLines(around)];
  const lines = [...told, ...beside].map((told) => ({ ...told, text: withNames(told.text, around) }));
  return counted(lines.sort((a, b) => a.at - b.at));
}

/** Stand in the sentences below for what differs by upstream. */
const UPSTREAM = '{upstream}';
const CODE = '{code}';
const YET = '{yet}';

function withNames(text: string, { upstream, code }: Surroundings): string {
  return text
    .replaceAll(UPSTREAM, upstream)
    .replaceAll(CODE, code ?? 'Answer')
    .replaceAll(YET, code === null ? '' : ' yet');
}

function tellJournal(journal: readonly TimelineLine[], sameBytes: string): StoryLine[] {
  const sent = { pay: 0, inquiry: 0, cancel: 0, refund: 0 };
  return journal.flatMap(({ at, detail }) => {
    const evidence = detail['evidence'] as Recorded;
    if (evidence.kind === 'callStarted') sent[evidence.call] += 1;
    const words = detail['decision'] === 'illegal' ? lateWords(evidence) : wordsFor(evidence, sent, sameBytes);
    const to = detail['to'] as StateName;
    const moved = detail['from'] !== to;
    if (words === undefined && !moved) return [];
    const [text, tone = 'plain'] = words ?? ['The bridge took the next step'];
    return [{ at, text, tone, state: moved ? to : null, times: 1 }];
  });
}

function lateWords(evidence: Recorded): Told | undefined {
  return evidence.kind === 'callStarted' || evidence.kind === 'clock'
    ? undefined
    : ['Something came too late to change anything'];
}

function wordsFor(
  evidence: Recorded,
  sent: Readonly<Record<'pay' | 'inquiry' | 'cancel' | 'refund', number>>,
  sameBytes: string,
): Told | undefined {
  switch (evidence.kind) {
    case 'saleAccepted':
      return ['The till’s sale is in the books'];
    case 'callStarted':
      if (evidence.call === 'inquiry') return undefined;
      if (evidence.call === 'refund') return [`Refund sent to ${UPSTREAM}`];
      if (evidence.call === 'cancel') return [sent.cancel === 1 ? `Cancel sent to ${UPSTREAM}` : 'The same cancel sent again'];
      return [sent.pay === 1 ? `Pay request sent to ${UPSTREAM}` : `The same request sent again (send ${sent.pay})${sameBytes}`];
    case 'payAnswered':
      return payWords(evidence.outcome);
    case 'inquiryAnswered':
      return inquiryWords(evidence.outcome);
    case 'cancelAnswered':
      return cancelWords(evidence.outcome);
    case 'notifiedPaid':
      return [`Notification from ${UPSTREAM}, signature good: paid`, 'good'];
    case 'notifiedFailed':
      return [`Notification from ${UPSTREAM}, signature good: not paid`, 'bad'];
    case 'notifiedOdd':
      return ['Notification that does not fit this payment: not believed', 'trouble'];
    case 'clock':
      return clockWords(evidence.what);
    case 'cancelAsked':
      return [evidence.by.kind === 'terminal' ? 'The till asked to cancel' : 'The bridge decided to cancel'];
    case 'inquiryAsked':
      return undefined;
    case 'undoAsked':
    case 'undoImpossible':
    case 'refundAsked':
    case 'refundAnswered':
      return moneyBackWords(evidence);
  }
}

function moneyBackWords(evidence: Exclude<MoneyBackEvidence, { readonly kind: 'callStarted' }>): Told {
  switch (evidence.kind) {
    case 'undoAsked':
      return [evidence.by.kind === 'bridge' ? 'Money came after the end: the bridge gives it back' : 'An undo was asked for'];
    case 'undoImpossible':
      return ['The money cannot be given back from here', 'trouble'];
    case 'refundAsked':
      return [`A refund of ${moneyText(evidence.amount)} was stored`];
    case 'refundAnswered':
      return REFUND_WORDS[evidence.outcome.kind];
  }
}

const REFUND_WORDS: Readonly<Record<RefundOutcome['kind'], Told>> = {
  refunded: [`${UPSTREAM} confirmed the refund`, 'good'],
  refused: [`${UPSTREAM} refused the refund`, 'bad'],
  underWay: ['Refund: no result yet, the same request is due again'],
  odd: ['Refund: something differs, not believed', 'trouble'],
  noAnswer: ['No usable answer to the refund: the same request is due again', 'trouble'],
};

function payWords(outcome: PayOutcome): Told {
  switch (outcome.kind) {
    case 'codeIssued':
      return [`${CODE}, signature good`, 'good'];
    case 'accepted':
      return [`Accepted; nothing to scan${YET}`];
    case 'paid':
      return ['The answer says paid', 'good'];
    case 'refused':
      return [`${UPSTREAM} refused the payment`, 'bad'];
    case 'slowDown':
      return [`${UPSTREAM} asked to slow down: a longer pause, then the same request`, 'trouble'];
    case 'inDoubt':
      return ['The answer settles nothing: an inquiry will tell', 'trouble'];
    case 'silent':
      return outcome.bytesMayHaveLeft
        ? ['No answer. Silence is not failure: the order may exist', 'trouble']
        : ['No connection: nothing left the shop', 'trouble'];
    case 'retrySame':
      return [RETRY_WORDS[outcome.why], 'trouble'];
  }
}

const RETRY_WORDS: Readonly<Record<Extract<PayOutcome, { kind: 'retrySame' }>['why'], string>> = {
  statusUnknown: 'Answer: result unknown. Not a refusal, so the same request is due again',
  httpStatus: 'An answer that is none: the same request is due again',
  unsignedAnswer: 'Answer without signature: not believed',
  badSignature: 'Answer with a wrong signature: not believed',
  malformedAnswer: 'Answer that cannot be read: the same request is due again',
  replayedAnswer: 'An answer that was given to another payment before: not believed',
};

function inquiryWords(outcome: InquiryOutcome): Told {
  switch (outcome.kind) {
    case 'paid':
      return [`The bridge asked ${UPSTREAM}: paid`, 'good'];
    case 'open':
      return [`The bridge asked ${UPSTREAM}: not paid yet`];
    case 'closedUnpaid':
      return [`The bridge asked ${UPSTREAM}: closed, not paid`, 'bad'];
    case 'notFound':
      return [`The bridge asked ${UPSTREAM}: no such order there`];
    case 'oddMoney':
      return [`The bridge asked ${UPSTREAM}: something differs, not believed`, 'trouble'];
    case 'questionRefused':
      return [`The bridge asked ${UPSTREAM}: the question was refused`, 'trouble'];
    case 'noAnswer':
      return [`The bridge asked ${UPSTREAM}: no usable answer`, 'trouble'];
  }
}

function cancelWords(outcome: CancelOutcome): Told {
  switch (outcome.kind) {
    case 'done':
      return [`${UPSTREAM} confirmed the cancel`, 'good'];
    case 'nothingToCancel':
      return ['Cancel answered: no such order'];
    case 'alreadyClosed':
      return ['Cancel answered: the order is closed already'];
    case 'windowOver':
      return ['Cancel answered: too late to cancel', 'trouble'];
    case 'refused':
      return ['The cancel was refused', 'trouble'];
    case 'noAnswer':
      return ['No answer to the cancel: it is sent again', 'trouble'];
  }
}

function clockWords(what: ClockEvidence): Told {
  switch (what) {
    case 'saleTooOld':
      return ['Too late to start this sale'];
    case 'sendsSpent':
      return ['No further sends: from now on the bridge only asks'];
    case 'tooLateToRepeat':
      return ['Too late to repeat the request: from now on the bridge only asks'];
    case 'codeExpired':
      return ['The code has run out'];
    case 'deadlinePassed':
      return ['Time is up: the bridge cancels'];
    case 'laneHeldTooLong':
      return ['Held the lane too long: a person decides, the bridge keeps asking', 'trouble'];
    case 'attemptLost':
      return ['A call was lost with its process', 'trouble'];
  }
}

/** The proof that repeats are the same bytes, once more than one send is in the books. */
function sameBytesNote(timeline: readonly TimelineLine[]): string {
  const sends = timeline.filter(({ what, detail }) => what === 'message' && detail['call'] === 'pay');
  // A call that is about to leave has no hash yet.
  const hashes = new Set(sends.map(({ detail }) => detail['bodySha256']).filter((hash) => typeof hash === 'string'));
  const [hash] = hashes;
  return hashes.size === 1 && hash !== undefined ? `: same bytes, SHA-256 ${hash.slice(0, 8)}…` : '';
}

function glassLines(journal: readonly TimelineLine[], around: Surroundings): StoryLine[] {
  return codesOf(journal).flatMap((code) =>
    around
      .codeOnGlass(code)
      .flatMap(({ from, to }) => [
        line(from, 'The code stands on the glass', 'good'),
        ...(to === null ? [] : [line(to, 'The code has left the glass', 'plain')]),
      ]),
  );
}

function codesOf(journal: readonly TimelineLine[]): readonly string[] {
  const codes = journal.flatMap(({ detail }) => {
    const evidence = detail['evidence'] as Recorded;
    return evidence.kind === 'payAnswered' && evidence.outcome.kind === 'codeIssued' ? [evidence.outcome.code.text] : [];
  });
  return [...new Set(codes)];
}

function walletLines({ paidInWalletAt }: Surroundings): StoryLine[] {
  return paidInWalletAt === null ? [] : [line(paidInWalletAt, 'The customer paid in the wallet', 'plain')];
}

function line(at: number, text: string, tone: Tone): StoryLine {
  return { at, text, tone, state: null, times: 1 };
}

function counted(lines: readonly StoryLine[]): readonly StoryLine[] {
  return lines.reduce<StoryLine[]>((kept, next) => {
    const last = kept.at(-1);
    const again = last !== undefined && last.text === next.text && next.state === null;
    if (again) kept[kept.length - 1] = { ...last, times: last.times + 1 };
    else kept.push(next);
    return kept;
  }, []);
}
