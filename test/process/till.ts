import { type SeenPayment, TILL_KEY } from '../support/bridge-harness.js';
import { type EventReader, readEvents } from '../support/event-reader.js';
import { type HttpAnswer, type HttpWish, httpCall } from '../support/http-call.js';

/** A whole payment as the till API gives it. */
export type WholePayment = SeenPayment & {
  readonly saleReference: string;
  readonly laneId: string;
  readonly amount: { readonly currency: string; readonly value: string };
  readonly updatedAt: string;
} & Record<string, unknown>;

/** A lane as the till API gives it. */
export interface SeenLane {
  readonly openPayment: WholePayment | null;
  readonly displays: readonly {
    readonly driver: string;
    readonly port: string;
    readonly health: string;
    readonly reason: string | null;
    readonly state: string;
    readonly confirmation: string | null;
  }[];
}

/** A till that talks to a bridge in another process. */
export interface Till {
  call(path: string, wish?: HttpWish): Promise<HttpAnswer>;
  sell(sale?: Record<string, unknown>, waitSeconds?: number): Promise<HttpAnswer>;
  read(id: string): Promise<WholePayment>;
  cancel(id: string): Promise<HttpAnswer>;
  lane(id: string): Promise<SeenLane>;
  /** The stream of a lane; with `lastEventId` it goes on behind that event. */
  events(laneId: string, lastEventId?: string): Promise<EventReader>;
}

let references = 0;

/** A till for the terminal listener at `url`. */
export function createTill(url: string, key: string = TILL_KEY): Till {
  const bearer = { Authorization: `Bearer ${key}` };
  const call: Till['call'] = (path, wish = {}) => httpCall(`${url}${path}`, { ...wish, headers: { ...bearer, ...wish.headers } });
  return {
    call,
    sell(sale = {}, waitSeconds = 3) {
      references += 1;
      return call('/v1/payments', {
        json: {
          saleReference: `P-${process.pid}-${references}`,
          amount: { currency: 'JPY', value: '1980' },
          description: 'Matcha set',
          laneId: 'lane-1',
          ...sale,
        },
        headers: { Prefer: `wait=${waitSeconds}` },
      });
    },
    read: async (id) => (await call(`/v1/payments/${id}`)).json<WholePayment>(),
    cancel: (id) => call(`/v1/payments/${id}/cancel`, { method: 'POST' }),
    lane: async (id) => (await call(`/v1/lanes/${id}`)).json<SeenLane & Record<string, unknown>>(),
    events: (laneId, lastEventId) =>
      readEvents(`${url}/v1/lanes/${laneId}/events`, {
        ...bearer,
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      }),
  };
}
