import { roleCovers } from './backoffice/people.js';
import { Reason } from './backoffice/person-words.js';
import type { SessionDesk } from './backoffice/session-desk.js';
import { consoleName } from './backoffice/user-desk.js';
import { clearingSources, NoSuchFile } from './clearing-sources.js';
import type { ReportDesk } from './courier/report-desk.js';
import { isCalendarDay } from './payment/clearing-day.js';
import type { ReconDesk } from './reconciliation/recon-desk.js';
import { exceptionJson } from './reconciliation/recon-views.js';
import { type AdminAnswer, done } from './technician/admin-messages.js';
import type { AdminHandler } from './technician/admin-socket.js';

function refused(code: string, message: string): AdminAnswer {
  return { kind: 'refused', code, message };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Who may seal a day: decided by whoever knows the people. */
type SealerCheck = (name: string, password: string) => Promise<'approver' | 'notApprover' | 'unknown' | 'locked' | 'busy'>;

/** Sealing asks for the password anew, counts wrong ones as a login does, and needs an approver. */
export function sealerCheck(checkPassword: SessionDesk['checkPassword']): SealerCheck {
  return async (name, password) => {
    const checked = await checkPassword(name, password);
    if (checked.kind !== 'right') return checked.kind === 'wrong' ? 'unknown' : checked.kind;
    return roleCovers(checked.person.role, 'approver') ? 'approver' : 'notApprover';
  };
}

type Given = Readonly<Record<string, unknown>>;

/** Refuses whoever is no approver with that password; `rest`: how things stay then. Undefined: it is one. */
async function notAnApprover(check: SealerCheck, args: Given, rest: string): Promise<AdminAnswer | undefined> {
  const by = String(args['by']);
  switch (await check(by, String(args['password'] ?? ''))) {
    case 'approver':
      return undefined;
    case 'unknown':
      return refused('forbidden', `${by} is not known, or the password is wrong; ${rest}`);
    case 'locked':
      return refused('forbidden', `${by} is locked after wrong passwords; ${rest}`);
    case 'busy':
      return refused('too_many_requests', `too many passwords wait to be checked; ${rest}. Repair: try again in some seconds.`);
    case 'notApprover':
      return refused('forbidden', `${by} is no approver; ${rest}`);
  }
}

async function takeBack(desk: ReconDesk, check: SealerCheck, args: Given): Promise<AdminAnswer> {
  const rest = 'the file stays in the books';
  const no = await notAnApprover(check, args, rest);
  if (no !== undefined) return no;
  const name = String(args['name']);
  const reason = Reason.safeParse(args['reason']);
  if (!reason.success) return refused('invalid_request', `the reason must have 1 to 1000 characters; ${rest}`);
  const taken = await desk.takeBack(name, String(args['by']), reason.data);
  if (taken === 'unknown') return refused('not_found', `the books hold no file ${name}; it is named without a folder`);
  if (taken === 'sealed') return refused('day_closed', `the day of ${name} is sealed: it never changes again`);
  return done({ name, day: taken.day });
}

async function closeDay(desk: ReconDesk, check: SealerCheck, args: Given): Promise<AdminAnswer> {
  const date = String(args['date']);
  const by = String(args['by']);
  const no = await notAnApprover(check, args, 'the day stays open');
  if (no !== undefined) return no;
  const closed = await desk.close(date, by);
  switch (closed) {
    case 'sealed':
      return refused('day_closed', `${date} is sealed already`);
    case 'open':
      return refused('exceptions_open', `${date} has open exceptions: resolve them first`);
    case 'running':
      return refused('day_running', `${date} is not over yet in UTC+8 and its reports are not there: seal it when they are`);
    case 'newFiles':
      return refused(
        'compare_again',
        `files or sales of ${date}, or files beside it, have arrived since it was compared, or a day before it was sealed: ocbridge recon run ${date}`,
      );
    case 'neverRun':
      return refused('never_run', `${date} was never compared: ocbridge recon run ${date}`);
    default:
      return done(closed);
  }
}

async function fetchDay(reports: ReportDesk, date: string, by: string): Promise<AdminAnswer> {
  if (!isCalendarDay(date)) return refused('not_found', `${date} is no day like 2026-03-05`);
  if (reports.canFetch) return done(await reports.fetch(date, by));
  const message =
    'no server of the reports is configured. Repair: add sftp to the entry under reconciliation, see docs/clearing.md';
  return refused('config.wrong', message);
}

/** The verbs of `ocbridge recon …`, of a running bridge as of one that is stopped. */
export function reconVerbs(desk: ReconDesk, reports: ReportDesk, check: SealerCheck): Readonly<Record<string, AdminHandler>> {
  return {
    'recon.fetch': ({ date, account }) => fetchDay(reports, String(date), consoleName(account)),
    'recon.import': async ({ paths, account }) => {
      try {
        return done(await desk.import(await clearingSources(textsOf(paths)), consoleName(account)));
      } catch (error) {
        if (error instanceof NoSuchFile) return refused('not_found', error.message);
        throw error;
      }
    },
    'recon.run': async ({ date, account }) => {
      if (!isCalendarDay(String(date))) return refused('not_found', `${String(date)} is no day like 2026-03-05`);
      const day = await desk.run(String(date), consoleName(account));
      if (day === 'notBegun')
        return refused('not_found', `${String(date)} has not begun in UTC+8, and no file of it is there: look at the date again`);
      return day === 'sealed' ? refused('day_closed', `${String(date)} is sealed: it never changes again`) : done(day);
    },
    'recon.exceptions': async ({ date }) => {
      if (!isCalendarDay(String(date))) return refused('not_found', `${String(date)} is no day like 2026-03-05`);
      const { items, nextCursor } = await desk.exceptions(String(date), 0, MOST_TOLD);
      return done({ items: items.map(exceptionJson), nextCursor });
    },
    'recon.progress': async () => done(desk.progress() ?? reports.progress()),
    'recon.close': (args) => closeDay(desk, check, args),
    'recon.take-back': (args) => takeBack(desk, check, args),
  };
}

/** Exceptions that a command prints; the back office has them all. */
const MOST_TOLD = 100;
