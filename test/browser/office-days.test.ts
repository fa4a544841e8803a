import assert from 'node:assert/strict';
import { join } from 'node:path';
import knex from 'knex';
import type { Browser, Locator } from 'playwright-core';
import { PNG } from 'pngjs';
import { addUser, cookieOf, logIn } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { assertNoSidewaysScroll } from './demo-page.js';
import { assertGoodPage, enter, type OfficePage, officeOf } from './office.js';
import { setShop, type WorkedShop } from './office-shop.js';

describe('back office pages about clearing days', function () {
  this.timeout(90_000);
  let browser: Browser;
  let harness: Harness;
  let shop: WorkedShop;
  let kim: OfficePage;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness();
    shop = await setShop(harness);
    kim = await officeOf(browser, harness, 'approver', { name: 'kim' });
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  /** What somebody did with clearing days as a whole, by the trail of acts. */
  async function daysWorkOf(who: string): Promise<readonly string[]> {
    const filename = join(harness.folder, 'data', 'bridge.sqlite');
    const books = knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true });
    try {
      const rows: { what: string; about: string }[] = await books('acts').where({ who }).orderBy('seq').select('what', 'about');
      const words = rows.map(({ what, about }) => (what === 'clearing.import' ? what : `${what} ${about}`));
      // A delivery has an act for each file.
      return words.filter((word, at) => /^(clearing|day)/.test(word) && (word !== 'clearing.import' || word !== words[at - 1]));
    } finally {
      await books.destroy();
    }
  }

  it('shows no figures for a day that was never compared, and no way to seal it', async () => {
    await kim.go(`/days/${shop.date}`);
    await kim.page.getByText('This day has not been compared yet.').waitFor();
    assert.equal(await kim.page.getByRole('button', { name: 'Seal the day' }).count(), 0);
    assert.equal(await kim.page.locator('.strip').count(), 0);
  });

  it('says of a bad delivery which line of which file is wrong, and takes nothing in', async () => {
    const { page } = kim;
    await kim.go('/days');
    await page
      .locator('input[type="file"]')
      .setInputFiles([{ name: 'notes <b>.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n') }]);
    await kim.tabTo('Take in');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Nothing was taken in/);
    await page.getByText('notes <b>.csv', { exact: true }).waitFor();
    await assertGoodPage(page, 'a refused delivery');
  });

  it('says of a delivery with more errors than a page lists that there are more', async () => {
    await addUser(harness, 'noa', 'operator');
    const login = await logIn(harness, 'noa');
    const form = new FormData();
    form.append('csrf', String(login.json()['csrfToken']));
    form.append(
      'files',
      new Blob(['x\n'.repeat(1100)]),
      'summary_1020000000000000001_USD_2026010500000101_2188000000000001_000.csv',
    );
    const url = `${harness.bridge().urls.backOffice}/days/upload`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { Cookie: cookieOf(login), 'Accept-Language': 'zh-CN' },
      body: form,
    });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /<p>以上是前 1000 处；还有更多，修正这些之后会列出。<\/p>/);
  });

  it('takes files in, compares, follows an exception to its line, resolves and seals, by keyboard alone', async () => {
    const { page } = kim;
    await kim.go('/days');
    await page.locator('input[type="file"]').setInputFiles([...shop.files]);
    await kim.tabTo('Take in');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What became of the files' }).waitFor();
    assert.equal(await page.getByText('taken in', { exact: true }).count(), shop.files.length);
    await kim.press(`Go to day ${shop.date}`);
    await kim.press('Compare now');
    await page.getByText('The day was compared.').waitFor();
    await assertGoodPage(page, 'a compared day');
    assert.equal(await page.getByText('do not add up').count(), 0);

    await kim.press(/^line \d+ as read$/);
    await page.getByRole('heading', { name: /^Line \d+ of transactionItems_/ }).waitFor();
    await assertGoodPage(page, 'a line of a file');
    await kim.press('Back to the day');

    for (let left = await page.getByRole('button', { name: 'Resolve' }).count(); left > 0; left -= 1) {
      await kim.tabTo('Reason, in your words');
      await page.keyboard.type('ticket 4711 <script>alert(1)</script>');
      await enter(page);
      await page.getByText('The exception is resolved.').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Resolve' }).count(), left - 1);
    }
    assert.ok((await page.getByText('ticket 4711 <script>').count()) > 0, 'reasons stand there as text');
    await kim.press('Seal the day');
    await page.getByText('Sealed by kim').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Compare again' }).count(), 0);
    await assertGoodPage(page, 'a sealed day');
    const trail = await harness.bridge().people.verifyActs();
    assert.equal(trail.kind, 'whole');
    // Once each, and the delivery that was refused has no act.
    assert.deepEqual(await daysWorkOf('kim'), ['clearing.import', `day.run ${shop.date}`, `day.close ${shop.date}`]);
    assert.deepEqual(kim.complaints, []);
  });

  it('says what is wrong and what to do in the language of the page, and links no payment that it has not', async () => {
    for (const [language, foreign, differs] of [
      ['简体中文', /的付款 OTHER\S+ 不是本程序发起的$/, /^我方 JPY \d{1,3}(,\d{3})*，/],
      ['日本語', /の支払い OTHER\S+ はこのブリッジのものではありません$/, /^当方 JPY \d{1,3}(,\d{3})*、/],
    ] as const) {
      await kim.go(`/days/${shop.date}`);
      await kim.page.getByRole('link', { name: language }).click();
      const causes = await kim.page.locator('.exceptions td.wide p:first-child').allTextContents();
      assert.ok(
        causes.some((cause) => foreign.test(cause)),
        causes.join('\n'),
      );
      assert.ok(
        causes.some((cause) => differs.test(cause)),
        causes.join('\n'),
      );
      assert.equal(await kim.page.locator('.exceptions [lang="en"]').count(), 0);
      assert.equal(await kim.page.locator('.exceptions a[href^="/payments/OTHER"]').count(), 0);
      assert.ok((await kim.page.locator('.exceptions a[href^="/payments/"]').count()) > 0);
      await assertGoodPage(kim.page, `exceptions, ${language}`);
    }
    await kim.page.getByRole('link', { name: 'English' }).click();
    await kim.go(`/days/${shop.date}/lines`);
    assert.equal(await kim.page.locator('a[href^="/payments/OTHER"]').count(), 0);
  });

  it('is printed as wide as the paper, with the zone at its foot and without what a button had said', async () => {
    const { page } = kim;
    await kim.go(`/days/${shop.date}?told=sealed`);
    const told = page.getByText('The day is sealed.');
    await told.waitFor();
    const screen = page.viewportSize();
    // A4 between margins of a centimetre.
    await page.setViewportSize({ width: 718, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    try {
      assert.equal(await told.isVisible(), false);
      assert.equal(await page.getByText('Times on this page are those of').isVisible(), true);
      assert.equal(await page.locator('.print-only').isVisible(), true);
      await assertNoSidewaysScroll(page, 'a printed day');
    } finally {
      await page.emulateMedia({ media: null });
      if (screen !== null) await page.setViewportSize(screen);
    }
  });

  it('opens every number of the strip as its list, and the figures of the list are those of the line', async () => {
    const { page } = kim;
    await kim.go(`/days/${shop.date}`);
    const links = await page
      .locator('.strip tbody a')
      .evaluateAll((all) => all.map((one) => [one.textContent, one.getAttribute('href')]));
    assert.ok(links.length >= 8);
    for (const [count, href] of links.slice(0, 5)) {
      await kim.go(href ?? '');
      const rows = await page.locator('main tbody tr').count();
      if (href?.includes('verdict=matched')) assert.equal(rows, Number(count), href);
    }
    await assertGoodPage(page, 'lines of a day');
    await kim.go('/days');
    await page.locator(`a[href="/days/${shop.date}"]`).getByText('sealed').waitFor();
    await assertGoodPage(page, 'the calendar');
  });

  it('shades on a phone the edge behind which a table goes on, and only that one', async () => {
    const { page } = kim;
    const screen = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    /** How much of the left and the right edge has the colour of the card. */
    const bare = async (frame: Locator) => {
      const { width, height, data } = PNG.sync.read(await frame.screenshot());
      const colour = (x: number, y: number) => data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3).toString('hex');
      const share = (x: number) =>
        Array.from({ length: height }, (_row, y) => colour(x, y)).filter((one) => one === 'ffffff').length / height;
      return [share(1) > 0.5, share(width - 2) > 0.5];
    };
    for (const [path, table] of [
      [`/days/${shop.date}`, '.strip'],
      [`/days/${shop.date}`, '.band'],
      [`/days/${shop.date}/lines`, 'table'],
      ['/days', '.calendar'],
    ] as const) {
      await kim.go(path);
      const frame = page.locator(`.scroll:has(> ${table})`).first();
      assert.deepEqual(await bare(frame), [true, false], `${path} ${table}`);
      await frame.evaluate((one) => one.scrollTo({ left: one.scrollWidth }));
      assert.deepEqual(await bare(frame), [false, true], `${path} ${table}, at its end`);
      assert.deepEqual([await frame.getAttribute('tabindex'), (await frame.getAttribute('aria-label')) !== ''], ['0', true]);
    }
    if (screen !== null) await page.setViewportSize(screen);
  });

  it('tells the second of two people that the first one had resolved the exception, and keeps the first reason and what was typed', async () => {
    const lee = await officeOf(browser, harness, 'operator', { name: 'lee' });
    const { page } = lee;
    // The next day is not sealed: it has the exceptions of its own.
    await kim.go(`/days/${shop.nextDate}`);
    await kim.page.getByRole('button', { name: 'Compare now' }).click();
    await kim.page.getByText('The day was compared.').waitFor();
    const reason = (office: OfficePage) => office.page.getByLabel('Reason, in your words').first();
    assert.ok((await reason(kim).count()) > 0, 'the next day has an open exception');
    await kim.page.setViewportSize({ width: 375, height: 800 });
    for (const part of [
      reason(kim),
      kim.page.locator('.exceptions td.wide').first(),
      kim.page.getByRole('button', { name: 'Resolve' }).first(),
    ]) {
      const box = await part.boundingBox();
      assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 375, `whole on a phone: ${JSON.stringify(box)}`);
    }
    await kim.page.setViewportSize({ width: 1280, height: 860 });
    await lee.go(`/days/${shop.nextDate}`);
    await reason(kim).fill('first');
    await kim.page.getByRole('button', { name: 'Resolve' }).first().click();
    await kim.page.getByText('The exception is resolved.').waitFor();
    await reason(lee).fill('second');
    await page.getByRole('button', { name: 'Resolve' }).first().click();
    const told = (await page.getByRole('alert').textContent()) ?? '';
    assert.match(told, /kim dealt with it before you.*first.*Nothing was changed.*so that it is not lost.*second/s);
    await assertGoodPage(page, 'an exception that somebody else resolved');
    await page.getByRole('link', { name: `Clearing day ${shop.nextDate}` }).click();
    await page.getByText('first', { exact: false }).first().waitFor();
    assert.equal(await page.getByText('second').count(), 0, 'the second reason is written nowhere');
    await lee.close();
  });

  it('lets a viewer look and act on nothing', async () => {
    const vera = await officeOf(browser, harness, 'viewer', { name: 'vera' });
    for (const path of ['/days', `/days/${shop.nextDate}`]) {
      await vera.go(path);
      assert.deepEqual(
        await vera.page.getByRole('button').allTextContents(),
        path === '/days' ? ['Log out', 'Show'] : ['Log out'],
      );
    }
    await vera.close();
  });

  it('works without scripts: files are posted by the form, and the answer is a page', async () => {
    const plain = await officeOf(browser, harness, 'operator', { name: 'plain', javaScriptEnabled: false });
    await plain.go('/days');
    await plain.page.locator('input[type="file"]').setInputFiles([...shop.files]);
    await plain.page.getByRole('button', { name: 'Take in' }).click();
    assert.equal(await plain.page.getByText('was here already').count(), shop.files.length);
    await plain.close();
  });

  it('explains each state, exception and advice in place, in every language', async () => {
    await kim.go('/help#paid_there_unknown_here');
    await assertGoodPage(kim.page, 'words explained');
    await kim.page.getByRole('link', { name: '日本語' }).click();
    await kim.page.getByText('先方で支払済、当方で不明').waitFor();
    await kim.page.getByRole('link', { name: 'English' }).click();
  });
});
