import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { assertGoodPage, officeOf } from './office.js';
import { HOSTILE } from './office-shop.js';

describe('front page of the back office', function () {
  this.timeout(90_000);
  let browser: Browser;
  let harness: Harness;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness({ lanes: ['lane-1', 'lane-2', 'lane-3'] });
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  it('shows each lane with its open payment, its displays and the picture on the glass, and follows without a reload', async () => {
    const office = await officeOf(browser, harness, 'operator', { name: 'olga' });
    const { page } = office;
    const lane = page.getByLabel('Lane lane-2');
    await lane.getByText('free', { exact: true }).waitFor();
    const sale = await harness.place({ laneId: 'lane-2', saleReference: 'TODAY-1', description: HOSTILE });
    await lane.getByText('awaiting payer').waitFor();
    await lane.getByRole('img', { name: 'Code of TODAY-1, JPY 1,980' }).waitFor();
    await harness.cancel(sale.paymentRequestId);
    await harness.untilState(sale.paymentRequestId, ['cancelled']);
    await lane.getByText('free', { exact: true }).waitFor();
    assert.equal(await lane.getByRole('img').count(), 0);
    await assertGoodPage(page, 'front page');
    assert.deepEqual(office.complaints, []);
    await office.close();
  });

  it('tells a viewer that a code is shown, and gives the picture of it to nobody below an operator', async () => {
    const vera = await officeOf(browser, harness, 'viewer', { name: 'vera' });
    const kim = await officeOf(browser, harness, 'approver', { name: 'kim' });
    const sale = await harness.place({ laneId: 'lane-3', saleReference: 'TODAY-2' });
    await vera.page.getByLabel('Lane lane-3').getByText('A code is shown. Viewers do not see codes.').waitFor();
    const picture = kim.page.getByLabel('Lane lane-3').getByRole('img');
    await picture.waitFor();
    assert.equal(await vera.page.getByLabel('Lane lane-3').getByRole('img').count(), 0);
    const address = new URL((await picture.getAttribute('src')) ?? '', kim.page.url()).href;
    assert.equal((await kim.page.request.get(address)).status(), 200);
    assert.equal((await vera.page.request.get(address)).status(), 403);
    assert.equal((await vera.page.request.get(address.replace(/displays.*/, 'code.svg'))).status(), 403);
    await harness.cancel(sale.paymentRequestId);
    await harness.untilState(sale.paymentRequestId, ['cancelled']);
    assert.equal((await kim.page.request.get(address)).status(), 404, 'gone with its order');
    await assertGoodPage(vera.page, 'front page of a viewer');
    await vera.close();
    await kim.close();
  });
});
