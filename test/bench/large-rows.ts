import type { Db } from '#src/books/database-kind.js';
import type { StateName } from '#src/payment/payment.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

/** Which rows are made: so many payments over so many days, the first at `startAt` (ms). */
export interface LargePlan {
  readonly payments: number;
  readonly days: number;
  readonly startAt: number;
}

export const DAY_MS = 86_400_000;
const INSTANCE = 'TEST1';
/** Eight busy lanes, and one on which next to nothing was ever sold. */
export const LANES = ['lane-1', 'lane-2', 'lane-3', 'lane-4', 'lane-5', 'lane-6', 'lane-7', 'lane-8', 'lane-9'] as const;
export const RARE_LANE = 'lane-9';
/** Every tenth payment. */
export const USUAL_AMOUNT = '1980';
/** Ten payments, whatever their number in all. */
export const RARE_AMOUNT = '777777';
/** Begins the references of one payment in two hundred, all of them among the oldest. */
export const OLD_PREFIX = 'WEB-';
/** Every so-manyth payment has its whole story: six journal lines, eight messages, a notification. */
const WHOLE_STORY_EVERY = 1000;
/** Lane events are kept for eight days. */
const EVENT_DAYS = 7;
const BODY = JSON.stringify({ order: { referenceOrderId: '@ref' }, filler: 'as long as a real one '.repeat(30) });

function lifeTemplate(state: StateName): string {
  const { life } = samplePayment(state);
  // Without what the lists do not read, three rows fit a page of the file.
  const paid = life.paid && { ...life.paid, settlement: null, mppPaymentId: null };
  return JSON.stringify({ ...life, paid, code: null, lastResult: null })
    .replaceAll('20260305190741010007AAAA', '@pid')
    .replaceAll(String(SAMPLE_START), '@at')
    .replaceAll(/177267\d{7}/g, '@then');
}

/** One row of `payments` by number; spread as random ids are, and always the same. */
const SEED = `
  seed as (
    select i, (i * 2654435761) % 4294967296 as h, (i * 2246822519) % 4294967296 as g,
      :start + (i * :days * 86400000) / :n as at
    from (with recursive c(i) as (select :from union all select i + 1 from c where i + 1 < :to) select i from c)
  ),
  drawn as (
    select i, h, at,
      '${INSTANCE}-' || printf('%08x%08x%08x', h, g, i) as id,
      case when i % max(:n / 20, 50) = 7 then 'lane-9' else 'lane-' || (1 + (g >> 5) % 8) end as lane,
      case when i % max(:n / 10, 100) = 5 then '${RARE_AMOUNT}' when (h >> 8) % 10 = 0 then '${USUAL_AMOUNT}'
        else cast(1000 + (h >> 8) % 5000 as text) end as value,
      case when i % 100 = 3 then 'USD' else 'JPY' end as currency,
      case when i % 5000 = 11 then 'needs_attention' when h % 1000 < 930 then 'paid' when h % 1000 < 970 then 'failed'
        else 'cancelled' end as state,
      '20260305194010800100' || printf('%012d', i) as pid
    from seed
  ),
  made as (
    select *, case when i < :n / 40 and i % 5 = 0 then '${OLD_PREFIX}' || printf('%07d', i)
      else 'S' || substr(lane, 6) || '-' || printf('%09d', i) end as ref
    from drawn
  )`;

const PAYMENTS = `
  insert into payments (payment_request_id, lane_id, terminal_id, sale_reference, upstream_id, merchant_id, currency, value, sale,
    request_path, request_body, request_sha256, state, holds_lane, under_way, life, version, revision, created_at, updated_at,
    clearing_standing, clearing_day, upstream_payment_id, settled_currency, settled_value)
  with ${SEED}
  select id, lane, 'T01', ref, 'alipayplus', 'shop-1', currency, value,
    '{"saleReference":"' || ref || '","terminalId":"T01","laneId":"' || lane || '","amount":{"currency":"' || currency || '","value":"' || value
      || '"},"description":"Matcha set","expiresInSeconds":null,"goods":null}',
    '/aps/api/v1/payments/pay', cast(case when i % ${WHOLE_STORY_EVERY} = 0 then :body else '{}' end as blob), 'f00d', state, 0, 0,
    replace(replace(replace(case state when 'paid' then :paid when 'failed' then :failed when 'cancelled' then :cancelled
      else :attention end, '@at', at), '@then', at + 20000), '@pid', pid),
    5, 6, at, at + 20000,
    case state when 'paid' then 'completed' when 'needs_attention' then 'undecided' else state end,
    case when state in ('paid', 'cancelled') then date((at + 28800000) / 1000, 'unixepoch') end,
    pid, case when state = 'paid' then 'USD' end, case when state = 'paid' then '1325' end
  from made`;

const JOURNAL = `
  insert into journal (payment_request_id, seq, at, upstream_at, evidence, decision, from_state, to_state)
  with ${SEED}, seqs(seq) as (values (1), (2), (3), (4), (5), (6))
  select id, seq, at + seq * 1000, at + seq * 1000, '{"kind":"inquiryAsked"}', 'moved', 'awaiting_payer', state
  from made, seqs where seq = 1 or i % ${WHOLE_STORY_EVERY} = 0`;

const ATTEMPTS = `
  insert into attempts (payment_request_id, call, phase, at, path, request_headers, request_body, body_sha256, status, answer_headers,
    answer_body, verdict)
  with ${SEED}, seqs(seq) as (values (1), (2), (3), (4), (5), (6), (7), (8))
  select id, case when seq <= 2 then 'pay' else 'inquiryPayment' end, 'answered', at + seq * 900,
    '/aps/api/v1/payments/pay', '{"client-id":"x"}', cast(case when i % ${WHOLE_STORY_EVERY} = 0 then :body else '{}' end as blob), 'f00d', 200,
    '{"signature":"s' || i || '"}', cast(case when i % ${WHOLE_STORY_EVERY} = 0 then :body else '{}' end as blob), 'good'
  from made, seqs where seq = 1 or i % ${WHOLE_STORY_EVERY} = 0`;

const NOTIFICATIONS = `
  insert into notifications (received_at, upstream_id, path, headers, body, body_sha256, verdict, applied, payment_request_id, quarantine)
  with ${SEED}
  select at + 19000, 'alipayplus', '/hooks/notify', '{"client-id":"x"}', cast('{"paymentId":"' || pid || '"}' as blob), 'f00d', 'good', 1, id,
    case when i % 1000 = 9 then 'amountDiffers' end
  from made where state = 'paid'`;

const REFUNDS = `
  insert into refunds (refund_request_id, payment_request_id, refund_reference, is_undo, currency, value, asked_by, request_path, request_body,
    request_sha256, state, refund_id, refunded_at, settlement_currency, settlement_value, version, created_at, updated_at)
  with ${SEED}
  select id || '-R', id, 'R-' || i, 0, currency, '100', '{"kind":"terminal","id":"T01"}', '/refund', cast('{}' as blob), 'f00d', 'refunded',
    'RF' || pid, at + 3600000, 'USD', '67', 2, at + 3500000, at + 3600000
  from made where state = 'paid' and i % 50 = 1`;

const EVENTS = `
  insert into lane_events (lane_id, at, kind, payment_request_id, body)
  with ${SEED}, seqs(seq) as (values (1), (2), (3))
  select lane, at + seq * 1000, 'payment', id,
    '{"life":' || (select life from payments where payment_request_id = id) || ',"version":' || seq || ',"updatedAt":' || (at + seq * 1000) || '}'
  from made, seqs where at >= :start + (:days - ${EVENT_DAYS}) * 86400000`;

const RULINGS = `
  insert into rulings (payment_request_id, ruled_as, reason, proposed_by, proposed_at, state, decided_by, decided_at)
  with ${SEED}
  select id, 'failed', 'Asked the wallet', 'mika', at + 30000, case when i % 10000 = 11 then 'open' else 'rejected' end,
    case when i % 10000 = 11 then null else 'kim' end, case when i % 10000 = 11 then null else at + 60000 end
  from made where state = 'needs_attention'`;

const STATEMENTS = [PAYMENTS, JOURNAL, ATTEMPTS, NOTIFICATIONS, REFUNDS, EVENTS, RULINGS];

/** Adds the rows of payments `from` to `to` (excluded) to SQLite books, with everything that hangs on them. */
export async function insertSome(
  db: Db,
  { payments: n, days, startAt: start }: LargePlan,
  from: number,
  to: number,
): Promise<void> {
  const lives = {
    paid: lifeTemplate('paid'),
    failed: lifeTemplate('failed'),
    cancelled: lifeTemplate('cancelled'),
    attention: lifeTemplate('needs_attention'),
  };
  for (const statement of STATEMENTS) await db.raw(statement, { n, days, start, from, to, body: BODY, ...lives });
}
