import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import type { AnyEndpoint } from './guard.js';
import { PROBLEM_STATUS, type ProblemCode, problemTitle } from './problem.js';

/** Names of the ways to show who one is, all of them needed together. */
export type SecurityNeed = { readonly [scheme in string]?: string[] };

/** What one OpenAPI document is made of. */
export interface ApiToDescribe<E extends AnyEndpoint> {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Names and texts of the ways to show who one is; `securityOf` says which of them a call takes. */
  readonly securitySchemes: Readonly<Record<string, Parameters<OpenAPIRegistry['registerComponent']>[2]>>;
  readonly security: readonly SecurityNeed[];
  /** Of one call, where it differs from `security`. */
  readonly securityOf?: (endpoint: E) => readonly SecurityNeed[] | undefined;
  readonly endpoints: readonly E[];
  readonly tagOf: (endpoint: E) => string;
  readonly headersOf?: (endpoint: E) => z.ZodObject | undefined;
  readonly problem: z.ZodType;
}

/** The OpenAPI 3.1 document of an API, made from the same table and schemas that guard it. */
export function describeApi<E extends AnyEndpoint>(api: ApiToDescribe<E>): object {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(api.securitySchemes)) registry.registerComponent('securitySchemes', name, scheme);
  for (const endpoint of api.endpoints) registry.registerPath(routeOf(endpoint, api));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: api.title,
      version: api.version,
      description: api.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: needs(api.security),
  });
}

function needs(security: readonly SecurityNeed[]): Record<string, string[]>[] {
  return security.map((need) => Object.fromEntries(Object.entries(need).map(([scheme, scopes]) => [scheme, scopes ?? []])));
}

function routeOf<E extends AnyEndpoint>(endpoint: E, api: ApiToDescribe<E>): RouteConfig {
  const headers = api.headersOf?.(endpoint);
  const security = api.securityOf?.(endpoint);
  const { body, bodyMediaType = 'application/json' } = endpoint;
  return {
    operationId: endpoint.name,
    method: endpoint.method,
    path: endpoint.path,
    tags: [api.tagOf(endpoint)],
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    ...(security === undefined ? {} : { security: needs(security) }),
    request: {
      params: endpoint.params,
      query: endpoint.query,
      ...(headers === undefined ? {} : { headers }),
      ...(body === null ? {} : { body: { required: !body.isOptional(), content: { [bodyMediaType]: { schema: body } } } }),
    },
    responses: { ...answersOf(endpoint), ...problemsOf(endpoint, api.problem) },
  };
}

function answersOf(endpoint: AnyEndpoint): RouteConfig['responses'] {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, { says, mediaType, schema }]) => [
      status,
      status === '204'
        ? { description: says }
        : { description: says, content: { [mediaType ?? 'application/json']: { schema } } },
    ]),
  );
}

function problemsOf(endpoint: AnyEndpoint, schema: z.ZodType): RouteConfig['responses'] {
  const always: readonly ProblemCode[] = ['forbidden', 'host_not_allowed', 'internal_error'];
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...endpoint.problems, ...always])) {
    byStatus.set(PROBLEM_STATUS[code], [...(byStatus.get(PROBLEM_STATUS[code]) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => endpoint.answers[status] === undefined)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${problemTitle(code)}.`).join(' '),
          content: { 'application/problem+json': { schema } },
        },
      ]),
  );
}
