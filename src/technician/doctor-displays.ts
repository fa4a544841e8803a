import type { BridgeConfig } from '../config/bridge-config.js';
import type { CliParts, OfflineDisplays } from './cli-parts.js';
import type { SeenDisplay } from './doctor-parts.js';
import { type CheckLine, causeOf, linesOf } from './doctor-report.js';

const { ok, warn, fail, failed } = linesOf('display');

/** One line for each display of a lane. */
export function displayLines(laneId: string, statuses: readonly SeenDisplay[]): readonly CheckLine[] {
  if (statuses.length === 0) return [ok(laneId, 'has no display: the till shows the code')];
  return statuses.map(({ driver, port, health, reason }, index) => {
    const about = `${laneId}, display ${index + 1} (${driver} on ${port})`;
    if (health === 'ready') return ok(about, 'ready');
    const [text = '', ...rest] = (reason ?? `The display is ${health}`).split(/(?<=[.?]) /);
    const repair = rest.join(' ').replace(/\.$/, '');
    return fail(about, text.replace(/\.$/, ''), repair === '' ? `try "ocbridge display probe --lane ${laneId}"` : repair);
  });
}

/** Opens the displays of a stopped bridge for as long as a look takes. */
export async function stoppedDisplayLines(config: BridgeConfig, parts: CliParts): Promise<readonly CheckLine[]> {
  let offline: OfflineDisplays;
  try {
    offline = await parts.offlineDisplays(config);
  } catch (error) {
    return [failed('all displays', causeOf(error))];
  }
  try {
    const lines = await Promise.all(config.lanes.map(({ id }) => lookAt(id, offline)));
    return lines.flat();
  } finally {
    await offline.close();
  }
}

async function lookAt(laneId: string, offline: OfflineDisplays): Promise<readonly CheckLine[]> {
  const answer = await offline.ask({ verb: 'display.look', args: { laneId } });
  if (answer.kind === 'done') return displayLines(laneId, (answer.result as { statuses: readonly SeenDisplay[] }).statuses);
  if (answer.code === 'lane_busy')
    return [warn(laneId, 'has an open payment, so its display was left alone', 'start the bridge, which brings it to its end')];
  return [failed(laneId, answer)];
}
