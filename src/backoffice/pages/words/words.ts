import { ACTS_EN } from './acts-en.js';
import { ACTS_JA } from './acts-ja.js';
import { ACTS_ZH } from './acts-zh.js';
import { DAYS_EN } from './days-en.js';
import { DAYS_JA } from './days-ja.js';
import { DAYS_ZH } from './days-zh.js';
import { EXCEPTIONS_EN } from './exceptions-en.js';
import { EXCEPTIONS_JA } from './exceptions-ja.js';
import { EXCEPTIONS_ZH } from './exceptions-zh.js';
import { FRAME_EN } from './frame-en.js';
import { FRAME_JA } from './frame-ja.js';
import { FRAME_ZH } from './frame-zh.js';
import { HELP_EN } from './help-en.js';
import { HELP_JA } from './help-ja.js';
import { HELP_ZH } from './help-zh.js';
import { PAYMENTS_EN } from './payments-en.js';
import { PAYMENTS_JA } from './payments-ja.js';
import { PAYMENTS_ZH } from './payments-zh.js';
import { TIMELINE_EN } from './timeline-en.js';
import { TIMELINE_JA } from './timeline-ja.js';
import { TIMELINE_ZH } from './timeline-zh.js';
import { TODAY_EN } from './today-en.js';
import { TODAY_JA } from './today-ja.js';
import { TODAY_ZH } from './today-zh.js';

/** The languages of the pages, as their own speakers write them. */
export const LANGUAGES = { en: 'English', zh: '简体中文', ja: '日本語' } as const;
export type Language = keyof typeof LANGUAGES;

/** What stands in `lang` of a page, so that fonts and screen readers take the right signs. */
export const LANGUAGE_TAG: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans', ja: 'ja' };

const ENGLISH = {
  ...FRAME_EN,
  ...DAYS_EN,
  ...EXCEPTIONS_EN,
  ...HELP_EN,
  ...PAYMENTS_EN,
  ...TIMELINE_EN,
  ...TODAY_EN,
  ...ACTS_EN,
};
export type WordKey = keyof typeof ENGLISH;

/** Every word of the pages in every language. */
export const WORDS: Readonly<Record<Language, Readonly<Record<WordKey, string>>>> = {
  en: ENGLISH,
  zh: { ...FRAME_ZH, ...DAYS_ZH, ...EXCEPTIONS_ZH, ...HELP_ZH, ...PAYMENTS_ZH, ...TIMELINE_ZH, ...TODAY_ZH, ...ACTS_ZH },
  ja: { ...FRAME_JA, ...DAYS_JA, ...EXCEPTIONS_JA, ...HELP_JA, ...PAYMENTS_JA, ...TIMELINE_JA, ...TODAY_JA, ...ACTS_JA },
};

/** Puts values into a sentence: `say('time.shop', { zone })`. */
export type Say = (key: WordKey, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: Language): Say {
  const words = WORDS[language];
  return (key, values = {}) => words[key].replaceAll(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? ''));
}

export function isWordKey(text: string): text is WordKey {
  return Object.hasOwn(ENGLISH, text);
}

export function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(LANGUAGES, text);
}

/** The first language of an `Accept-Language` header that the pages have, else English. */
export function languageOf(acceptLanguage: string): Language {
  const wishes = acceptLanguage
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', quality = ''] = part.split(';').map((piece) => piece.trim().toLowerCase());
      return { language: tag.split('-')[0], quality: /^q=/.test(quality) ? Number(quality.slice(2)) : 1 };
    });
  const wanted = wishes
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ language }) => language);
  return wanted.find(isLanguage) ?? 'en';
}
