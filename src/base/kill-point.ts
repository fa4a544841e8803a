/**
 * Instants between two steps at which a power cut would be interesting, each with what is done by then and what is not. Tests arm them;
 * the program as it ships never does.
 */
export const KILL_POINTS = {
  'sale.parsed': 'the sale is read and its bytes are frozen; nothing is stored',
  'record.decided': 'evidence is weighed; nothing of it is stored',
  'record.committed': 'a sale, or what evidence made of a payment, is stored; nobody was told, no glass has changed',
  'act.recorded': 'what a person did is written, with its act in the chain; nothing of it is committed',
  'ruling.stored': 'what a person proposed or rejected is stored; nobody was told',
  'call.frozen': 'a call is on record; nothing is signed',
  'call.answered': 'an answer is read; nothing of it is verified',
  'call.verified': 'an answer is verified and read; nothing of it is stored',
  'notification.read': 'a notification is verified; it is not stored',
  'notification.stored': 'a notification is stored; it is not applied',
  'notification.applied': 'a notification is applied; it is not acknowledged',
  'notification.acknowledged': 'a notification is acknowledged; the till may not have been told',
  'glass.halfWritten': 'half of a write to a display has left',
  'glass.shown': 'a frame stands on the glass; it is not recorded, the till is not told',
  'events.read': 'an event is read from the books; the till did not get it',
  'import.run': 'a stretch of lines of a report file is stored; the file is not admitted',
  'import.staged': 'every report file of an import is read; none is admitted',
  'match.page': 'a stretch of a compared day is stored; the comparison is not in force',
  'match.compared': 'every line of a day is compared and stored; the comparison is not in force',
  'books.migrating': 'a statement of a migration has run; the migration is not committed',
  'shutdown.begun': 'new work is refused; glasses and calls are as they were',
  'shutdown.quiet': 'glasses are blank and calls have ended; books and listeners are open',
} as const satisfies Readonly<Record<string, string>>;

export type KillPoint = keyof typeof KILL_POINTS;

/**
 * What a test does when a point is reached. `about` says of what kind (a path, a kind of evidence); `halfWay` does half of the step that
 * would come next.
 */
export type KillPointHandler = (point: KillPoint, about: string, halfWay: () => void) => void;

let armed: KillPointHandler | undefined;

const nothing = () => {};

/** Marks an instant at which a test may end this process; does nothing unless armed. */
export function killPoint(point: KillPoint, about = '', halfWay: () => void = nothing): void {
  armed?.(point, about, halfWay);
}

/** For tests alone: from now on `handler` is called at every point; `undefined` disarms. */
export function armKillPoints(handler: KillPointHandler | undefined): void {
  armed = handler;
}
