import { driverFor } from '../display/display-drivers.js';
import type { RawConfig } from './config-schema.js';
import type { DisplayConfig } from './display-schema.js';
import type { ConfigPath, Finding } from './problem.js';

/**
 * What each display's driver says against options that each have the right form: areas that overlap, screens it does not know. Of displays
 * with a mistake that is `told` already nothing, for it would be a consequence. Icons have findings of their own.
 */
export function displayOptionFindings(config: RawConfig, told: readonly Finding[]): readonly Finding[] {
  const isTold = (place: ConfigPath) =>
    told.some(({ path, onlyWarning }) => onlyWarning !== true && place.every((part, index) => path[index] === part));
  return config.lanes.flatMap((lane, laneIndex) =>
    lane.displays.flatMap((display, index) => {
      const place = ['lanes', laneIndex, 'displays', index];
      return isTold(place) ? [] : driverFindings(display, [...place, 'options']);
    }),
  );
}

function driverFindings(display: DisplayConfig, path: ConfigPath): readonly Finding[] {
  if (display.driver === 'virtual') return [];
  const made = driverFor(display, undefined);
  if (!('refused' in made)) return [];
  const { model, driver, options } = display;
  const where = model === undefined ? '' : ` here or in the file of the model ${model}`;
  const [blamed = '', ...rest] = made.refused.replace(/\.$/, '').split(' ');
  const keys = blamed.split('.');
  if (!Object.hasOwn(options, keys[0] ?? '')) {
    return [{ path, message: made.refused, repair: `Correct the options${where} as the driver ${driver} asks for them.` }];
  }
  const repair = `Correct ${blamed}${where}, or remove it: the driver ${driver} then takes its usual one.`;
  return [{ path: [...path, ...keys], message: rest.join(' '), repair }];
}
