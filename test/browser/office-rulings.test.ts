import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { assertNoSidewaysScroll } from './demo-page.js';
import { assertGoodPage, enter, type OfficePage, officeOf } from './office.js';
import { HOSTILE } from './office-shop.js';

/** As it is shown: the mark that turns what follows stands there as its code point. */
const HOSTILE_SEEN = HOSTILE.replace('\u202e', '[U+202E]');
const LOSE = [{ name: 'lose', times: 0 }];
/** Few questions, and a lane that is soon let go: payments come to need attention without much turning of the clock. */
const SOON_RELEASED = {
  inquiryFirstAfterMs: 30_000,
  inquiryEveryMs: [30_000, 30_000],
  graceAfterExpiryMs: 1000,
  laneReleaseAfterMs: 5000,
};
const DEAF = [...LOSE, { name: 'deaf', times: 0 }];

describe('back office pages about rulings', function () {
  this.timeout(240_000);
  let browser: Browser;
  let harness: Harness;
  const unsettled: string[] = [];
  let olga: OfficePage;
  let ana: OfficePage;
  let rui: OfficePage;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness({ displays: [], timing: SOON_RELEASED, lanes: [0, 1, 2, 3, 4, 5].map((n) => `lane-${n}`) });
    // Their codes were shown, and nothing was heard of them since.
    harness.simulator.setFaults(LOSE);
    for (let n = 0; n < 6; n += 1) {
      const sale = { saleReference: `RULE-${n}`, laneId: `lane-${n}`, expiresInSeconds: 30 };
      unsettled.push((await harness.place(sale)).paymentRequestId);
    }
    harness.simulator.setFaults(DEAF);
    await untilAll('needs_attention', unsettled);
    olga = await officeOf(browser, harness, 'operator', { name: 'olga', javaScriptEnabled: false });
    ana = await officeOf(browser, harness, 'approver', { name: 'ana' });
    rui = await officeOf(browser, harness, 'approver', { name: 'rui' });
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  const payment = (n: number) => `/payments/${unsettled[n]}`;
  const stateOf = async (n: number) => (await harness.read(unsettled[n] ?? '')).state;
  const buttons = (office: OfficePage) => office.page.locator('main').getByRole('button').allTextContents();

  async function untilAll(state: string, ids: readonly string[]): Promise<void> {
    const isThere = async () => (await Promise.all(ids.map(harness.read))).every((one) => one.state === state);
    await harness.clock.advanceUntil(isThere, `payments in ${state}`, { stepMs: 5_000, limitMs: 300_000 });
  }

  /** Proposes with the mouse, where the keyboard is not the point. */
  async function propose({ page, go }: OfficePage, n: number, as: string, reason: string): Promise<void> {
    await go(payment(n));
    await page.locator(`input[name="as"][value="${as}"]`).check();
    await page.locator('textarea[name="reason"]').fill(reason);
    await page.getByRole('button', { name: 'Propose this ruling' }).click();
    await page.getByText('Your proposal is written down.').waitFor();
  }

  /** Posts a form as a page of this session could, with its token. */
  async function forge({ page }: OfficePage, path: string, form: Record<string, string>) {
    const csrf = await page.locator('input[name="csrf"]').first().inputValue();
    const { origin } = new URL(page.url());
    return page.request.post(`${origin}${path}`, { form: { csrf, ...form }, headers: { Origin: origin }, maxRedirects: 0 });
  }

  it('lets one propose and another confirm by keyboard alone, without a script, and nothing changes in between', async () => {
    const { page } = olga;
    await olga.go(payment(0));
    await olga.tabTo(/^The money is there/);
    await page.keyboard.press('Space');
    await olga.tabTo('What makes you sure? In your words');
    await page.keyboard.type(HOSTILE);
    await olga.press('Propose this ruling');
    await page.getByText('Your proposal is written down.').waitFor();
    await page.getByText('You proposed this. Somebody else, an approver, has to confirm or reject it').waitFor();
    await page.getByText(HOSTILE_SEEN, { exact: true }).waitFor();
    assert.equal(
      (await buttons(olga)).some((text) => /Confirm|Reject|Propose/.test(text)),
      false,
    );
    assert.equal(await stateOf(0), 'needs_attention');
    await ana.go('/rulings');
    await ana.page.getByText(HOSTILE_SEEN, { exact: true }).waitFor();
    assert.equal(await ana.page.locator('main b[onclick]').count(), 0);
    await assertGoodPage(ana.page, 'rulings with an open one');
    await ana.press('Confirm: paid');
    await ana.page.getByText('Confirmed. The payment has ended so.').waitFor();
    assert.deepEqual([await stateOf(0), (await harness.read(unsettled[0] ?? '')).endedBy], ['paid', 'ruling']);
    await olga.go(`${payment(0)}#ruling`);
    const box = page.locator('#ruling');
    assert.match((await box.textContent()) ?? '', /confirmed\s*ana/);
    assert.deepEqual(await box.getByRole('button').allTextContents(), []);
    assert.deepEqual([olga.complaints, ana.complaints], [[], []]);
  });

  it('lets a viewer read and press nothing, and an operator not decide, not even with forms of their own', async () => {
    await propose(olga, 1, 'failed', 'closed there');
    const vera = await officeOf(browser, harness, 'viewer', { name: 'vera' });
    for (const path of [payment(1), payment(2), '/rulings']) {
      await vera.go(path);
      assert.deepEqual(await buttons(vera), [], path);
    }
    await vera.page.getByText('closed there').waitFor();
    const id = (await ana.page.request.get(`${new URL(ana.page.url()).origin}/api/rulings?open=true`)).json() as Promise<{
      items: { id: string }[];
    }>;
    const open = (await id).items[0]?.id ?? '';
    for (const [who, path] of [
      [vera, `${payment(2)}/rulings`],
      [vera, `/rulings/${open}/confirm`],
      [olga, `/rulings/${open}/confirm`],
      [olga, `/rulings/${open}/reject`],
    ] as const)
      assert.equal((await forge(who, path, { as: 'paid', reason: 'mine' })).status(), 403, path);
    assert.equal(await stateOf(1), 'needs_attention');
    await vera.close();
  });

  it('lets nobody confirm what the same person proposed, approver or not, and says why', async () => {
    await propose(ana, 2, 'cancelled', 'cancelled there');
    assert.equal(
      (await buttons(ana)).some((text) => /Confirm|Reject/.test(text)),
      false,
    );
    await rui.go('/rulings');
    const action = await rui.page.locator('article', { hasText: 'RULE-2' }).locator('form').first().getAttribute('action');
    const answer = await forge(ana, action ?? '', {});
    assert.equal(answer.status(), 403);
    assert.match(await answer.text(), /You proposed this\. Somebody else/);
    assert.equal(await stateOf(2), 'needs_attention');
    await rui.page.locator('article', { hasText: 'RULE-2' }).getByRole('button', { name: 'Confirm: cancelled' }).click();
    await rui.page.getByText('Confirmed. The payment has ended so.').waitFor();
    assert.equal(await stateOf(2), 'cancelled');
  });

  it('tells the second of two who propose at once what the first one did, and keeps what was typed', async () => {
    await rui.go(payment(3));
    await assertGoodPage(rui.page, 'a payment that needs attention');
    await rui.page.locator('input[name="as"][value="paid"]').check();
    await rui.page.locator('textarea[name="reason"]').fill(`my long reason ${HOSTILE}`);
    await propose(olga, 3, 'failed', 'I was here first');
    await rui.page.getByRole('button', { name: 'Propose this ruling' }).click();
    const told = (await rui.page.getByRole('alert').textContent()) ?? '';
    assert.match(told, /Somebody was quicker/);
    assert.match(told, /olga proposed “failed” before you, at 2026-/);
    assert.match(told, /I was here first/);
    await rui.page.getByText(`my long reason ${HOSTILE_SEEN}`, { exact: true }).waitFor();
    await assertGoodPage(rui.page, 'a conflict about a ruling');
    await rui.page.getByRole('link', { name: 'Look at the payment' }).click();
    await rui.page.getByRole('button', { name: 'Confirm: failed' }).waitFor();
  });

  it('tells the second of two who decide at once what the first one did, and the payment ends once', async () => {
    await ana.go(payment(3));
    await rui.go(payment(3));
    await rui.page.getByLabel('Why not').fill('the console says paid');
    await ana.press('Confirm: failed');
    await ana.page.getByText('Confirmed. The payment has ended so.').waitFor();
    await rui.page.getByRole('button', { name: 'Reject' }).click();
    const told = (await rui.page.getByRole('alert').textContent()) ?? '';
    assert.match(told, /ana confirmed “failed” before you/);
    assert.match(told, /The payment is now: failed/);
    assert.match(told, /the console says paid/);
    assert.equal(await stateOf(3), 'failed');
  });

  it('shows why a proposal was rejected, and takes another one', async () => {
    await rui.go('/rulings');
    const article = rui.page.locator('article', { hasText: 'RULE-1' });
    await article.getByLabel('Why not').fill('the console shows it as paid 🍵');
    await article.getByRole('button', { name: 'Reject' }).click();
    await rui.page.getByText('Rejected. The payment stays as it is.').waitFor();
    await olga.go(payment(1));
    await olga.page.getByText('the console shows it as paid 🍵').first().waitFor();
    await olga.page.getByRole('button', { name: 'Propose this ruling' }).waitFor();
    await rui.go('/rulings');
    assert.match((await rui.page.locator('#over-title ~ article').first().textContent()) ?? '', /RULE-3/);
  });

  it('says in Chinese and Japanese what it says in English', async () => {
    for (const [locale, title, proposal] of [
      ['zh-CN', '裁定', '提交裁定提议'],
      ['ja-JP', '裁定', 'この裁定を提案する'],
    ] as const) {
      const office = await officeOf(browser, harness, 'operator', { name: `olga-${locale}`, locale });
      await office.go('/rulings');
      assert.equal(await office.page.getByRole('heading', { level: 1 }).textContent(), title);
      await office.go(payment(4));
      await office.page.getByRole('button', { name: proposal }).waitFor();
      await office.page.setViewportSize({ width: 390, height: 800 });
      await assertNoSidewaysScroll(office.page, `a ruling in ${locale} on a phone`);
      await office.close();
    }
  });

  it('offers nothing that may not be ruled yet, and says from when on', async () => {
    harness.simulator.setFaults([]);
    const { paymentRequestId: id } = await harness.place({
      saleReference: 'RULE-EARLY',
      laneId: 'lane-0',
      expiresInSeconds: 180,
    });
    harness.simulator.setFaults(DEAF);
    await harness.cancel(id);
    await untilAll('needs_attention', [id]);
    await olga.go(`/payments/${id}`);
    const enabled = await olga.page
      .locator('input[name="as"]:enabled')
      .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
    assert.deepEqual(enabled, ['paid']);
    await olga.page
      .getByText(/Not yet: somebody can still pay the order\. Allowed from 2026-/)
      .first()
      .waitFor();
    const answer = await forge(olga, `/payments/${id}/rulings`, { as: 'failed', reason: 'too early' });
    assert.equal(answer.status(), 409);
    assert.match(await answer.text(), /Nobody can rule so on this payment now/);
  });

  it('tells whoever decides too late that the upstream spoke first', async () => {
    await propose(olga, 5, 'failed', 'nobody answers');
    await ana.go(payment(5));
    await ana.tabTo('Confirm: failed');
    harness.simulator.setFaults([]);
    await harness.clock.advanceUntil(async () => (await stateOf(5)) !== 'needs_attention', 'an end', {
      stepMs: 5_000,
      limitMs: 600_000,
    });
    await enter(ana.page);
    assert.match((await ana.page.getByRole('alert').textContent()) ?? '', /The upstream spoke first/);
    await olga.go(payment(5));
    await olga.page.locator('#ruling').getByText('void', { exact: true }).waitFor();
  });
});
