import assert from 'node:assert/strict';
import { settledByQuote } from '#src/reconciliation/settlement-quote.js';

const yen = (value: string) => ({ currency: 'JPY', value });
const QUOTE = { quoteId: 'QT1', quoteCurrencyPair: 'JPY/USD', quotePrice: '0.0067' };

describe('the settled amount by the stored quote', () => {
  it('is the amount times the price, half up, with its arithmetic', () => {
    assert.equal(settledByQuote(yen('1980'), QUOTE), 'JPY 1980 x 0.0067 (JPY/USD) = USD 13.27');
    assert.equal(settledByQuote(yen('550'), QUOTE), 'JPY 550 x 0.0067 (JPY/USD) = USD 3.69');
    assert.equal(settledByQuote(yen('1'), QUOTE), 'JPY 1 x 0.0067 (JPY/USD) = USD 0.01');
  });

  it('is the amount divided by the price where the pair is the other way round', () => {
    const turned = { quoteCurrencyPair: 'USD/JPY', quotePrice: '150' };
    assert.equal(settledByQuote(yen('1980'), turned), 'JPY 1980 / 150 (USD/JPY) = USD 13.20');
  });

  it('is not guessed from a quote of another pair, for another unit, without a price or of an odd one', () => {
    for (const quote of [
      null,
      {},
      { ...QUOTE, quoteCurrencyPair: 'HKD/USD' },
      { ...QUOTE, quoteCurrencyPair: 'JPY/AAA' },
      { ...QUOTE, quoteUnit: '100' },
      { ...QUOTE, quotePrice: '0' },
      { ...QUOTE, quotePrice: '-1' },
      { ...QUOTE, quotePrice: 0.0067 },
    ])
      assert.equal(settledByQuote(yen('1980'), quote), null, JSON.stringify(quote));
  });
});
