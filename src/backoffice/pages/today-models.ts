import type { DisplayNow, LaneNow, Need, NeedKind, NeedList } from '../today-ports.js';
import type { WordKey } from './words/words.js';

type Tone = 'good' | 'bad' | 'wait' | 'info' | 'still';

/** A lane as it is drawn. */
export interface LaneModel extends LaneNow {
  readonly word: { readonly key: WordKey; readonly tone: Tone };
  /** A picture of the code is drawn once, beside the lane, where no display of it keeps a picture. */
  readonly drawsCode: boolean;
}

/** Pure: a lane with the word that says how it is. */
export function laneModel(lane: LaneNow): LaneModel {
  const word = lane.troubles.length > 0 ? CANNOT : lane.payment !== null ? BUSY : FREE;
  return { ...lane, word, drawsCode: lane.codeUntil !== null && lane.displays.every(({ glass }) => glass === null) };
}

const CANNOT = { key: 'lane.cannot', tone: 'bad' } as const;
const BUSY = { key: 'lane.busy', tone: 'info' } as const;
const FREE = { key: 'lane.free', tone: 'good' } as const;

/** How the health of a display is coloured; the word stands beside it. */
export const HEALTH_TONE: Readonly<Record<DisplayNow['health'], Tone>> = { ready: 'good', degraded: 'wait', absent: 'bad' };

/** One thing to do, as it is drawn. */
export interface NeedLine extends Need {
  /** Unlike any other on the page, and the same while it waits. */
  readonly id: string;
  readonly label: WordKey;
  readonly act: WordKey;
  readonly tone: Tone;
  /** Where it is done, once that page is there. */
  readonly page: string | null;
}

const PAGES: Partial<Record<NeedKind, string>> = { alert: '/alerts', ruling: '/rulings', quarantine: '/quarantine' };
const TONES: Readonly<Record<NeedKind, Tone>> = {
  attention: 'bad',
  alert: 'bad',
  undo: 'bad',
  refund: 'wait',
  ruling: 'info',
  quarantine: 'wait',
  exceptions: 'wait',
  sealed: 'wait',
  late: 'wait',
};

/** Pure: everything that waits, oldest first whatever its kind. */
export function needLines(lists: readonly NeedList[]): readonly NeedLine[] {
  return lists
    .flatMap(({ needs }) => needs)
    .toSorted((a, b) => a.since - b.since)
    .map((need) => ({
      ...need,
      id: [need.kind, need.paymentRequestId ?? need.day ?? '', need.since].join(' '),
      label: `need.${need.kind}`,
      act: `need.${need.kind}.act`,
      tone: TONES[need.kind],
      page: need.day === null ? (PAGES[need.kind] ?? null) : `/days/${need.day}`,
    }));
}
