import { type Charset, languageOf, languagesOn, shownLanguage } from '../display/languages.js';
import type { RawConfig } from './config-schema.js';
import type { DisplayConfig } from './display-schema.js';
import type { Finding } from './problem.js';

/**
 * The same configuration with a language on every display: its own, else its merchant's, else English; and the zone of the times on every
 * printer: its own, else its merchant's, else the bridge's.
 */
export function withWordsAndTimes(config: RawConfig): RawConfig {
  return {
    ...config,
    lanes: config.lanes.map((lane) => {
      const merchant = config.merchants.find(({ id }) => id === lane.merchant);
      const zone = merchant?.timeZone ?? config.timeZone;
      const filledIn = (display: DisplayConfig) =>
        withZone(withLanguage(display, display.options.language ?? merchant?.language ?? 'en'), zone);
      return { ...lane, displays: lane.displays.map(filledIn) };
    }),
  };
}

function withLanguage<Display extends DisplayConfig>(display: Display, language: string): Display {
  return { ...display, options: { ...display.options, language } };
}

function withZone(display: DisplayConfig, zone: string | undefined): DisplayConfig {
  return display.driver === 'escpos' ? { ...display, options: { timeZone: zone, ...display.options } } : display;
}

/** The charset of a display with words; undefined for one that shows none. */
function charsetOf(display: DisplayConfig): Charset | undefined {
  if (display.driver === 'virtual') return 'unicode';
  return display.driver === 'mertech' ? undefined : display.options.charset;
}

/** Findings about the words on displays whose languages are filled in: what cannot be set together, and English instead of a language. */
export function displayWordFindings(config: RawConfig): readonly Finding[] {
  return config.lanes.flatMap((lane, laneIndex) =>
    lane.displays.flatMap((display, index) => {
      const path = ['lanes', laneIndex, 'displays', index, 'options'];
      const charset = charsetOf(display);
      if (charset === undefined) return [];
      return [...clashes(display, path), ...shownInstead(display, charset, path)];
    }),
  );
}

function clashes(display: DisplayConfig, path: Finding['path']): readonly Finding[] {
  if (display.driver === 'qr-line' && display.options.preset === 'bonrix' && display.options.charset === 'unicode') {
    const message = 'a display of the preset bonrix takes ASCII only';
    return [
      { path: [...path, 'charset'], message, repair: 'Remove charset, or set preset: diy-json if that is what the display is.' },
    ];
  }
  if (display.driver !== 'escpos') return [];
  const { charset, codePage } = display.options;
  if (charset === 'cp874' && codePage === undefined) {
    const repair = "Add codePage: the number of its Thai page in the printer's manual (ESC t n), often 20, 21 or 26.";
    return [{ path: [...path, 'charset'], message: 'cp874 needs to know the code page of this printer', repair }];
  }
  if (charset !== 'cp874' && codePage !== undefined) {
    return [
      {
        path: [...path, 'codePage'],
        message: `means nothing with charset ${charset}`,
        repair: 'Remove it, or set charset: cp874.',
      },
    ];
  }
  return [];
}

/** Text displays and Bonrix firmware have one font for all. */
function hasOneCharset(display: DisplayConfig): boolean {
  return display.driver === 'line2x20' || (display.driver === 'qr-line' && display.options.preset === 'bonrix');
}

function shownInstead(display: DisplayConfig, charset: Charset, path: Finding['path']): readonly Finding[] {
  const tag = display.options.language ?? 'en';
  const wished = languageOf(tag);
  const shown = shownLanguage(tag, charset);
  if (wished === shown) return [];
  const carried = languagesOn(charset).join(', ');
  const message =
    wished === undefined
      ? `there are no words in "${tag}"; the words will be English`
      : `charset ${charset} does not hold the words of "${tag}"; the words will be English`;
  const canChange = wished !== undefined && !hasOneCharset(display);
  const repair = canChange
    ? `Set charset to what the fonts of the display were made for, or language to one of ${carried}.`
    : `Set language to one of ${carried}.`;
  return [{ path: [...path, 'language'], message, repair, onlyWarning: true }];
}
