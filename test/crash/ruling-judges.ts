import { createHash } from 'node:crypto';
import type { BooksAtDeath, StoredAct, StoredRuling } from './books-at-death.js';

/** What somebody at the back office was answered with 200 or 201. */
export interface ToldRuling {
  readonly rulingId: string;
  readonly by: string;
  readonly what: 'proposed' | 'rejected' | 'confirmed';
}

/** What no books may hold about rulings and acts at any instant. */
export function readTheRulings(books: BooksAtDeath): string[] {
  const complaints: string[] = followTheChain(books);
  const openOf = new Map<string, number>();
  for (const ruling of books.rulings) {
    if (ruling.state === 'open') openOf.set(ruling.paymentId, (openOf.get(ruling.paymentId) ?? 0) + 1);
    complaints.push(...weighRuling(ruling, books).map((text) => `ruling ${ruling.id} (${ruling.state}) ${text}`));
  }
  for (const [id, count] of openOf) if (count > 1) complaints.push(`${id}: ${count} open rulings`);
  for (const { id, seq, rulingId } of books.journal) {
    if (rulingId === null) continue;
    const isConfirmed = books.rulings.some((one) => one.id === rulingId && one.paymentId === id && one.state === 'confirmed');
    if (!isConfirmed) complaints.push(`${id}: line ${seq} was ruled, and ruling ${rulingId} is not confirmed`);
  }
  return complaints;
}

/** A confirmed ruling, its line, the end of its payment and its act stand together or not at all. */
function weighRuling(ruling: StoredRuling, { payments, journal, acts }: BooksAtDeath): string[] {
  const complaints: string[] = [];
  const isConfirmed = ruling.state === 'confirmed';
  const state = payments.find(({ id }) => id === ruling.paymentId)?.state;
  const lines = journal.filter(({ id, rulingId }) => id === ruling.paymentId && rulingId === ruling.id);
  if (lines.length !== (isConfirmed ? 1 : 0)) complaints.push(`has ${lines.length} lines in the journal`);
  if (isConfirmed && (state !== ruling.as || lines[0]?.to !== ruling.as))
    complaints.push(`ends its payment as ${ruling.as}, which is ${state}`);
  if (ruling.state === 'open' && state !== 'needs_attention') complaints.push(`waits for a payment that is ${state}`);
  if (ruling.state === 'void' && state === 'needs_attention') complaints.push('is of a payment that still needs attention');
  const whoDid = (what: string) =>
    acts
      .filter((act) => act.what === what && act.about === ruling.paymentId && rulingOf(act) === ruling.id)
      .map(({ who }) => who);
  const expected = {
    'ruling.propose': [ruling.proposedBy],
    'ruling.confirm': isConfirmed ? [ruling.decidedBy] : [],
    'ruling.reject': ruling.state === 'rejected' ? [ruling.decidedBy] : [],
  };
  for (const [what, who] of Object.entries(expected))
    if (whoDid(what).join() !== who.join())
      complaints.push(`has the acts ${what} of ${whoDid(what).join() || 'nobody'}, not of ${who.join() || 'nobody'}`);
  if (ruling.decidedBy === ruling.proposedBy) complaints.push('was decided by whoever proposed it');
  return complaints;
}

function rulingOf({ detail }: StoredAct): string | undefined {
  return (JSON.parse(detail) as { rulingId?: string }).rulingId;
}

const NOTHING_BEFORE = '0'.repeat(64);

/** Counted anew from the description of the chain, not with the program's own function. */
function followTheChain({ acts, actsHead }: BooksAtDeath): string[] {
  let before = NOTHING_BEFORE;
  for (const [index, { seq, at, who, what, about, why, detail, before: said, hash }] of acts.entries()) {
    const text = JSON.stringify([seq, at, who, what, about, why, detail, said]);
    const isRight = seq === index + 1 && said === before && hash === createHash('sha256').update(text, 'utf8').digest('hex');
    if (!isRight) return [`the chain of acts breaks at ${seq}`];
    before = hash;
  }
  const ends = (actsHead?.seq ?? 0) === acts.length && (actsHead?.hash ?? NOTHING_BEFORE) === before;
  return ends ? [] : [`the chain of ${acts.length} acts ends otherwise than its head says`];
}

/** Whoever was answered finds it in the books as it was told, by the same person. */
export function askTheApprovers(told: readonly ToldRuling[], { rulings }: Pick<BooksAtDeath, 'rulings'>): string[] {
  const known = new Map(rulings.map((ruling) => [ruling.id, ruling]));
  return told.flatMap(({ rulingId, by, what }) => {
    const ruling = known.get(rulingId);
    const holds = what === 'proposed' ? ruling?.proposedBy === by : ruling?.state === what && ruling.decidedBy === by;
    return holds
      ? []
      : [`${by} was told that ruling ${rulingId} is ${what}; it is ${ruling?.state ?? 'in no books'} by ${ruling?.decidedBy}`];
  });
}
