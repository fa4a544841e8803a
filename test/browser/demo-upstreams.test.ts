import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { DEMO_DESKS } from '#src/demo/demo-desks.js';
import { openBrowser } from '../support/browser.js';
import { httpCall } from '../support/http-call.js';
import { assertAccessible, assertNoSidewaysScroll, type DemoPage, openDemoPage, ordersOf } from './demo-page.js';
import { type DemoProcess, startDemoProcess } from './demo-process.js';

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

describe('demo page with another upstream', function () {
  this.timeout(120_000);
  let browser: Browser;
  let demo: DemoProcess;

  before(async function () {
    browser = await openBrowser(this);
    demo = await startDemoProcess();
  });

  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  /** A page of its own, which must have had nothing to complain about. */
  async function at(upstreamId: string, visit: (shop: DemoPage) => Promise<void>, options = {}): Promise<void> {
    const shop = await openDemoPage(browser, `${demo.url}?upstream=${upstreamId}`, options);
    await visit(shop);
    assert.deepEqual(shop.complaints, []);
    await shop.close();
  }

  const newestOrder = async () => (await ordersOf(demo.url)).at(-1);
  const wordsOf = ({ page }: DemoPage) => page.locator('.trio, #troubles, #books-box, #books-sum').allInnerTexts();

  for (const { upstreamId, dialect, name, code } of DEMO_DESKS) {
    it(`takes a whole sale through ${dialect}, and says on every card whose it is`, () =>
      at(upstreamId, async (shop) => {
        const { page } = shop;
        await shop.untilText('#upstreams [aria-current="page"]', /./);
        if (code === null) await page.locator('#customer').selectOption({ label: 'Member, the debit takes its time' });
        await shop.startSale();
        await shop.untilState(code === null ? 'in doubt' : 'awaiting payer');
        await shop.untilText('#glass-t0', 'JPY 1980');
        if (code === null) {
          await shop.untilText('#glass-t1', 'Payment under way');
          await shop.untilCodeOn('#screen', null);
          await shop.untilText('#wallet-words-title', 'A debit is under way');
          await page.locator('#charge-pay').click();
        } else {
          await shop.untilCodeOn('#screen', (await newestOrder())?.code ?? '?');
          await page.locator('#scan-pay').click();
        }
        await shop.untilState('paid');
        await shop.untilText('#glass-t1', 'Payment received');
        await shop.untilText('#wallet-words-title', 'Paid');
        await shop.untilText('#story', `sent to ${name}`);
        await shop.untilText('#books-sum', /^1 order, 1 paid, JPY 1980 taken$/);
        await shop.untilText('#books tr:first-child', /paid\s*paid\s*1 ×/);
        assert.equal((await newestOrder())?.timesCharged, 1);
        const words = (await wordsOf(shop)).join('\n');
        assert.ok(words.includes(`Cut the network to ${name}`) && words.includes(`${name} says`), words);
        if (name !== 'Alipay+') assert.doesNotMatch(words, /Alipay/);
        assert.doesNotMatch(words, /null|undefined/);
      }));
  }

  it('is chosen by keyboard alone, and a reload stays with it', () =>
    at('alipayplus', async ({ page, untilText }) => {
      await page.locator('#upstreams a').first().waitFor();
      const there = () =>
        page.evaluate(() =>
          document.activeElement instanceof HTMLElement ? (document.activeElement.dataset['upstream'] ?? '') : '',
        );
      for (let steps = 0; steps < 20 && (await there()) !== 'antom'; steps += 1) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await untilText('#link-network', 'Antom line');
      await page.reload();
      await untilText('#upstreams [aria-current="page"]', 'Antom Auto Debit');
      await page.locator('#customer').waitFor();
      assert.equal(await page.locator('#life-field').isVisible(), false);
    }));

  it('tells the till when a member’s limit is reached, and nothing was taken', () =>
    at('rebell-agreement', async (shop) => {
      await shop.page.locator('#customer').selectOption({ label: 'Member, limit reached' });
      await shop.startSale();
      await shop.untilState('failed');
      await shop.untilText('#sale-message', /not completed\. Ask the customer for another way to pay/);
      await shop.untilText('#wallet-words-title', 'Not charged');
      assert.equal((await newestOrder())?.timesCharged, 0);
    }));

  it('shows a command for curl that charges a member there', () =>
    at('antom', async ({ page, untilText }) => {
      await untilText('#curl', 'agreementReference', 'attached');
      const command = (await page.locator('#curl').textContent()) ?? '';
      const sale = JSON.parse(/--data '([^']+)'/.exec(command)?.[1] ?? '') as object;
      const answer = await httpCall(`${demo.url}tills/T05/v1/payments`, { json: sale });
      assert.equal(answer.status, 201);
      assert.equal(answer.json()['upstreamId'], 'antom');
    }));

  it('leaves the calls of the README with the order code', async () => {
    const sale = { saleReference: 'CURL-1', amount: { currency: 'JPY', value: '1980' }, description: 'Matcha set' };
    const placed = (await httpCall(`${demo.url}v1/payments`, { json: sale })).json();
    assert.deepEqual([placed['upstreamId'], placed['laneId']], ['alipayplus', 'lane-1']);
    const id = String(placed['paymentRequestId']);
    assert.equal((await httpCall(`${demo.url}sim/orders/${id}/pay`, { json: {} })).status, 200);
  });

  it('is accessible, light and dark, and fits a phone, where an agreement is charged', async () => {
    await at('antom', async (shop) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await shop.page.emulateMedia({ colorScheme });
        await assertAccessible(shop.page, `the agreement’s form, ${colorScheme}`);
      }
    });
    await at(
      'antom',
      async (shop) => {
        await assertNoSidewaysScroll(shop.page, 'the agreement’s form');
        await shop.startSale();
        await shop.untilState('paid');
        await assertNoSidewaysScroll(shop.page, 'the agreement’s end');
      },
      PHONE,
    );
  });
});
