import Router, { type RouterMiddleware } from '@koa/router';
import type { z } from 'zod';
import type { Log } from '../base/log.js';
import { TERMINAL_BODY_LIMIT } from '../http/body.js';
import { type AnyEndpoint, type Endpoint, type GuardParts, guard } from '../http/guard.js';
import type { BackOfficeGate, Caller } from './backoffice-gate.js';
import type { Role } from './people.js';

/** One call of the back office as data. */
export interface BackOfficeEndpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> extends Endpoint<P, Q, B> {
  /** The least role; `anyone` for the login alone. */
  readonly role: Role | 'anyone';
}

/** Keeps the types of an endpoint's shapes. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  described: BackOfficeEndpoint<P, Q, B>,
): BackOfficeEndpoint<P, Q, B> {
  return described;
}

type Handle<Who, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = GuardParts<Who, P, Q, B>['handle'];

/** A router whose every route stands behind the role its endpoint names. */
export interface BackOfficeRouter {
  readonly router: Router;
  /** Only for endpoints with a role. */
  route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    endpoint: BackOfficeEndpoint<P, Q, B>,
    handle: Handle<Caller, P, Q, B>,
  ): void;
  /** Only for endpoints that anyone may call. */
  open<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    endpoint: BackOfficeEndpoint<P, Q, B>,
    handle: Handle<null, P, Q, B>,
  ): void;
}

/** Routes of the back office; days, files and pages use it as payments do. */
export function createBackOfficeRouter({
  gate,
  log,
}: {
  readonly gate: Pick<BackOfficeGate, 'admit'>;
  readonly log: Log;
}): BackOfficeRouter {
  const router = new Router({ sensitive: true, strict: true });
  const register = ({ path, method }: AnyEndpoint, middleware: ReturnType<typeof guard>) =>
    router.register(path.replaceAll(/\{(\w+)\}/g, ':$1'), [method], middleware as RouterMiddleware);
  return {
    router,
    route(described, handle) {
      const { role } = described;
      if (role === 'anyone') throw new Error(`${described.name} has no role`);
      register(
        described as unknown as AnyEndpoint,
        guard({ endpoint: described, bodyLimit: TERMINAL_BODY_LIMIT, log, admit: (ctx) => gate.admit(ctx, role), handle }),
      );
    },
    open(described, handle) {
      if (described.role !== 'anyone') throw new Error(`${described.name} needs a role`);
      register(
        described as unknown as AnyEndpoint,
        guard({ endpoint: described, bodyLimit: TERMINAL_BODY_LIMIT, log, admit: () => null, handle }),
      );
    },
  };
}
