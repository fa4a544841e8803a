import Router from '@koa/router';
import type { Context } from 'koa';
import { addMs, type Clock } from '../base/clock.js';
import { readRawBody, UPSTREAM_BODY_LIMIT } from '../http/body.js';
import { Problem } from '../http/problem.js';
import { signatureHeader } from '../upstream/signature.js';
import { timeText } from '../upstream/signed-call.js';
import type { NotificationReceiver, NotifyingUpstream } from './receive-notification.js';

/** The dialect family's word for "received"; sent for every genuine notification, whatever it says (order-code reference 4.2). */
const ACKNOWLEDGEMENT = Buffer.from('{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}', 'utf8');

export interface NotificationRouteParts {
  readonly upstreams: ReadonlyArray<{
    readonly notifying: NotifyingUpstream;
    readonly clockOffsetMs: () => number;
  }>;
  readonly receiver: NotificationReceiver;
  readonly clock: Clock;
}

/** Answers POST on the path of each notify URL, and nothing else. The acknowledgement leaves after the commit, signed. */
export function notificationRoutes(parts: NotificationRouteParts): Router {
  const router = new Router({ sensitive: true, strict: true });
  for (const upstream of parts.upstreams) {
    router.post(upstream.notifying.notifyPath, async (ctx) => {
      const body = await readRawBody(ctx, UPSTREAM_BODY_LIMIT);
      const receipt = await parts.receiver.receive(upstream.notifying, { headers: ctx.req.headersDistinct, body });
      if (receipt.kind === 'notGenuine')
        throw new Problem('unauthenticated', 'This notification is not signed by the configured upstream.');
      await acknowledge(ctx, parts.clock, upstream);
    });
  }
  return router;
}

async function acknowledge(ctx: Context, clock: Clock, upstream: NotificationRouteParts['upstreams'][number]): Promise<void> {
  const { notifying } = upstream;
  const time = timeText(notifying.dialect.signing.requestTime, addMs(clock.now(), upstream.clockOffsetMs()));
  const context = { path: notifying.notifyPath, clientId: notifying.clientId, time };
  const signature = await signatureHeader(notifying.keys().signing, context, ACKNOWLEDGEMENT);
  ctx.status = 200;
  ctx.set({
    'Content-Type': 'application/json; charset=UTF-8',
    'Client-Id': notifying.clientId,
    'Response-Time': time,
    Signature: signature,
  });
  ctx.body = ACKNOWLEDGEMENT;
}
