import { type Instant, parseIsoTime, utc8Text } from '../base/clock.js';
import { type ExpectedSet, isCycleComplete } from '../reconciliation/file-findings.js';
import { cycleAfter } from '../reconciliation/match-day.js';
import type { StoredFile } from '../reconciliation/recon-ports.js';

/** Files stay on the server for so many days (order-code reference 6.3). */
export const KEPT_DAYS = 7;
/** From this age on a missing day may soon be missing for good. */
const URGENT_DAYS = 5;
/** Reports are produced at 08:00 UTC+8 (order-code reference 6.1); half an hour later they should be whole. */
const FIRST_LOOK_AT = '08:30:00+08:00';

/** Reports that are expected, and from what time of the next day on their absence is an alarm. */
export interface ExpectedReports extends ExpectedSet {
  /** Time of day with an offset, like `12:00+08:00`. */
  readonly alarmAt: string;
}

/** A clearing day whose reports are late. */
export interface LateDay {
  readonly day: string;
  readonly isUrgent: boolean;
  /** A sentence without a full stop. */
  readonly message: string;
}

/** The clearing days that may still lie on the server, oldest first, without today. */
export function recentDays(now: Instant): readonly string[] {
  const today = utc8Text(now).slice(0, 10);
  return Array.from({ length: KEPT_DAYS }, (_unused, at) => cycleAfter(today, at - KEPT_DAYS));
}

function lacks(set: ExpectedSet, files: readonly StoredFile[], day: string): boolean {
  const { participantId, settlementCurrency, participantAgreementId } = set;
  const own = files.filter(
    (file) =>
      file.state !== 'refused' &&
      file.participantId === participantId &&
      file.settlementCurrency === settlementCurrency &&
      file.participantAgreementId === participantAgreementId,
  );
  // One that came after its day was sealed has come.
  const counted = own.map((file) => ({ ...file, state: 'arrived' as const }));
  return !isCycleComplete(counted, [set], day);
}

const isPast = (now: Instant, day: string, time: string) => now >= (parseIsoTime(`${cycleAfter(day, 1)}T${time}`) ?? Infinity);

/** Whether something is missing of a recent day that should be on the server by now. */
export function isAnythingDue(now: Instant, expected: readonly ExpectedReports[], files: readonly StoredFile[]): boolean {
  return recentDays(now).some((day) => isPast(now, day, FIRST_LOOK_AT) && expected.some((set) => lacks(set, files, day)));
}

/** The recent days that are not whole although their alarm time is over, oldest first. */
export function lateDays(now: Instant, expected: readonly ExpectedReports[], files: readonly StoredFile[]): readonly LateDay[] {
  const days = recentDays(now);
  return days.flatMap((day, at): LateDay[] => {
    const late = expected.filter((set) => isPast(now, day, set.alarmAt) && lacks(set, files, day));
    if (late.length === 0) return [];
    const isUrgent = days.length - at >= URGENT_DAYS;
    const sets = late.map(({ participantId, settlementCurrency }) => `${participantId} ${settlementCurrency}`).join(', ');
    const urgency = isUrgent
      ? `; the server keeps files for ${KEPT_DAYS} days only, these until about ${cycleAfter(day, KEPT_DAYS + 1)}`
      : '';
    return [{ day, isUrgent, message: `the clearing reports of ${day} are not there whole (${sets})${urgency}` }];
  });
}
