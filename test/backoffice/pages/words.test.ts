import assert from 'node:assert/strict';
import { LANGUAGES, type Language, languageOf, sayIn, WORDS } from '#src/backoffice/pages/words/words.js';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted();

describe('words of the back office pages', () => {
  const others = Object.keys(LANGUAGES).filter((code) => code !== 'en') as Language[];

  it('has every word in every language, none of them empty', () => {
    const keys = Object.keys(WORDS.en).toSorted();
    for (const language of others) assert.deepEqual(Object.keys(WORDS[language]).toSorted(), keys, language);
    for (const words of Object.values(WORDS))
      for (const [key, text] of Object.entries(words)) assert.notEqual(text.trim(), '', key);
  });

  it('puts the same values into a sentence in every language', () => {
    for (const [key, text] of Object.entries(WORDS.en)) {
      for (const language of others)
        assert.deepEqual(placeholders(WORDS[language][key as keyof typeof WORDS.en]), placeholders(text), `${language} ${key}`);
    }
  });

  it('speaks the first language of Accept-Language that it knows, by quality, else English', () => {
    const asked = {
      '': 'en',
      'de-DE,de;q=0.9': 'en',
      ja: 'ja',
      'zh-CN,zh;q=0.9,en;q=0.8': 'zh',
      'de,en;q=0.5,ja;q=0.7': 'ja',
      'zh;q=0,en;q=0.1': 'en',
      ';;q=,,,=': 'en',
    };
    for (const [header, language] of Object.entries(asked)) assert.equal(languageOf(header), language, header);
    assert.equal(sayIn('en')('time.shop', { zone: 'Asia/Tokyo' }), 'Times are those of this machine: Asia/Tokyo.');
  });
});
