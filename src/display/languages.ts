/** Languages that the words on a glass exist in; Japanese in Latin letters, Chinese simplified. */
export const LANGUAGES = ['en', 'ja', 'zh', 'ko', 'th'] as const;

export type Language = (typeof LANGUAGES)[number];

/** What the font of a surface can hold: the name of an encoding, or `unicode` for a surface that draws whatever comes. */
export type Charset = 'ascii' | 'utf-8' | 'gb18030' | 'cp949' | 'cp874' | 'utf-16be' | 'unicode';

/** Fonts are made for a writing, not for all that their encoding could name: GB 18030 has numbers for Hangul, its fonts have no pictures. */
const CARRIED: Readonly<Record<Charset, readonly Language[]>> = {
  ascii: ['en', 'ja'],
  gb18030: ['en', 'ja', 'zh'],
  cp949: ['en', 'ja', 'ko'],
  cp874: ['en', 'ja', 'th'],
  'utf-8': LANGUAGES,
  'utf-16be': LANGUAGES,
  unicode: LANGUAGES,
};

/** Where Chinese is written in the other characters, English is better understood than the wrong ones. */
const TRADITIONAL: readonly string[] = ['zh-TW', 'zh-HK', 'zh-MO'];

/** The language that a tag such as `ja` or `ko-KR` names; undefined where there are no words in it. */
export function languageOf(tag: string): Language | undefined {
  if (TRADITIONAL.includes(tag)) return undefined;
  return LANGUAGES.find((one) => one === tag.split('-')[0]);
}

/** The languages whose words a charset carries. */
export function languagesOn(charset: Charset): readonly Language[] {
  return CARRIED[charset];
}

/** The language that is really shown: the one wished for if it has words and the charset carries all of them, else English. */
export function shownLanguage(tag: string | undefined, charset: Charset): Language {
  const wished = languageOf(tag ?? 'en');
  return wished !== undefined && CARRIED[charset].includes(wished) ? wished : 'en';
}
