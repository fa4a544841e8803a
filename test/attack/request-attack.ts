import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import knex from 'knex';
import { PROBLEM_STATUS, type ProblemCode } from '#src/http/problem.js';
import { ocbridge } from '../process/program.js';
import { CLIENT_ID, NOTIFY_PATH, TILL_KEY } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';
import type { AskedRefund, AskedSale } from './asked-sale.js';
import type { AttackRig, Vitals } from './attack-rig.js';
import { type Hostile, hostileRequest } from './hostile-requests.js';
import { type Exchange, exchange, type RawAnswer } from './raw-exchange.js';
import { pickFor } from './seeded-pick.js';

/** What came of an attack. */
export interface RequestAttack {
  readonly requests: number;
  /** How many answers of each status; 0: none. */
  readonly byStatus: Readonly<Record<number, number>>;
  readonly byKind: Readonly<Record<string, number>>;
  /** What must not be: each with the number of its request. */
  readonly complaints: readonly { readonly index: number; readonly kind: string; readonly what: string }[];
  readonly slowest: { readonly ms: number; readonly kind: string };
  readonly warm: Vitals | undefined;
  readonly end: Vitals | undefined;
  readonly payments: number;
  /** Refunds that people asked for and that were made. */
  readonly refunds: number;
}

export interface RequestAttackPlan {
  readonly seed: number;
  readonly requests: number;
  /** Only this one, to look at it alone. */
  readonly only?: number;
  readonly atOnce?: number;
  readonly told?: (done: number) => void;
}

/** No request may hold the others up for longer, ms; a tired machine is allowed for. */
/** Generous: the machine may be busy with other tests. What takes a request's length squared is held by tests of its own. */
const LONGEST_ANSWER_MS = 15_000;
/** Whoever may stay silent is not waited for so long. */
const SILENT_AFTER_MS = 4_000;

/** Sends hostile requests to all listeners of a running bridge and judges every answer; in the end the books are judged, too. */
export async function attackRequests(rig: AttackRig, plan: RequestAttackPlan): Promise<RequestAttack> {
  const state = { byStatus: {} as Record<number, number>, byKind: {} as Record<string, number>, slowest: { ms: 0, kind: '' } };
  const complaints: { index: number; kind: string; what: string }[] = [];
  const asked = new Map<string, readonly AskedSale[]>();
  const refunds = new Map<string, AskedRefund>();
  const person = await somebody(rig);
  const first = plan.only ?? 0;
  const last = plan.only ?? plan.requests - 1;
  const warmAt = first + Math.floor((last - first) / 5);
  let warm: Vitals | undefined;
  let next = first;

  async function one(index: number): Promise<void> {
    const ground = {
      pick: pickFor(plan.seed, index),
      index,
      key: TILL_KEY,
      lanes: rig.lanes,
      notifyPath: NOTIFY_PATH,
      clientId: CLIENT_ID,
      person,
    };
    const { kind, ...hostile } = hostileRequest(ground);
    for (const sale of hostile.sales ?? []) asked.set(sale.saleReference, [...(asked.get(sale.saleReference) ?? []), sale]);
    if (hostile.refund !== undefined) refunds.set(hostile.refund.refundReference, hostile.refund);
    const heard = await exchange(
      rig.port(hostile.listener),
      hostile.shot,
      hostile.mayStaySilent === true ? SILENT_AFTER_MS : LONGEST_ANSWER_MS,
    );
    const complain = (what: string) => complaints.push({ index, kind, what });
    state.byKind[kind] = (state.byKind[kind] ?? 0) + 1;
    if (heard.answers.length === 0) state.byStatus[0] = (state.byStatus[0] ?? 0) + 1;
    for (const { status } of heard.answers) state.byStatus[status] = (state.byStatus[status] ?? 0) + 1;
    if ((heard.firstByteMs ?? 0) > state.slowest.ms) state.slowest = { ms: Math.round(heard.firstByteMs ?? 0), kind };
    judge(hostile, heard).forEach(complain);
    await clearAway(rig, heard);
    if (index % 500 === 499) {
      plan.told?.(index + 1);
      const alive = await httpCall(`${rig.service.backOffice}/readyz`).catch(() => undefined);
      if (alive?.status !== 200) complain(`after it the bridge is not ready: ${alive?.status ?? 'no answer'}`);
    }
  }

  const worker = async () => {
    for (let index = next++; index <= last; index = next++) {
      if (index === warmAt) warm = rig.vitals();
      await one(index);
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce ?? 8 }, worker));
  const end = rig.vitals();
  const complain = (what: string) => complaints.push({ index: -1, kind: 'the books', what });
  const made = await judgeWhatPeopleDid(rig, person.paid, refunds, complain);
  const payments = await judgeBooks(rig, asked, person.paid, complain);
  return { requests: last - first + 1, ...state, complaints, warm, end, payments, refunds: made };
}

/** What the paid payment is worth: more than all refunds of a run together. */
const PAID = { currency: 'JPY', value: '999999999' };
const SETTLED_WITHIN_MS = 30_000;

/** A key of somebody who may do everything at the back office, and a payment that was paid. */
async function somebody(rig: AttackRig): Promise<{ readonly key: string; readonly paid: string }> {
  const added = await ocbridge(['user', 'add', 'robot', '--role', 'approver', '--api-key', '--config', rig.pc.file]);
  const key = added.out.trimEnd().split('\n').at(-1);
  if (added.code !== 0 || key === undefined) throw new Error(`no key: ${added.err}`);
  const sold = await rig.till().sell({ saleReference: PAID_REFERENCE, amount: PAID, laneId: rig.lanes[0] });
  const { paymentRequestId: paid } = sold.json<{ paymentRequestId: string }>();
  rig.simulator.pay(paid);
  const over = performance.now() + SETTLED_WITHIN_MS;
  while ((await rig.till().read(paid)).state !== 'paid')
    if (performance.now() > over) throw new Error(`${paid} is not paid`);
    else await pause(50);
  return { key, paid };
}

const PAID_REFERENCE = 'PAID';

/** Ends what a right sale began, so that its lane is free again. */
async function clearAway(rig: AttackRig, { answers }: Exchange): Promise<void> {
  for (const { status, body } of answers) {
    if (status !== 201) continue;
    const { paymentRequestId } = JSON.parse(body.toString()) as { paymentRequestId: string };
    await rig.till().cancel(paymentRequestId);
  }
}

function judge(hostile: Hostile, heard: Exchange): string[] {
  const wrong: string[] = [];
  const statuses = heard.answers.map(({ status }) => status).join(' ');
  if (heard.timedOut && hostile.mayStaySilent !== true) wrong.push(`no answer in time (so far: ${statuses || 'none'})`);
  if (heard.answers.length === 0 && hostile.mayStaySilent !== true && hostile.shot.finish !== 'reset') wrong.push('no answer');
  if (heard.answers.length > (hostile.shot.answers ?? 1) && hostile.shot.untilClosed !== true)
    wrong.push(`${heard.answers.length} answers: ${statuses}`);
  if (hostile.mustClose === true && !heard.closed && !closes(heard.answers.at(-1)))
    wrong.push(`the connection stays open after ${statuses}`);
  if ((heard.firstByteMs ?? 0) > LONGEST_ANSWER_MS) wrong.push(`answered after ${Math.round(heard.firstByteMs ?? 0)} ms`);
  for (const answer of heard.answers) wrong.push(...wrongIn(answer, hostile));
  return wrong;
}

function closes(answer: RawAnswer | undefined): boolean {
  return answer?.headers.get('connection')?.toLowerCase() === 'close';
}

function wrongIn({ status, headers, body, whole }: RawAnswer, hostile: Hostile): string[] {
  const isHead = hostile.shot.method === 'HEAD';
  if (!whole) return hostile.shot.untilClosed === true ? [] : [`half an answer: ${status}`];
  if (hostile.refused === true && status < 400) return [`taken with ${status}`];
  if (hostile.legal === true && [400, 413, 415].includes(status))
    return [`a right sale is refused: ${status} ${body.toString()}`];
  if (status < 400) return [];
  if (isHead) return status >= 500 ? [`status ${status}`] : [];
  const isPage =
    (hostile.page === true || hostile.listener === 'backOffice') && headers.get('content-type')?.startsWith('text/html') === true;
  if (isPage) return status >= 500 ? [`status ${status}`] : [];
  if (headers.get('content-type') !== 'application/problem+json')
    return [`${status} without a problem document: ${body.toString()}`];
  const { code, status: told, traceId } = JSON.parse(body.toString()) as { code: ProblemCode; status: number; traceId: string };
  if (PROBLEM_STATUS[code] !== status || told !== status || !/^[0-9a-f]{32}$/.test(traceId))
    return [`an odd problem document: ${body.toString()}`];
  // On a tired machine the books may be busy for a moment; nothing else of that kind is declared.
  const isDeclared = status === 503 && code === 'books_unavailable' && headers.has('retry-after');
  return status >= 500 && !isDeclared ? [`status ${status}: ${body.toString()}`] : [];
}

interface RefundRow {
  readonly refund_reference: string;
  readonly value: string;
  readonly state: string;
}

/** Refunds are those that were asked for, and the upstream made each once; nothing else that people can do has been done. */
async function judgeWhatPeopleDid(
  rig: AttackRig,
  paid: string,
  asked: ReadonlyMap<string, AskedRefund>,
  complain: (what: string) => void,
): Promise<number> {
  const books = knex({ client: 'sqlite3', connection: { filename: rig.pc.books }, useNullAsDefault: true });
  const read = async () => (await books('refunds').select('refund_reference', 'value', 'state')) as readonly RefundRow[];
  const over = performance.now() + SETTLED_WITHIN_MS;
  let rows = await read();
  while (rows.some(({ state }) => state === 'pending' || state === 'in_doubt') && performance.now() < over) {
    await pause(200);
    rows = await read();
  }
  for (const { refund_reference: name, value, state } of rows) {
    if (asked.get(name)?.amount.value !== value) complain(`nobody asked for the refund ${name} of ${value}`);
    if (state !== 'refunded') complain(`the refund ${name} is ${state}`);
  }
  const gone = rows.reduce((sum, { value }) => sum + BigInt(value), 0n);
  const there = rig.simulator.orders().find(({ paymentRequestId }) => paymentRequestId === paid)?.refunded?.value ?? '0';
  if (String(gone) !== there) complain(`${there} went back there, ${gone} here`);
  for (const table of ['rulings', 'clearing_files', 'clearing_exceptions', 'sessions', 'alerts'])
    if ((await books(table).first()) !== undefined) complain(`something stands in ${table}, and nobody put it there rightly`);
  const users = (await books('users').select('name')) as readonly { name: string }[];
  if (users.length !== 1) complain(`there are ${users.length} users`);
  await books.destroy();
  const left = existsSync(rig.temporary) ? readdirSync(rig.temporary).filter((name) => name.startsWith('ocbridge-upload-')) : [];
  if (left.length > 0) complain(`${left.length} uploads were left on the disk`);
  return rows.length;
}

/** Every payment is a sale that was asked for, as it was asked for; every order at the upstream is a payment in the books. */
async function judgeBooks(
  rig: AttackRig,
  asked: ReadonlyMap<string, readonly AskedSale[]>,
  paid: string,
  complain: (what: string) => void,
): Promise<number> {
  const books = knex({ client: 'sqlite3', connection: { filename: rig.pc.books }, useNullAsDefault: true });
  const rows = (await books('payments').select('payment_request_id', 'state', 'sale')) as readonly {
    payment_request_id: string;
    state: string;
    sale: string;
  }[];
  await books.destroy();
  for (const row of rows) {
    if (row.payment_request_id === paid) continue;
    const sale = JSON.parse(row.sale) as AskedSale;
    const wishes = asked.get(sale.saleReference);
    if (wishes === undefined) complain(`nobody asked for ${sale.saleReference}`);
    else if (!wishes.some((wish) => wish.amount.value === sale.amount.value && wish.description === sale.description))
      complain(`${sale.saleReference} is another sale than was asked for`);
    if (row.state === 'paid') complain(`${sale.saleReference} is paid, and nobody paid`);
  }
  const known = new Map(rows.map((row) => [row.payment_request_id, JSON.parse(row.sale) as AskedSale]));
  for (const { paymentRequestId, amount } of rig.simulator.orders())
    if (known.get(paymentRequestId)?.amount.value !== amount?.value)
      complain(`the upstream has an order that the books do not: ${paymentRequestId}`);
  return rows.length;
}
