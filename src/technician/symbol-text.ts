import type { Language } from '../display/languages.js';
import type { SymbolFacts } from '../display/symbol-facts.js';

/** A symbol in words, for the technician: version, sizes, mark, hints. */
export function symbolLines({
  version,
  modules,
  level,
  drawnBy,
  modulePixels,
  moduleMm,
  sideMm,
  quietZoneModules,
  mark,
  hints,
}: SymbolFacts): readonly string[] {
  const byDisplay = drawnBy === 'display' ? ', drawn by the display' : '';
  const correction = level === null ? 'error correction of its firmware, M assumed' : `error correction ${level}`;
  const size = [
    modulePixels === null ? '' : `${modulePixels} pixels`,
    moduleMm === null ? '' : `${moduleMm.toFixed(2)} mm`,
  ].filter((text) => text !== '');
  return [
    `QR version ${version}, ${modules} x ${modules} modules, ${correction}${byDisplay}; margin of ${quietZoneModules} modules`,
    ...(size.length === 0
      ? []
      : [`one module: ${size.join(' = ')}${sideMm === null ? '' : `; symbol ${sideMm.toFixed(0)} mm wide`}`]),
    `Alipay+ mark: ${mark === 'none' ? 'none, put the sticker beside the display' : `${mark} the code`}`,
    ...hints,
  ];
}

const NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  ja: 'Japanese in Latin letters',
  zh: 'Chinese',
  ko: 'Korean',
  th: 'Thai',
};

/** In which language a display speaks, and that it is not the wanted one; no line where it has no words. */
export function languageLines(language: Language | null, wanted: string | undefined): readonly string[] {
  if (language === null) return [];
  const isInstead = language === 'en' && wanted !== undefined && wanted.split('-')[0] !== 'en';
  return [`words: ${NAMES[language]}${isInstead ? `, not "${wanted}": "ocbridge config check" says why` : ''}`];
}
