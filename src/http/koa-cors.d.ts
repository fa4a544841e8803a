declare module '@koa/cors' {
  import type { Context, Middleware } from 'koa';

  export interface CorsOptions {
    origin?: (ctx: Context) => string;
    allowMethods?: readonly string[];
    allowHeaders?: readonly string[];
    exposeHeaders?: readonly string[];
    maxAge?: number;
    credentials?: boolean;
    privateNetworkAccess?: boolean;
  }
  export default function cors(options: CorsOptions): Middleware;
}
