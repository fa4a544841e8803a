import Router from '@koa/router';
import type { Context } from 'koa';
import { addMs, type Clock } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { Log } from '../base/log.js';
import { readRawBody, UPSTREAM_BODY_LIMIT } from '../http/body.js';
import { Problem } from '../http/problem.js';
import { signatureHeader } from '../upstream/signature.js';
import { timeText } from '../upstream/signed-call.js';
import type { NotificationReceiver, NotifyingUpstream } from './receive-notification.js';

/** The dialect family's word for "received"; sent for every genuine notification, whatever it says (order-code reference 4.2). */
const ACKNOWLEDGEMENT = Buffer.from('{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}', 'utf8');
/** The word for "send it again", of a code whose payment is not known yet (sibling reference 1.6). */
const NOT_YET = Buffer.from(
  '{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U","resultMessage":"send again"}}',
  'utf8',
);

export interface NotificationRouteParts {
  readonly upstreams: ReadonlyArray<{
    readonly notifying: NotifyingUpstream;
    readonly clockOffsetMs: () => number;
  }>;
  readonly receiver: NotificationReceiver;
  readonly clock: Clock;
  /** Anybody can cause its lines. */
  readonly log: Log;
}

/** Answers POST on the path of each notify URL, and nothing else. The acknowledgement leaves after the commit, signed. */
export function notificationRoutes(parts: NotificationRouteParts): Router {
  const router = new Router({ sensitive: true, strict: true });
  const receivers = parts.upstreams.flatMap((upstream) => {
    const { cashierNotifyPath } = upstream.notifying;
    // What comes there is signed over that path.
    const late = { ...upstream, notifying: { ...upstream.notifying, notifyPath: cashierNotifyPath ?? '' } };
    return cashierNotifyPath === undefined ? [upstream] : [upstream, late];
  });
  for (const upstream of receivers) {
    router.post(upstream.notifying.notifyPath, async (ctx) => {
      const { notifying } = upstream;
      const headers = ctx.req.headersDistinct;
      // Before the body: whoever only makes noise shall cost as little as possible.
      const why = parts.receiver.refusal(notifying, headers);
      if (why !== undefined) throw notGenuine(parts.log, notifying.id, why);
      const body = await readRawBody(ctx, UPSTREAM_BODY_LIMIT);
      const receipt = await parts.receiver.receive(notifying, { headers, body });
      if (receipt.kind === 'notGenuine') throw notGenuine(parts.log, notifying.id, receipt.why);
      killPoint('notification.applied');
      await acknowledge(ctx, parts.clock, upstream, receipt.kind === 'notYet' ? NOT_YET : ACKNOWLEDGEMENT);
      ctx.res.once('finish', () => killPoint('notification.acknowledged'));
    });
  }
  return router;
}

function notGenuine(log: Log, upstreamId: string, why: string): Problem {
  log.warn('a notification is not genuine', { upstreamId, why });
  return new Problem('unauthenticated', 'This notification is not signed by the configured upstream.');
}

async function acknowledge(
  ctx: Context,
  clock: Clock,
  upstream: NotificationRouteParts['upstreams'][number],
  body: Buffer,
): Promise<void> {
  const { notifying } = upstream;
  const time = timeText(notifying.dialect.signing.requestTime, addMs(clock.now(), upstream.clockOffsetMs()));
  const context = { path: notifying.notifyPath, clientId: notifying.clientId, time };
  const signature = await signatureHeader(notifying.keys().signing, context, body);
  ctx.status = 200;
  ctx.set({
    'Content-Type': 'application/json; charset=UTF-8',
    'Client-Id': notifying.clientId,
    'Response-Time': time,
    Signature: signature,
  });
  ctx.body = body;
}
