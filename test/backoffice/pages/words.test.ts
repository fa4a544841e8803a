import assert from 'node:assert/strict';
import { saidIn } from '#src/backoffice/pages/exception-words.js';
import { LANGUAGES, type Language, languageOf, sayIn, WORDS } from '#src/backoffice/pages/words/words.js';
import { EXCEPTION_SENTENCES, type SentenceKey, toldException } from '#src/reconciliation/exception-sentences.js';

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

  it('says what is wrong with a day and what to do in every language, with the values where that language wants them', () => {
    const { words } = toldException('act.refund.unmatched', [
      'cause.refund.standing',
      { type: 'refund', id: 'R-1 {file} $&', standing: 'failed', file: 'transactionItems_1.csv', line: '7' },
    ]);
    assert.deepEqual(saidIn(words, sayIn('en')), {
      cause: 'refund R-1 {file} $&: failed here, listed in transactionItems_1.csv line 7',
      act: 'Inquire; if the money went back, correct the refund with support.',
    });
    assert.equal(saidIn(words, sayIn('zh')).cause, '退款 R-1 {file} $&：我方失败，却列在 transactionItems_1.csv 第 7 行');
    assert.equal(saidIn(words, sayIn('ja')).cause, '返金 R-1 {file} $&：当方では失敗、transactionItems_1.csv の 7 行目に記載');
    for (const language of others)
      for (const key of Object.keys(EXCEPTION_SENTENCES) as SentenceKey[])
        assert.match(WORDS[language][`ex.${key}`], /[\u3040-\u30ff\u4e00-\u9fff]/, `${language} ${key}`);
    assert.deepEqual(
      (['terminal', 'operator', 'bridge'] as const).map((by) => WORDS.zh[`cancelled.${by}`]),
      ['收银机', '后台人员', '本系统'],
    );
  });

  it('writes the money in what is wrong with a day as tables do, and touches no other number', () => {
    const { words } = toldException(
      'act.money',
      ['cause.money', { ours: 'JPY 1980', theirs: 'JPY -12600', file: 'transactionItems_20260305.csv', line: '12345' }],
      ['cause.money.quote', { amount: 'JPY 1980 x 0.00662345 (JPY/USD) = USD 1311.44' }],
    );
    assert.equal(
      saidIn(words, sayIn('en')).cause,
      'JPY 1,980 here, JPY \u221212,600 in transactionItems_20260305.csv line 12345; by the stored quote JPY 1,980 x 0.00662345 (JPY/USD) = USD 1,311.44',
    );
    const net = { batch: 'batch 2026030500000101 USD', stated: 'USD 1234.50', counted: 'USD -1000.05' };
    for (const [language, said] of [
      ['en', 'batch 2026030500000101 USD: summary states USD 1,234.50 net, transactions and fees come to USD \u22121,000.05'],
      ['zh', '批次 2026030500000101 USD：汇总写明净额 USD 1,234.50，交易与手续费合计 USD \u22121,000.05'],
    ] as const)
      assert.equal(saidIn(toldException('act.totals', ['cause.net', net]).words, sayIn(language)).cause, said);
    const settled = toldException('act.totals', ['cause.settlement', { ...net, batch: 'settlement 2026031000000301' }]);
    assert.match(saidIn(settled.words, sayIn('ja')).cause, /^精算 2026031000000301：精算の記載は/);
    const lines = { batch: 'b', kind: 'feeItems', stated: '12345', counted: '12346' };
    assert.match(
      saidIn(toldException('act.totals', ['cause.count', lines]).words, sayIn('en')).cause,
      /12345 lines and has 12346$/,
    );
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
    assert.equal(
      sayIn('en')('time.shop', { zone: 'Asia/Tokyo' }),
      'Times on this page are those of Asia/Tokyo; clearing days run in UTC+8.',
    );
  });
});
