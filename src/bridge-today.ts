import type { LaneNow, Need, NeedKind, NeedList, TodayPorts } from './backoffice/today-ports.js';
import { addMs, type Clock, parseIsoTime } from './base/clock.js';
import type { WaitingList } from './books/needs-books.js';
import type { StoredBooks } from './bridge-books.js';
import type { JoinedDisplays } from './bridge-displays.js';
import { pictures } from './bridge-pictures.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig, LaneConfig } from './config/bridge-config.js';
import type { ReportWatch } from './courier/watch-reports.js';
import type { VirtualGlass } from './display/drivers/virtual-glass.js';
import type { LaneId, Payment } from './payment/payment.js';
import type { TerminalViews } from './terminal/terminal-views.js';

export interface TodayJoints {
  readonly config: BridgeConfig;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
  readonly displays: JoinedDisplays;
  readonly views: TerminalViews;
  readonly reportWatch: Pick<ReportWatch, 'late'>;
  readonly clock: Clock;
}

/** So many of each kind are listed. */
const LISTED = 50;
/** A refund is answered within seconds; one that still has no end after this long is worth a look. */
const REFUND_IS_LATE_MS = 15 * 60_000;
/** A late file can never be resolved, as its day is sealed: after so long it stands in the calendar only. */
const LATE_FILES_LISTED_MS = 30 * 24 * 3_600_000;

/** Joins the front page of the back office to the glasses, the books and the upstreams. */
export function joinToday({ config, stored, upstreams, displays, views, reportWatch, clock }: TodayJoints): TodayPorts {
  const laneNow = (lane: LaneConfig, payment: Payment | null, troubles: readonly string[]): LaneNow => {
    const glasses = [...displays.virtual(lane.id)];
    return {
      laneId: lane.id,
      payment,
      codeUntil: payment !== null && views.showableCode(payment) !== undefined ? codeEnd(payment, upstreams) : null,
      troubles,
      // Virtual displays stand among the others in their own order.
      displays: displays.statuses(lane.id as LaneId).map((status) => ({
        ...status,
        glass: status.driver === 'virtual' ? glassNow(glasses.shift()) : null,
      })),
    };
  };

  return {
    async lanes() {
      const [open, blocked] = [await stored.reading.open(), new Set(await stored.reading.blockedLanes())];
      const onLane = new Map(open.map((payment) => [payment.laneId as string, payment]));
      return config.lanes.map((lane) => {
        const { line } = upstreams.of(lane.upstream);
        const cut = line.isCut() ? [line.trouble()?.code ?? []].flat() : [];
        return laneNow(lane, onLane.get(lane.id) ?? null, blocked.has(lane.id) ? ['books.unreadableRow', ...cut] : cut);
      });
    },
    async picture(laneId, display) {
      const payment = await stored.payments.openOnLane(laneId as LaneId);
      const code = payment && views.showableCode(payment);
      if (payment === undefined || code === undefined) return undefined;
      const leftMs = Math.max(0, (codeEnd(payment, upstreams) ?? clock.now()) - clock.now());
      if (display === null) return { svg: await pictures.svg(code), leftMs };
      const before = displays.statuses(laneId as LaneId).slice(0, display + 1);
      if (before.length <= display || before.at(-1)?.driver !== 'virtual') return undefined;
      const glass = displays.virtual(laneId)[before.filter(({ driver }) => driver === 'virtual').length - 1];
      const frame = glass?.frame();
      // A glass that lags behind by an instant must not show what is over.
      const png = frame?.kind === 'scan' && frame.codeText === code ? glass?.picture() : null;
      return png == null ? undefined : { svg: pngInSvg(png), leftMs };
    },
    needs: () => needsOf({ stored, reportWatch, clock }),
    paidByHour: stored.sales.paidByHour,
    refundedBetween: stored.sales.refundedBetween,
  };
}

function codeEnd({ life, upstreamId }: Payment, upstreams: JoinedUpstreams) {
  return life.code === null ? null : addMs(life.code.expiresAt, -upstreams.offsetMs(upstreamId));
}

function glassNow(glass: VirtualGlass | undefined): LaneNow['displays'][number]['glass'] {
  if (glass === undefined) return null;
  const { amount, line1, line2 } = glass.texts();
  return { kind: glass.frame().kind, texts: [amount, line1, line2].filter((text) => text !== undefined) };
}

/** As an SVG, so that it can be made to end by itself. */
function pngInSvg(png: Buffer): string {
  const data = `data:image/png;base64,${png.toString('base64')}`;
  const box = 'width="400" height="400"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} viewBox="0 0 400 400"><image ${box} image-rendering="pixelated" href="${data}"/></svg>`;
}

async function needsOf({
  stored,
  reportWatch,
  clock,
}: Pick<TodayJoints, 'stored' | 'reportWatch' | 'clock'>): Promise<readonly NeedList[]> {
  const now = clock.now();
  const { needs } = stored;
  const list = async (kind: NeedKind, waiting: Promise<WaitingList>): Promise<NeedList> => {
    const { rows, ...more } = await waiting;
    return { kind, ...more, needs: rows.map((row) => ({ ...row, kind })) };
  };
  return Promise.all([
    list('attention', needs.attention(LISTED)),
    list('alert', needs.alerts(LISTED)),
    list('undo', needs.refusedUndos(LISTED)),
    list('refund', needs.openRefunds(LISTED, addMs(now, -REFUND_IS_LATE_MS))),
    list('ruling', needs.openRulings(LISTED)),
    list('quarantine', needs.quarantined(LISTED)),
    list('exceptions', needs.daysWithExceptions(LISTED)),
    lateDays(reportWatch),
    list('sealed', needs.sealedDaysWithExceptions(LISTED, addMs(now, -LATE_FILES_LISTED_MS))),
  ]);
}

/** Late since the day was over. */
async function lateDays(reportWatch: TodayJoints['reportWatch']): Promise<NeedList> {
  const needs = (await reportWatch.late()).flatMap(({ day }): Need[] => {
    const began = parseIsoTime(`${day}T00:00:00+08:00`);
    const nothing = { paymentRequestId: null, reference: null, amount: null, count: null, by: null };
    return began === undefined ? [] : [{ ...nothing, kind: 'late', since: addMs(began, DAY_MS), day }];
  });
  return { kind: 'late', needs, more: 0, isMoreCounted: true };
}

const DAY_MS = 24 * 3_600_000;
