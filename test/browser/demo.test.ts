import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { httpCall } from '../support/http-call.js';
import { skipBecause } from '../support/skip.js';
import { assertAccessible, assertNoSidewaysScroll, type DemoPage, openDemoPage, ordersOf } from './demo-page.js';
import { type DemoProcess, startDemoProcess } from './demo-process.js';

/** On Windows a signal from another process is the end at once. */
const CAN_SIGNAL = process.platform !== 'win32';
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

describe('demo page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let demo: DemoProcess;
  let shop: DemoPage;

  before(async function () {
    browser = await openBrowser(this);
    demo = await startDemoProcess();
    shop = await openDemoPage(browser, demo.url);
  });

  after(async () => {
    await browser?.close();
    await demo?.stop();
    if (demo !== undefined) process.stderr.write(demo.stderr());
  });

  const newestOrder = async () => {
    const order = (await ordersOf(demo.url)).at(-1);
    assert.ok(order !== undefined, 'there is an order');
    return order;
  };

  describe('a sale', () => {
    it('takes a sale by clicking: keypad, code on the glass, scan and pay, paid everywhere', async () => {
      const { page } = shop;
      await page.locator('#amount').fill('');
      for (const key of ['1', '2', '00', 'back', '5']) await page.locator(`[data-key="${key}"]`).click();
      await shop.startSale();
      await shop.untilState('awaiting payer');
      await shop.untilText('#glass-t0', 'JPY 1205');
      await shop.untilText('#sale-display', 'shows the code, read back');
      await shop.untilCodeOn('#screen', (await newestOrder()).code);
      await page.locator('#scan-pay').click();
      await shop.untilState('paid');
      await shop.untilText('#sale-message', 'Paid. Hand over the goods.');
      await shop.untilText('#glass-t1', 'Payment received');
      await shop.untilText('#wallet-words-title', 'Paid');
      await shop.untilText('#books tr:first-child', /paid\s*paid\s*1 ×/);
      await shop.untilText('#story', 'Notification from Alipay+, signature good: paid');
    });

    it('gives the same payment for the same sale again, and one order is placed', async () => {
      const before = (await ordersOf(demo.url)).length;
      await shop.startSale();
      await shop.untilState('awaiting payer');
      await shop.page.locator('#repeat').click();
      await shop.untilText('#sale-note', 'the same payment came back');
      await shop.untilText('#call-line', /^POST \/v1\/payments → 200/, 'attached');
      assert.equal((await ordersOf(demo.url)).length, before + 1);
      await shop.page.locator('#cancel').click();
      await shop.untilState('cancelled');
    });

    it('takes a sale by keyboard alone', async () => {
      const keys = await openDemoPage(browser, demo.url);
      const { keyboard } = keys.page;
      const focused = () => keys.page.evaluate(() => document.activeElement?.id ?? '');
      const tabTo = async (id: string) => {
        for (let steps = 0; steps < 60 && (await focused()) !== id; steps += 1) await keyboard.press('Tab');
        assert.equal(await focused(), id);
      };
      await tabTo('amount');
      await keyboard.press('ControlOrMeta+a');
      await keyboard.type('777');
      await keyboard.press('Enter');
      await keys.untilState('awaiting payer');
      assert.equal(await focused(), 'sale-message');
      await keys.untilText('#finder-word', /^code in sight$/);
      await tabTo('scan-pay');
      await keyboard.press('Enter');
      await keys.untilState('paid');
      await tabTo('new-sale');
      await keyboard.press('Enter');
      assert.equal(await focused(), 'amount');
      assert.deepEqual(keys.complaints, []);
      await keys.close();
    });

    it('offers other means after a decline, and nothing was taken', async () => {
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-decline').click();
      await shop.untilState('failed');
      await shop.untilText('#sale-message', 'Ask the customer for another way to pay');
      await shop.untilText('#wallet-words-title', 'Your balance is too low');
      assert.equal((await newestOrder()).timesCharged, 0);
    });

    it('cancels a sale that was scanned and left open; the wallet cannot pay it any more', async () => {
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-only').click();
      await shop.untilText('#wallet-text', 'Scanned and left open.');
      await shop.page.locator('#cancel').click();
      await shop.untilState('cancelled');
      await shop.untilText('#glass-words', /^(?!.*with a code)/);
      await shop.page.locator('#pay-later').click();
      await shop.untilText('#wallet-text', 'The shop cancelled this order.');
      assert.equal((await newestOrder()).timesCharged, 0);
    });
  });

  describe('trouble', () => {
    it('network cut before a sale: nothing leaves, and a new sale is safe', async () => {
      const before = (await ordersOf(demo.url)).length;
      await shop.trouble('network');
      await shop.untilText('#link-network', 'cut');
      await shop.startSale();
      await shop.untilText('#story', 'No connection: nothing left the shop');
      await shop.untilState('failed');
      await shop.untilText('#sale-message', 'could not be started. You may start a new sale');
      assert.equal((await ordersOf(demo.url)).length, before);
      await shop.trouble('network');
      await shop.untilText('#link-network', 'up');
    });

    it('network cut while the code is shown: the customer pays, and the till learns it when the line is back', async () => {
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.trouble('network');
      await shop.untilText('#link-network', 'cut');
      await shop.page.locator('#scan-pay').click();
      await shop.untilText('#wallet-words-title', 'Paid');
      assert.equal(await shop.page.locator('#sale-state').textContent(), 'awaiting payer');
      await shop.trouble('network');
      await shop.untilState('paid');
    });

    it('display unplugged: the till shows the code for the wallet to scan; plugged in, the glass gets it back', async () => {
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.trouble('display');
      await shop.untilText('#glass-words', 'Unplugged');
      await shop.untilCodeOn('#screen', null);
      await shop.untilText('#sale-message', 'Show it on this screen');
      await shop.untilText('#sale-display', 'not connected');
      await shop.page.locator('#till-code-picture').waitFor();
      await shop.untilCodeOn('#till-code', (await newestOrder()).code);
      await shop.page.locator('#scan-only').click();
      await shop.untilText('#wallet-text', 'Scanned and left open.');
      await shop.trouble('display');
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.untilCodeOn('#screen', (await newestOrder()).code);
      await shop.page.locator('#scan-pay').click();
      await shop.untilState('paid');
    });

    it('notification lost: the bridge asks by itself and finds out', async () => {
      await shop.trouble('lose_notification');
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-pay').click();
      await shop.untilState('paid');
      await shop.untilText('#story', 'The bridge asked Alipay+: paid');
      await shop.page.locator('[data-trouble="lose_notification"][aria-pressed="false"]').waitFor();
    });

    it('no answer to the pay request: the same bytes again, one order, one charge', async () => {
      const before = (await ordersOf(demo.url)).length;
      await shop.trouble('no_answer');
      await shop.startSale();
      await shop.untilText('#story', 'No answer. Silence is not failure');
      await shop.untilText('#story', /The same request sent again \(send 2\): same bytes, SHA-256 [0-9a-f]{8}/);
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-pay').click();
      await shop.untilState('paid');
      assert.equal((await ordersOf(demo.url)).length, before + 1);
      assert.equal((await newestOrder()).timesCharged, 1);
    });

    it('wrong signature: not believed, asked again', async () => {
      await shop.trouble('wrong_signature');
      await shop.startSale();
      await shop.untilText('#story', 'Answer with a wrong signature: not believed');
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-pay').click();
      await shop.untilState('paid');
    });

    it('traffic limit: a longer pause, then the code', async () => {
      await shop.trouble('traffic_limit');
      await shop.startSale();
      await shop.untilText('#story', 'Alipay+ asked to slow down');
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.page.locator('#scan-pay').click();
      await shop.untilState('paid');
    });
  });

  describe('for everybody', () => {
    it('is accessible, light and dark, before, during and after a sale', async () => {
      const { page } = shop;
      for (const fold of ['#call-fold', '#curl-fold']) await page.locator(`${fold} > summary`).click();
      const check = async (what: string, colorScheme: 'light' | 'dark') => {
        await page.emulateMedia({ colorScheme });
        await assertAccessible(page, `${what}, ${colorScheme}`);
      };
      if (await page.locator('#new-sale').isVisible()) await page.locator('#new-sale').click();
      await check('before a sale', 'light');
      await shop.startSale();
      await shop.untilText('#finder-word', /^code in sight$/);
      await shop.trouble('lose_notification');
      await check('the code shown, trouble armed', 'light');
      await check('the code shown, trouble armed', 'dark');
      await shop.trouble('lose_notification');
      await page.locator('#scan-pay').click();
      await shop.untilState('paid');
      await check('after a sale', 'dark');
      await page.emulateMedia({ colorScheme: 'light' });
    });

    it('fits a phone without sideways scroll', async () => {
      const phone = await openDemoPage(browser, demo.url, PHONE);
      await assertNoSidewaysScroll(phone.page, 'the form');
      await phone.startSale();
      await phone.untilText('#finder-word', /^code in sight$/);
      for (const fold of ['#call-fold', '#curl-fold']) await phone.page.locator(`${fold} > summary`).tap();
      await assertNoSidewaysScroll(phone.page, 'the code');
      await phone.page.locator('#scan-pay').tap();
      await phone.untilState('paid');
      await assertNoSidewaysScroll(phone.page, 'the end');
      assert.deepEqual(phone.complaints, []);
      await phone.close();
    });

    it('never gives the till’s key away, and shows a curl line that works', async () => {
      const header = (await readFile(await demo.headerFile(), 'utf8')).trim();
      const key = header.replace('Authorization: Bearer ', '');
      const command = (await shop.page.locator('#curl').textContent()) ?? '';
      assert.ok(command.includes(await demo.headerFile()));
      assert.ok(!(await shop.page.content()).includes(key));
      const url = /http:\S+\/v1\/payments/.exec(command)?.[0] ?? '';
      const sale = JSON.parse(/--data '([^']+)'/.exec(command)?.[1] ?? '') as { readonly saleReference: string };
      const answer = await httpCall(url, { json: sale, headers: { Authorization: `Bearer ${key}` } });
      assert.equal(answer.status, 201);
      await shop.untilText('#sale-name', sale.saleReference);
      await shop.page.locator('#cancel').click();
      await shop.untilState('cancelled');
    });

    it('refuses foreign host names and foreign pages', async () => {
      const foreign = await httpCall(`${demo.url}demo/live`, { headers: { Host: 'demo.example' } });
      assert.equal(foreign.status, 421);
      const page = { headers: { Origin: 'https://elsewhere.example' }, json: { on: true } };
      assert.equal((await httpCall(`${demo.url}demo/troubles/network`, page)).status, 403);
    });
  });

  describe('start and end', () => {
    it('comes back by itself after a restart of the demo', async () => {
      assert.deepEqual(shop.complaints, []);
      const port = Number(new URL(demo.url).port);
      const ended = await demo.stop('SIGINT');
      await shop.page.locator('#lost').waitFor();
      if (CAN_SIGNAL) assert.equal(ended.code, 0);
      demo = await startDemoProcess(port);
      await shop.page.locator('#lost').waitFor({ state: 'hidden' });
      await shop.page.locator('#start').waitFor();
      await shop.untilText('#books-empty', 'No sale yet');
      await shop.startSale();
      await shop.untilState('awaiting payer');
    });

    it('prints one line, ends with 0 on SIGTERM, even in the middle of a sale, and leaves nothing behind', async function () {
      if (!CAN_SIGNAL) skipBecause(this, 'Windows ends a program without telling it');
      const { code, leftOver } = await demo.stop('SIGTERM');
      assert.equal(code, 0);
      assert.deepEqual(leftOver, []);
      assert.match(demo.stdout(), /^Demo: open http:\/\/127\.0\.0\.1:\d+\/ in a browser \(Ctrl-C stops it\)\n$/);
      assert.equal(demo.stderr(), '');
    });
  });
});
