import { z } from 'zod';
import { isCalendarDay } from '../payment/clearing-day.js';
import { REPORT_KINDS } from '../reconciliation/clearing-name.js';
import { BASES, SIDES, VERDICTS } from '../reconciliation/pick-lines.js';
import { EXCEPTION_KINDS } from '../reconciliation/recon-ports.js';
import { endpoint } from './backoffice-router.js';
import { Reason } from './person-words.js';

const Nothing = z.strictObject({});
const Day = z.string().refine(isCalendarDay, 'must be a day like 2026-03-05, in UTC+8').meta({ format: 'date' });
const DayPath = z.object({ date: Day });
const MOST_ITEMS = 500;
const USUAL_ITEMS = 100;
const Listing = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MOST_ITEMS).default(USUAL_ITEMS),
  cursor: z.coerce.number().int().min(0).default(0),
});

const LineListing = Listing.extend({
  verdict: z
    .enum(VERDICTS)
    .optional()
    .meta({ description: 'With one of the others: the verdict under which the totals count it.' }),
  basis: z
    .enum(BASES)
    .optional()
    .meta({ description: 'Only lines that the totals of this basis count; `transaction` when only currency or side is given.' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .meta({ description: 'Only lines that the totals count in this currency.' }),
  side: z.enum(SIDES).optional().meta({ description: 'Only lines that the totals count on this side.' }),
});

const FileJson = z
  .looseObject({ name: z.string(), kind: z.enum(REPORT_KINDS), state: z.enum(['arrived', 'missing', 'refused']) })
  .meta({ id: 'ClearingFile' });

const FigureJson = z
  .looseObject({ count: z.int(), value: z.string().meta({ description: 'Net, C − D, in smallest units, as signed text.' }) })
  .meta({ id: 'Figure' });

const TotalsJson = z
  .looseObject({
    currency: z.string(),
    basis: z.enum(['transaction', 'settlement']),
    ours: FigureJson,
    theirs: FigureJson,
    matched: FigureJson,
    shifted: FigureJson,
    waiting: FigureJson,
    exceptions: FigureJson,
    theirShifted: FigureJson,
    theirExceptions: FigureJson,
    withoutSettlementAmount: z.int(),
  })
  .meta({
    id: 'Totals',
    description: 'ours = matched + shifted + waiting + exceptions; theirs = matched + theirShifted + theirExceptions.',
  });

const DayJson = z
  .looseObject({
    date: z.string().meta({ description: 'The clearing day, UTC+8.' }),
    sealed: z.boolean(),
    sealedBy: z.string().nullable(),
    sealedAt: z.string().nullable(),
    compared: z.boolean().meta({ description: 'Before the first run there are no totals.' }),
    compareAgain: z.boolean().meta({
      description:
        'Files have arrived that the comparison in force has not read, of the day or beside one with waiting rows, or a day before it was sealed with such rows.',
    }),
    files: z.array(FileJson),
    totals: z.array(TotalsJson),
    exceptions: z.looseObject({ open: z.int(), resolved: z.int() }),
    waiting: z
      .looseObject({
        count: z.int(),
        amounts: z.array(z.looseObject({ currency: z.string(), value: z.string() })),
        until: z.string(),
      })
      .meta({ description: 'Rows that wait for the cycle of `until`; those that its reports lack are exceptions of that day.' }),
  })
  .meta({ id: 'Day' });

const Amount = z.string().nullable();
const LineMoneyJson = z
  .looseObject({ ours: Amount, theirs: Amount, oursSettled: Amount, theirsSettled: Amount })
  .meta({ description: 'Signed decimals with their currency, `USD -19.80`.' });

const LineJson = z
  .looseObject({
    type: z.enum(['payment', 'refund']),
    verdict: z.enum(['matched', 'shifted', 'waiting', 'exception']),
    paymentRequestId: z.string().nullable(),
    refundRequestId: z.string().nullable(),
    file: z.string().nullable().meta({ description: 'null: the row stands only in our books.' }),
    line: z.int().nullable(),
    exceptionId: z.string().nullable(),
    money: LineMoneyJson.meta({ description: 'What each side says; null: it has no such amount.' }),
    counted: LineMoneyJson.meta({ description: 'What the totals of the day count of it; null: they leave it out.' }),
  })
  .meta({ id: 'Line' });

const ExceptionJson = z
  .looseObject({
    id: z.string(),
    date: z.string(),
    kind: z.enum(EXCEPTION_KINDS),
    cause: z.string(),
    act: z.string(),
    paymentRequestId: z.string().nullable(),
    refundRequestId: z.string().nullable(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    state: z.enum(['open', 'resolved']),
    resolution: z.looseObject({ by: z.string(), at: z.string(), reason: z.string() }).nullable(),
    links: z.looseObject({ timeline: z.string().nullable(), line: z.string().nullable(), file: z.string().nullable() }),
  })
  .meta({ id: 'Exception' });

const page = (items: z.ZodType) => z.looseObject({ items: z.array(items), nextCursor: z.string().nullable() });

const READING = ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'] as const;
const WRITING = [...READING, 'forbidden', 'body_too_large', 'unsupported_media_type'] as const;

export const readDay = endpoint({
  name: 'readDay',
  role: 'viewer',
  method: 'get',
  path: '/api/days/{date}',
  summary: 'A clearing day: its files, its sums, its exceptions, its seal',
  params: DayPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The day.', schema: DayJson } },
  problems: READING,
});

export const listLines = endpoint({
  name: 'listLines',
  role: 'viewer',
  method: 'get',
  path: '/api/days/{date}/lines',
  summary: 'The lines of a day with their verdicts',
  description:
    'With verdict, basis, currency or side only what is asked for; with currency and side exactly the lines that the figure of the totals counts. A page may then be short or empty and still have a nextCursor.',
  params: DayPath,
  query: LineListing,
  body: null,
  answers: { 200: { says: 'A page.', schema: page(LineJson) } },
  problems: READING,
});

export const listExceptions = endpoint({
  name: 'listExceptions',
  role: 'viewer',
  method: 'get',
  path: '/api/days/{date}/exceptions',
  summary: 'The exceptions of a day, each with its cause and what to do',
  params: DayPath,
  query: Listing,
  body: null,
  answers: { 200: { says: 'A page.', schema: page(ExceptionJson) } },
  problems: READING,
});

export const exportDay = endpoint({
  name: 'exportDay',
  role: 'viewer',
  method: 'get',
  path: '/api/days/{date}/export.csv',
  summary: 'The lines of a day with their verdicts, as CSV',
  description:
    'UTF-8 without a byte order mark. The columns ours, theirs, oursSettled and theirsSettled are plain decimals, each with its currency in a column of its own, and come to the totals of the day; what these leave out stands as text in notCounted. Exceptions that have no line are rows without amounts.',
  params: DayPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'All lines, and all exceptions.', mediaType: 'text/csv', schema: z.string() } },
  problems: READING,
});

export const runDay = endpoint({
  name: 'runDay',
  role: 'operator',
  method: 'post',
  path: '/api/days/{date}/run',
  summary: 'Compare a day with our books; as often as wanted until it is sealed',
  params: DayPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The day as it now stands.', schema: DayJson } },
  problems: [...WRITING, 'day_closed'],
});

export const closeDay = endpoint({
  name: 'closeDay',
  role: 'approver',
  method: 'post',
  path: '/api/days/{date}/close',
  summary: 'Seal a day that was compared and has no open exception: nothing changes it any more',
  params: DayPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The sealed day.', schema: DayJson } },
  problems: [...WRITING, 'day_closed', 'exceptions_open'],
});

export const importFiles = endpoint({
  name: 'importFiles',
  role: 'operator',
  method: 'post',
  path: '/api/clearing-files',
  summary: 'Take report files in, all of them or none',
  description:
    'At most 100 files of 64 MiB each. One bad file refuses the whole request, with file, line and column. It may take up to two hours, as long as something comes every half minute.',
  params: Nothing,
  query: Nothing,
  bodyMediaType: 'multipart/form-data',
  body: z
    .object({ files: z.array(z.string().meta({ format: 'binary' })).min(1) })
    .meta({ id: 'ReportFiles', description: 'Each file under its own name, in the field `files`.' }),
  answers: {
    201: { says: 'At least one file is new.', schema: z.looseObject({ files: z.array(FileJson) }) },
    200: { says: 'All of them were here before; nothing changed.', schema: z.looseObject({ files: z.array(FileJson) }) },
  },
  problems: [...WRITING, 'request_timeout', 'file_conflict', 'file_duplicate'],
});

export const readFile = endpoint({
  name: 'readFile',
  role: 'viewer',
  method: 'get',
  path: '/api/clearing-files/{name}',
  summary: 'A stored report file, with the lines in which it states its own figures',
  params: z.object({ name: z.string() }),
  query: Nothing,
  body: null,
  answers: {
    200: {
      says: 'The file.',
      schema: z.looseObject({
        name: z.string(),
        kind: z.enum(REPORT_KINDS),
        date: z.string(),
        state: z.enum(['arrived', 'late']),
        size: z.int().meta({ description: 'Bytes.' }),
        sha256: z.string(),
        lines: z.int().meta({ description: 'Detail lines.' }),
        stated: z.array(z.looseObject({ line: z.int(), link: z.string() })),
        links: z.looseObject({ day: z.string(), stated: z.array(z.string()) }),
      }),
    },
  },
  problems: [...READING, 'not_found'],
});

export const readFileLine = endpoint({
  name: 'readFileLine',
  role: 'viewer',
  method: 'get',
  path: '/api/clearing-files/{name}/lines/{line}',
  summary: 'One line of a stored report file, as it was read',
  params: z.object({ name: z.string(), line: z.string() }),
  query: Nothing,
  body: null,
  answers: {
    200: {
      says: 'The line.',
      schema: z.looseObject({
        file: z.string(),
        line: z.int(),
        raw: z.string().nullable().meta({
          description:
            'The line, put together out of its cells: to the letter but for quotes that CSV does not need. null: its header is not known, an older version took the file in.',
        }),
        columns: z
          .record(z.string(), z.string())
          .meta({ description: 'By the names and in the order of the header of the file.' }),
      }),
    },
  },
  problems: [...READING, 'not_found'],
});

export const resolveException = endpoint({
  name: 'resolveException',
  role: 'operator',
  method: 'post',
  path: '/api/exceptions/{id}/resolve',
  summary: 'Call an exception settled, with the reason',
  params: z.object({ id: z.string() }),
  query: Nothing,
  body: z.strictObject({ reason: Reason }).meta({ id: 'Resolution' }),
  answers: { 200: { says: 'The exception, resolved.', schema: ExceptionJson } },
  problems: [...WRITING, 'not_found', 'day_closed'],
});
