import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/*
 * The program as it ships, except that it tells whoever started it how it is, when asked over the channel. A full collection comes before
 * each look at the memory, so that what is seen is kept and not only left lying; the delay that it causes is not counted.
 */

/** How a process is. */
export interface InnerFigures {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Of the event loop since the last question, ms. */
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

function figures(): InnerFigures {
  const loop = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external, resources, loop };
}

process.on('message', () => {
  process.send?.(figures(), () => delay.reset());
});
process.channel?.unref();

await import('#src/main.js');
