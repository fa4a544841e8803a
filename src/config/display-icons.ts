import { readIcon } from '../display/code-icon.js';
import type { RawConfig } from './config-schema.js';
import type { DisplayConfig } from './display-schema.js';
import type { Finding } from './problem.js';

/** Findings about the icons of displays, whose paths are absolute: on a display that draws by itself, too weak a correction, no icon at all. */
export function displayIconFindings(config: RawConfig): readonly Finding[] {
  return config.lanes.flatMap((lane, laneIndex) =>
    lane.displays.flatMap((display, index) => iconFindings(display, ['lanes', laneIndex, 'displays', index, 'options'])),
  );
}

function iconFindings(display: DisplayConfig, path: Finding['path']): readonly Finding[] {
  const { icon, ecc } = display.options;
  if (icon === undefined) return [];
  const foreign = drawnByOthers(display);
  if (foreign !== undefined) {
    const repair = 'Remove icon; it is for virtual displays, and for escpos with native: false.';
    return [{ path: [...path, 'icon'], message: `cannot stand in the code: ${foreign}`, repair }];
  }
  if (ecc !== undefined && ecc !== 'H') {
    const message = `is too weak for a code with an icon, which hides a part of it`;
    return [{ path: [...path, 'ecc'], message, repair: 'Remove ecc, which then is H, or write ecc: H.' }];
  }
  const read = readIcon(icon);
  if (!('refused' in read)) return [];
  const repair = 'Name a PNG of 16 to 1024 pixels a side, about as wide as high, at most 256 KiB.';
  return [{ path: [...path, 'icon'], message: `the file ${icon} ${read.refused}`, repair }];
}

/** Who draws the code instead of the bridge; undefined where the bridge does. */
function drawnByOthers(display: DisplayConfig): string | undefined {
  if (display.driver === 'virtual') return undefined;
  if (display.driver !== 'escpos') return `the ${display.driver} display draws it itself`;
  const { native } = display.options;
  if (native === 'auto') return 'the printer may draw it itself (native: auto)';
  return native ? 'the printer draws it itself (native: true)' : undefined;
}
