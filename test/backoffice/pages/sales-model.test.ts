import assert from 'node:assert/strict';
import { endingBy } from '#src/backoffice/pages/picture.js';
import { bandsOf, dayBefore, type ShopDay, salesModel, shopDay } from '#src/backoffice/pages/sales-model.js';
import { shopTime } from '#src/backoffice/pages/shown.js';

const tokyo = shopTime('Asia/Tokyo');
const dayIn = (zone: string, day: string): ShopDay => {
  const found = shopDay(day, shopTime(zone));
  assert.ok(found !== undefined);
  return found;
};

describe('sales by hour of the front page', () => {
  it('adds up each currency for itself, also what no float could hold, and scales bars to a round top', () => {
    const sold = [
      { currency: 'JPY', hour: 1, count: 2, value: '9007199254740993', undone: false },
      { currency: 'JPY', hour: 1, count: 1, value: '7', undone: true },
      { currency: 'JPY', hour: 2, count: 1, value: '10', undone: false },
      { currency: 'USD', hour: 0, count: 1, value: '150', undone: false },
    ];
    const [jpy, usd] = salesModel(dayIn('Asia/Tokyo', '2026-03-05'), sold, [{ currency: 'USD', count: 3, value: '30' }], tokyo);
    assert.deepEqual(jpy?.total, { count: 4, value: '9007199254741010' });
    assert.deepEqual(jpy?.undone, { count: 1, value: '7' });
    assert.deepEqual([jpy?.top, jpy?.half, jpy?.refunded.count], ['10000000000000000', '5000000000000000', 0]);
    assert.deepEqual([jpy?.hours.length, jpy?.hours[1]?.height, jpy?.hours[1]?.value], [24, 90, '9007199254741000']);
    assert.deepEqual([usd?.top, usd?.hours[0]?.height, usd?.refunded], ['200', 75, { currency: 'USD', count: 3, value: '30' }]);
    assert.deepEqual(salesModel(dayIn('Asia/Tokyo', '2026-03-05'), [], [], tokyo), []);
  });

  it('names each hour on both clocks, also on days of 23 and of 25 hours', () => {
    const hours = (zone: string, day: string) =>
      salesModel(dayIn(zone, day), [{ currency: 'JPY', hour: 0, count: 1, value: '1', undone: false }], [], shopTime(zone))[0]
        ?.hours;
    assert.deepEqual(
      [hours('Asia/Tokyo', '2026-03-05')?.[1]?.shop, hours('Asia/Tokyo', '2026-03-05')?.[1]?.clearing],
      ['01:00', '2026-03-05 00:00'],
    );
    const short = hours('Europe/Berlin', '2026-03-29');
    assert.deepEqual([short?.length, short?.[1]?.shop, short?.[2]?.shop], [23, '01:00', '03:00']);
    const long = hours('Europe/Berlin', '2026-10-25');
    assert.deepEqual([long?.length, long?.[2]?.shop, long?.[3]?.shop], [25, '02:00', '02:00']);
    assert.equal(dayBefore(dayIn('Europe/Berlin', '2026-03-30'), shopTime('Europe/Berlin')), '2026-03-29');
    assert.equal(shopDay('2026-3-5', tokyo), undefined);
  });

  it('says which clearing days lie in a day of the shop, and where one ends', () => {
    assert.deepEqual(bandsOf(dayIn('Asia/Shanghai', '2026-03-05')), [{ day: '2026-03-05', begins: 0, width: 100 }]);
    const utc = bandsOf(dayIn('UTC', '2026-03-05'));
    assert.deepEqual(
      utc.map(({ day, begins, width }) => [day, begins.toFixed(2), width.toFixed(2)]),
      [
        ['2026-03-05', '0.00', '66.67'],
        ['2026-03-06', '66.67', '33.33'],
      ],
    );
  });
});

describe('a picture of a code', () => {
  it('carries the end of its own life, whatever page it stands on', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8"><path d="M0 0"/></svg>';
    assert.equal(
      endingBy(svg, 1500.9),
      '<svg xmlns="http://www.w3.org/2000/svg" width="8"><g><path d="M0 0"/><set attributeName="visibility" to="hidden" begin="1500ms" fill="freeze"/></g></svg>',
    );
    assert.match(endingBy(svg, -5), /begin="0ms"/);
  });
});
