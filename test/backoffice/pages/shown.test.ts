import assert from 'node:assert/strict';
import { ageShown, amountShown, moneyShown, seenText, shopTime, typedAmount, unitsShown } from '#src/backoffice/pages/shown.js';
import { sayIn } from '#src/backoffice/pages/words/words.js';
import { type Instant, parseIsoTime, utcText } from '#src/base/clock.js';
import { moneyText } from '#src/payment/money.js';

const at = (text: string) => parseIsoTime(text) as Instant;

describe('what the back office pages show', () => {
  it('writes money by the exponent of its currency, in threes, also what no float could hold', () => {
    const shown = [
      ['JPY', '1980', '1,980'],
      ['USD', '5', '0.05'],
      ['USD', '-123456789', '\u22121,234,567.89'],
      ['KWD', '1234567', '1,234.567'],
      ['IQD', '1250', '1.250'],
      ['IDR', '1500000', '15,000.00'],
      ['USD', '9007199254740993', '90,071,992,547,409.93'],
      ['XTS', '1980', '1,980'],
    ] as const;
    for (const [currency, value, text] of shown) assert.equal(unitsShown(currency, value), text);
    assert.equal(moneyShown({ currency: 'JPY', value: '0' }), 'JPY\u00a00');
  });

  it('writes an amount that has its decimals already as it writes the same in smallest units', () => {
    for (const [currency, value] of [
      ['USD', '2211'],
      ['JPY', '31500'],
      ['KWD', '1234567'],
    ] as const) {
      const text = moneyText({ currency, value });
      assert.equal(amountShown(text), moneyShown({ currency, value }));
      assert.equal(amountShown(text.replace(' ', ' -')), moneyShown({ currency, value: `-${value}` }));
    }
    assert.equal(amountShown('batch 20260305'), 'batch 20260305');
  });

  it('shows marks that turn the direction of a text by their code points, and leaves all else alone', () => {
    assert.equal(seenText('a\u202egnp.exe\u2066\u200f'), 'a[U+202E]gnp.exe[U+2066][U+200F]');
    for (const text of ['抹茶 🍵 👩‍👧', 'שלום عليكم', '<b>&', 'a\nb\tc']) assert.equal(seenText(text), text);
  });

  it('reads a typed amount by the exponent of the currency, and nothing that is not plainly one', () => {
    const read = [
      ['JPY', '1,980', '1980'],
      ['JPY', '１９８０', '1980'],
      ['USD', ' 19.8 ', '1980'],
      ['USD', '1,234.50', '123450'],
      ['KWD', '1.5', '1500'],
    ] as const;
    for (const [currency, typed, value] of read) assert.equal(typedAmount(currency, typed), value, typed);
    for (const typed of ['', '0', '0.00', '-5', '+5', '1e3', '19.805', '1,98', '1 980', '12.', '.5', '99999999999999999', 'NaN'])
      assert.equal(typedAmount('USD', typed), undefined, typed);
    assert.equal(typedAmount('JPY', '19.80'), undefined);
    assert.equal(typedAmount('XTS', '5'), undefined);
  });

  it('knows when a day of the shop begins, over changes to summer time as well', () => {
    const begins = [
      ['Asia/Tokyo', '2026-03-05', '2026-03-04T15:00:00.000Z'],
      ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
      ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
      ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z'],
      ['Asia/Kolkata', '2026-03-05', '2026-03-04T18:30:00.000Z'],
      ['Australia/Adelaide', '2026-04-05', '2026-04-04T13:30:00.000Z'],
      ['Australia/Adelaide', '2026-04-06', '2026-04-05T14:30:00.000Z'],
    ] as const;
    for (const [zone, day, utc] of begins) {
      const begin = shopTime(zone).startOf(day) as Instant;
      assert.equal(utcText(begin), utc, `${zone} ${day}`);
      assert.equal(shopTime(zone).full(begin), `${day} 00:00:00`);
    }
    for (const text of ['', '2026-13-01', 'today', '2026-3-5']) assert.equal(shopTime('UTC').startOf(text), undefined, text);
  });

  it('shows times to the second, the minute and the millisecond, and ages in the largest unit', () => {
    const time = shopTime('Asia/Tokyo');
    const moment = at('2026-03-05T02:15:30.007Z');
    assert.deepEqual(
      [time.full(moment), time.precise(moment), time.minute(moment), time.day(moment)],
      ['2026-03-05 11:15:30', '11:15:30.007', '11:15', '2026-03-05'],
    );
    assert.deepEqual(
      [-5, 59_000, 90 * 60_000, 47 * 3_600_000, 50 * 3_600_000].map((ms) => ageShown(ms, sayIn('en'))),
      ['0 min', '0 min', '1 h', '47 h', '2 d'],
    );
    assert.deepEqual([ageShown(90_000, sayIn('ja')), ageShown(50 * 3_600_000, sayIn('zh'))], ['1 分', '2 天']);
  });
});
