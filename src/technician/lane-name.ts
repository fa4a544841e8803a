import type { BridgeConfig, LaneConfig } from '../config/bridge-config.js';
import { nearest } from '../config/nearest.js';

/** The lane of that name, or a sentence that helps to find it. */
export function laneNamed({ lanes }: Pick<BridgeConfig, 'lanes'>, lane: string): LaneConfig | string {
  const found = lanes.find(({ id }) => id === lane);
  if (found !== undefined) return found;
  const names = lanes.map(({ id }) => id);
  const close = nearest(lane, names);
  return `there is no lane "${lane}". Repair: ${close === undefined ? `use one of ${names.join(', ')}` : `did you mean "${close}"?`}`;
}
