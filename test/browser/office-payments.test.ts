import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { assertGoodPage, enter, type OfficePage, officeOf } from './office.js';
import { HOSTILE, setShop, type WorkedShop } from './office-shop.js';

describe('back office pages about payments', function () {
  this.timeout(90_000);
  let browser: Browser;
  let harness: Harness;
  let shop: WorkedShop;
  let olga: OfficePage;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness({ lanes: ['lane-1', 'lane-2'] });
    shop = await setShop(harness);
    olga = await officeOf(browser, harness, 'operator', { name: 'olga' });
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  const references = (office: OfficePage) => office.page.locator('main tbody td:nth-child(1)').allTextContents();

  it('finds a payment by the first characters of its reference and by any id, by keyboard alone, for every role', async () => {
    const { paymentId } = await harness.read(shop.paid);
    for (const role of ['viewer', 'operator', 'approver']) {
      const office = await officeOf(browser, harness, role, { name: `finder-${role}` });
      for (const [typed, found] of [
        ['OFFICE-', 5],
        ['OFFICE-0', 1],
        [shop.paid, 1],
        [String(paymentId), 1],
        ['NOBODY', 0],
      ] as const) {
        await office.go('/payments');
        await office.tabTo('Id or start of the reference');
        await office.page.keyboard.type(typed);
        await enter(office.page);
        assert.equal((await references(office)).length, found, `${role} ${typed}`);
      }
      await office.go('/payments?q=OFFICE-0');
      await office.press('OFFICE-0');
      await office.page.getByRole('heading', { name: 'Payment OFFICE-0' }).waitFor();
      await office.close();
    }
  });

  it('finds by state, amount in its currency, lane and day, and says when an amount cannot be one', async () => {
    for (const [query, found] of [
      ['state=failed', ['OFFICE-3']],
      ['currency=jpy&amount=12,600', ['OFFICE-2']],
      ['currency=JPY&amount=12.60', []],
      ['lane=lane-2', []],
      ['from=2026-03-06', []],
      ['to=2026-03-04', []],
      ['from=2026-03-05&to=2026-03-05&q=OFFICE-1', ['OFFICE-1']],
    ] as const) {
      await olga.go(`/payments?${query}`);
      assert.deepEqual(await references(olga), found, query);
    }
    await olga.go('/payments?currency=JPY&amount=12.60');
    await olga.page.getByRole('alert').waitFor();
    await assertGoodPage(olga.page, 'an amount that is none');
    await olga.go('/payments');
    await assertGoodPage(olga.page, 'payments');
  });

  it('shows every message with headers, exact bytes and the verdict on its signature, hostile texts as text', async () => {
    const { page } = olga;
    await olga.go(`/payments/${shop.paid}`);
    assert.ok((await page.getByText('Signature: good').count()) >= 2, 'answer and notification were verified');
    const bytes = await page
      .locator('.timeline textarea')
      .evaluateAll((all) => all.map((one) => (one as HTMLTextAreaElement).value));
    const sent = harness.calls('pay', shop.paid)[0]?.body ?? '';
    assert.ok(bytes.includes(sent), 'the very bytes that arrived there');
    assert.ok(sent.includes(JSON.stringify(HOSTILE).slice(1, -1)));
    assert.equal(await page.locator('main b[onclick]').count(), 0);
    for (const summary of await page.locator('.timeline summary').all()) await summary.click();
    await assertGoodPage(page, 'a payment with everything unfolded');
    assert.deepEqual(olga.complaints, []);
  });

  it('refunds a part by keyboard alone, once, however often the form is sent', async () => {
    const { page } = olga;
    await olga.go(`/payments/${shop.paid}`);
    const form = await page.locator('form[action$="/refunds"]').evaluate((one) => {
      return Object.fromEntries([...new FormData(one as HTMLFormElement)].map(([name, value]) => [name, String(value)]));
    });
    await olga.tabTo('Amount, at most JPY 1,980');
    await page.keyboard.type('480');
    await page.keyboard.press('Tab');
    await page.keyboard.type(HOSTILE);
    await enter(page);
    await page.getByText('The refund is written down and goes out once.').waitFor();
    const again = await page.request.post(`${page.url().replace(/\?.*/, '')}/refunds`, {
      form: { ...form, amount: '480', reason: HOSTILE },
      headers: { Origin: new URL(page.url()).origin },
    });
    assert.equal(again.status(), 200, 'the same form once more is the same refund');
    await harness.clock.settle();
    await olga.go(`/payments/${shop.paid}`);
    await page.getByText('refunded', { exact: true }).first().waitFor();
    await page.getByText(HOSTILE, { exact: true }).first().waitFor();
    assert.equal(harness.simulator.orders().find((order) => order.paymentRequestId === shop.paid)?.refunded?.value, '480');
    await page.getByLabel('Amount, at most JPY 1,500').waitFor();
    await assertGoodPage(page, 'a payment with a refund');
  });

  it('refuses a refund above what is left, and one with decimals that the currency has not, and moves nothing', async () => {
    const { page } = olga;
    for (const amount of ['1501', '1.5', 'all']) {
      await olga.go(`/payments/${shop.paid}`);
      await page.getByLabel(/^Amount/).fill(amount);
      await page.getByRole('button', { name: 'Refund' }).click();
      assert.match((await page.getByRole('alert').textContent()) ?? '', /Nothing was changed/);
      if (amount === 'all') await assertGoodPage(page, 'a refusal');
      await page.getByRole('link', { name: 'Back to where you were' }).click();
      await page.getByRole('heading', { name: 'Payment OFFICE-0' }).waitFor();
    }
    assert.equal(harness.simulator.orders().find((order) => order.paymentRequestId === shop.paid)?.refunded?.value, '480');
    // What was asked for stands there as asked for, and not as done.
    const acts = await page.locator('.timeline tr[data-kind="act"] p:first-child').allTextContents();
    assert.equal(acts.filter((act) => /olga asked for a refund of JPY.1,501/.test(act)).length, 1, acts.join('\n'));
  });

  it('asks the upstream and cancels an open payment by keyboard, and tells what is under way', async () => {
    const { page } = olga;
    const open = await harness.place({ saleReference: 'OFFICE-OPEN', laneId: 'lane-2' });
    await olga.go(`/payments/${open.paymentRequestId}`);
    await olga.press('Ask the upstream now');
    await page.getByText('The question is on its way.').waitFor();
    await olga.press('Cancel the payment');
    await page.getByText('The cancel is under way.').waitFor();
    await harness.untilState(open.paymentRequestId, ['cancelled']);
    await olga.go(`/payments/${open.paymentRequestId}`);
    assert.equal(await page.getByRole('button', { name: 'Cancel the payment' }).count(), 0);
    await page.getByText('Charging this customer again cannot charge twice.').waitFor();
    assert.match((await page.locator('dt:has-text("Cancelled by") + dd').textContent()) ?? '', /^a person of the back office/);
  });

  it('lets a viewer read a payment and do nothing about it, not even with a form of his own', async () => {
    const vera = await officeOf(browser, harness, 'viewer', { name: 'vera' });
    await vera.go(`/payments/${shop.paid}`);
    assert.deepEqual(await vera.page.getByRole('button').allTextContents(), ['Log out']);
    const csrf = await vera.page.locator('input[name="csrf"]').first().inputValue();
    const url = `${new URL(vera.page.url()).origin}/payments/${shop.paid}`;
    for (const act of ['inquire', 'cancel', 'undo', 'refunds']) {
      const answer = await vera.page.request.post(`${url}/${act}`, { form: { csrf }, headers: { Origin: new URL(url).origin } });
      assert.equal(answer.status(), 403, act);
    }
    await vera.close();
  });

  it('says of a refund that waits for the inquiry before it that it is not sent yet, until it is', async () => {
    const refunds = () => harness.calls('refund', shop.paid).length;
    const before = refunds();
    await harness.clock.advance(1000);
    await harness.restart();
    harness.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 0 }]);
    const ora = await officeOf(browser, harness, 'operator', { name: 'ora' });
    await ora.go(`/payments/${shop.paid}`);
    await ora.page.getByLabel(/^Amount/).fill('20');
    await ora.page.getByRole('button', { name: 'Refund' }).click();
    await ora.page.getByText('the upstream is asked first').waitFor();
    await assertGoodPage(ora.page, 'a refund that is not sent yet');
    harness.simulator.setFaults([]);
    await harness.clock.advanceUntil(async () => refunds() > before, 'the refund sent', {
      stepMs: 500,
      limitMs: 120_000,
    });
    await harness.clock.settle();
    await ora.go(`/payments/${shop.paid}`);
    assert.equal(await ora.page.getByText('the upstream is asked first').count(), 0);
    await ora.close();
  });
});
