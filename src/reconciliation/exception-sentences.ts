/**
 * Every sentence about an exception in English, with places for values: pages say the same in other languages. A value named `type` or
 * `standing` is a word of its own. JSON and CSV are English everywhere.
 */
export const EXCEPTION_SENTENCES = {
  'cause.foreign': '{type} {id} in {file} line {line} was not made by this bridge',
  'cause.in_no_book': '{type} {id} stands in {file} line {line} and in no book here',
  'cause.money': '{ours} here, {theirs} in {file} line {line}',
  'cause.money.quote': '; by the stored quote {amount}',
  'cause.money.told': ', {amount} were told',
  'cause.direction': 'a {type} with direction {direction} in {file} line {line}',
  'cause.refund.far': '{type} {id}: done on {day} here, listed in {file} line {line}',
  'cause.refund.standing': '{type} {id}: {standing} here, listed in {file} line {line}',
  'cause.cancelled': '{type} {id} was cancelled here and is paid in {file} line {line}',
  'cause.failed': '{type} {id} failed here and is paid in {file} line {line}',
  'cause.late_money': '; the money came after that, and an inquiry confirmed it',
  'cause.late_money.cancelled': '; it was given back by a cancel on {day}',
  'cause.late_money.refunded': '; given back by refund {refunds}',
  'cause.late_money.elsewhere': '; {amount} of it went back outside these books',
  'cause.late_money.underWay': '; {amount} is being given back',
  'cause.late_money.refused': '; giving {amount} back was refused, a person has to do it',
  'cause.late_money.left': '; {amount} has not been given back',
  'cause.undecided': '{type} {id} has no end here and is paid in {file} line {line}',
  'cause.paid.far': '{type} {id} was paid on {day} here and stands in {file} line {line}, more than one cycle away',
  'cause.twice': '{type} {id} stands in {file} line {line} once more',
  'cause.missing.far': '{type} {id} stands in {file} line {line}, more than one cycle away',
  'cause.missing': '{type} {id} stands neither in this cycle nor in the next one',
  'cause.missing.sealed':
    '{type} {id} belongs to {day}, which is sealed, and stands in no report of that cycle and of the next one',
  'cause.missing.grown':
    '{type} {id} was completed on {day} after that day was compared and sealed, and stands in no report of that cycle and the two beside it',
  'cause.missing.late_money': 'payment {id} ended unpaid here and stands in no report',
  'cause.fee.free': '{fee}: none by contract, {found} in the report',
  'cause.fee.rate': '{fee}: {amount} x {rate} = {expected} by contract, {found} in the report',
  'cause.fee.unlisted': '{fee}: a fee for a {type} that this cycle does not list',
  'cause.late': '{file} came after {day} was sealed; it is stored and changed nothing',
  'cause.kind_missing': 'no part of {kind}_ has arrived, not even part 000 ({file})',
  'cause.kind_missing.others': '; reports of {others} have arrived, configured is {own}: compare the ids',
  'cause.part_missing': '{kind}_ lacks part {part} ({file})',
  'cause.count': '{batch}: {kind} states {stated} lines and has {counted}',
  'cause.sum': '{batch}: {kind} states {stated} and its lines come to {counted}',
  'cause.net': '{batch}: summary states {stated} net, transactions and fees come to {counted}',
  'cause.net_missing': '{batch}: summary has no NET line, although there are transactions or fees',
  'cause.settlement': '{batch}: settlement states {stated} and its batches come to {counted}',
  'cause.settled': '{batch}: batch {other} is paid with {paid} and was cleared with {cleared}',
  'act.foreign': 'Find out which system made it; set it aside with a reason.',
  'act.money': 'Compare both messages on the timeline; if ours is right, open a ticket with file, line and ids.',
  'act.refund.unknown': 'Find out who refunded it (another system, the portal).',
  'act.unknown': 'Look for an older backup that was restored; tell the merchant, refund if the goods were not handed out.',
  'act.refund.unmatched': 'Inquire; if the money went back, correct the refund with support.',
  'act.cancelled': 'Open a ticket at once: a cancelled order is in no clearing file.',
  'act.failed':
    'Inquire first; give the money back on the page of the payment, never past this bridge, or tell the merchant that it was paid late.',
  'act.late_money.cancelled': 'Nothing is to be given back; open a ticket at once: a cancelled order is in no clearing file.',
  'act.late_money.refunded': 'Nothing is to be given back: compare with the line of the refund, then resolve this.',
  'act.late_money.underWay': 'Give nothing back by hand: compare the day again when it has gone back.',
  'act.late_money.refused':
    'Inquire first: somebody may have given it back since. See on the timeline why it was refused; give back once what is left, or clear it up with support, then inquire again.',
  'act.late_money.left':
    'Give it back on the page of the payment, never past this bridge, or tell the merchant that it was paid late.',
  'act.undecided': 'An inquiry was started; rule on it when it stays open.',
  'act.paid.far': 'Open a ticket with file, line and ids.',
  'act.twice': 'Open a ticket: it was cleared twice.',
  'act.missing': 'Inquire; if the upstream still says so, open a ticket with our ids and times.',
  'act.fee': 'Compare with the rates of your contract; open a ticket with file and line when the report is wrong.',
  'act.late': 'Compare it by hand with the sealed figures; clear differences up with support.',
  'act.file_missing': 'Fetch it again, or download it by hand in Partner Workspace; files are kept there for seven days only.',
  'act.totals':
    'Fetch the files of the batch again; one that was cut off before is taken back first (recon take-back). If they stay as they are, open a ticket with file name and both figures.',
} as const;

export type SentenceKey = keyof typeof EXCEPTION_SENTENCES;
export type CauseKey = Extract<SentenceKey, `cause.${string}`>;
export type ActKey = Extract<SentenceKey, `act.${string}`>;

/** A sentence, or the piece of one, with its values. */
export type Cause = readonly [key: CauseKey, values: Readonly<Record<string, string>>];

/** What is wrong, piece by piece, and what to do, for whoever says it in another language. */
export interface ExceptionWords {
  readonly cause: readonly Cause[];
  readonly act: ActKey;
}

/** An exception in English, with the words it was made of. */
export interface ToldException {
  readonly cause: string;
  readonly act: string;
  readonly words: ExceptionWords;
}

/** The pieces in English, one after the other. */
export function causeText(pieces: readonly Cause[]): string {
  return pieces.map(([key, values]) => withValues(EXCEPTION_SENTENCES[key], values)).join('');
}

function withValues(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
}

/** An exception out of its words. */
export function toldException(act: ActKey, ...cause: readonly Cause[]): ToldException {
  return { cause: causeText(cause), act: EXCEPTION_SENTENCES[act], words: { cause, act } };
}
