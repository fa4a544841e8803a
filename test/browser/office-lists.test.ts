import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, signatureHeader } from '#src/upstream/signature.js';
import { CLIENT_ID, type Harness, NOTIFY_PATH, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { assertNoSidewaysScroll } from './demo-page.js';
import { assertGoodPage, type OfficePage, officeOf } from './office.js';
import { HOSTILE } from './office-shop.js';

/** As it is shown: the mark that turns what follows stands there as its code point. */
const HOSTILE_SEEN = HOSTILE.replace('\u202e', '[U+202E]');
const UNKNOWN = 'TEST1-000000000000000000000000';
const BODY = `{"paymentRequestId":"${UNKNOWN}", "paymentResult":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":${JSON.stringify(HOSTILE)}}}`;

describe('back office pages about alerts, the quarantine and the trail', function () {
  this.timeout(240_000);
  let browser: Browser;
  let harness: Harness;
  let olga: OfficePage;
  let otto: OfficePage;
  let vera: OfficePage;
  let late: string;
  let code: string;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2', 'lane-3'], upstream: { latePayment: 'ask' } });
    const { paymentRequestId } = await harness.place({ saleReference: 'LATE-1' });
    late = paymentRequestId;
    code = (await harness.untilState(late, ['awaiting_payer'])).orderCode?.value ?? '';
    assert.ok(code.length > 10);
    harness.simulator.decline(late, 'USER_BALANCE_NOT_ENOUGH');
    await harness.untilState(late, ['failed']);
    harness.simulator.pay(late, { late: true });
    const { paymentRequestId: odd } = await harness.place({ saleReference: 'ODD-1', laneId: 'lane-2' });
    harness.simulator.pay(odd);
    await harness.untilState(odd, ['paid']);
    await harness.simulator.inventNotification(odd, 'SUCCESS', 'S', 'other_amount');
    const time = '2026-03-05T10:00:08+08:00';
    const key = {
      privateKey: readPrivateKey(UPSTREAM_PRIVATE_PEM),
      keyVersion: '1',
      encoding: 'percent',
      algorithmText: 'RSA256',
    } as const;
    const signature = await signatureHeader(key, { path: NOTIFY_PATH, clientId: CLIENT_ID, time }, Buffer.from(BODY));
    const answer = await harness.notify({ 'Client-Id': CLIENT_ID, 'Request-Time': time, Signature: signature }, BODY);
    assert.equal(answer.status, 200);
    await harness.clock.settle();
    olga = await officeOf(browser, harness, 'operator', { name: 'olga' });
    otto = await officeOf(browser, harness, 'operator', { name: 'otto' });
    vera = await officeOf(browser, harness, 'viewer', { name: 'vera', javaScriptEnabled: false });
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  const article = ({ page }: OfficePage, text: string | RegExp) => page.locator('article', { hasText: text });
  const mainButtons = ({ page }: OfficePage) => page.locator('main').getByRole('button').allTextContents();

  it('tell a viewer what happened, what the bridge does and what to do, and give no buttons for it', async () => {
    await vera.go('/alerts');
    const text = (await article(vera, 'LATE-1').textContent()) ?? '';
    assert.match(text, /paid after failed/);
    assert.match(text, /leaves it to you \(latePayment: ask\)/);
    assert.match(text, /Decide: undo/);
    assert.match((await article(vera, 'ODD-1').textContent()) ?? '', /another amount/);
    assert.deepEqual(await mainButtons(vera), []);
    await vera.go('/quarantine');
    assert.deepEqual(await mainButtons(vera), []);
    await vera.go('/audit');
    assert.deepEqual(await mainButtons(vera), ['Verify now', 'Search'], 'whoever may read may verify');
    await vera.go('/alerts');
    const csrf = await vera.page.locator('input[name="csrf"]').first().inputValue();
    const { origin } = new URL(vera.page.url());
    for (const list of ['alerts', 'quarantine']) {
      const form = { csrf, reason: 'mine' };
      const answer = await vera.page.request.post(`${origin}/${list}/1/dealt-with`, { form, headers: { Origin: origin } });
      assert.equal(answer.status(), 403, list);
    }
  });

  it('let an operator give late money back and say that it is dealt with, by keyboard alone', async () => {
    const { page } = olga;
    await olga.go('/alerts');
    await assertGoodPage(page, 'alerts');
    await article(olga, 'LATE-1').getByRole('button', { name: 'Undo: give everything back' }).focus();
    await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')]);
    await page.getByText('The undo is under way.').waitFor();
    await harness.clock.settle();
    assert.equal((await harness.read(late)).undo?.state, 'done');
    await olga.go('/alerts');
    assert.match((await article(olga, 'LATE-1').textContent()) ?? '', /has given the money back; the upstream confirmed it/);
    await olga.tabTo('What you did about it, in your words');
    await page.keyboard.type(HOSTILE);
    await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')]);
    await page.getByText('Written down. It stands under “dealt with”.').waitFor();
    await page.locator('#over-title ~ article').getByText(HOSTILE_SEEN, { exact: true }).waitFor();
    assert.equal(await page.locator('main b[onclick]').count(), 0);
    assert.equal((await harness.read(late)).next.newSaleAllowed, false, 'the advice to the till is as before');
  });

  it('show what was set aside with its exact bytes, why in words, and the payment it names', async () => {
    const { page } = olga;
    await olga.go('/quarantine');
    const one = article(olga, UNKNOWN);
    assert.match((await one.textContent()) ?? '', /It names a payment that our books do not hold/);
    await one.locator('summary').first().click();
    const shown = await one.locator('pre').allTextContents();
    assert.ok(shown.includes(BODY.replace('\u202e', '[U+202E]')), 'markup and odd characters stand there as text');
    assert.ok(shown.includes(Buffer.from(BODY).toString('base64')));
    await one.getByText(NOTIFY_PATH, { exact: true }).waitFor();
    await assertGoodPage(page, 'quarantine, unfolded');
    await article(olga, 'alipayplus').filter({ hasNotText: UNKNOWN }).locator('dd a').click();
    await page.getByRole('heading', { name: 'Payment ODD-1' }).waitFor();
    assert.deepEqual(olga.complaints, []);
  });

  it('tell the second of two who deal with one message who did it first, and keep the words', async () => {
    await olga.go('/quarantine');
    await otto.go('/quarantine');
    await article(otto, UNKNOWN).getByLabel('What you did about it').fill('my own words 🍵');
    await article(olga, UNKNOWN).getByLabel('What you did about it').fill('a test bridge used our id');
    await article(olga, UNKNOWN).getByRole('button', { name: 'Dealt with' }).click();
    await olga.page.getByText('Written down. It stands under “dealt with”.').waitFor();
    await article(otto, UNKNOWN).getByRole('button', { name: 'Dealt with' }).click();
    const told = (await otto.page.getByRole('alert').textContent()) ?? '';
    assert.match(told, /olga dealt with it before you, at 2026-/);
    assert.match(told, /a test bridge used our id/);
    assert.match(told, /my own words 🍵/);
    await otto.page.getByRole('link', { name: 'Back to the quarantine' }).click();
    await otto.page.locator('#over-title ~ article', { hasText: UNKNOWN }).waitFor();
  });

  it('show the trail newest first, by person and kind, without a secret, and verify it without a script', async () => {
    const { page } = vera;
    await vera.go('/audit');
    const kinds = await page.locator('.trail tbody td:nth-child(4)').allTextContents();
    assert.deepEqual(kinds.slice(0, 2), ['dealt with a quarantined message', 'dealt with an alert']);
    await page.getByText(HOSTILE_SEEN, { exact: true }).waitFor();
    const text = (await page.locator('main').textContent()) ?? '';
    const token = await page.locator('input[name="csrf"]').first().inputValue();
    for (const secret of [code, 'a password for tests', token]) assert.equal(text.includes(secret), false, secret);
    await vera.tabTo('Person');
    await page.keyboard.type('olga');
    await page.keyboard.press('Tab');
    await page.locator('select[name="what"]').selectOption('payment.undo');
    await vera.press('Search');
    assert.deepEqual(await page.locator('.trail tbody td:nth-child(3)').allTextContents(), ['olga']);
    await page.getByRole('link', { name: late }).waitFor();
    await vera.press('Verify now');
    const trail = await harness.bridge().people.verifyActs();
    assert.ok(trail.kind === 'whole');
    await page.getByText(`The trail is whole: ${trail.acts} acts`).waitFor();
    assert.equal(await page.locator('.hash').textContent(), trail.head);
  });

  it('are accessible, fit a phone and a sheet of paper, and speak Chinese and Japanese', async () => {
    await olga.go('/audit');
    await assertGoodPage(olga.page, 'audit');
    await olga.page.emulateMedia({ media: 'print' });
    assert.equal(await olga.page.getByRole('button', { name: 'Verify now' }).isVisible(), false);
    await olga.page.emulateMedia({ media: 'screen' });
    const { origin } = new URL(olga.page.url());
    for (const [code, alerts, todo] of [
      ['zh', '警报', '没有欠款。告知顾客后即可关闭。'],
      ['ja', '警告', '未払いはありません。顧客に伝えてから閉じてください。'],
    ] as const) {
      await olga.page.context().addCookies([{ name: 'ocbridge-lang', value: code, url: origin }]);
      await olga.go('/alerts');
      assert.equal(await olga.page.getByRole('heading', { level: 1 }).textContent(), alerts);
      await olga.page.getByText(todo).first().waitFor();
      await olga.page.setViewportSize({ width: 390, height: 800 });
      for (const path of ['/alerts', '/quarantine', '/audit', '/rulings']) {
        await olga.go(path);
        await assertNoSidewaysScroll(olga.page, `${path} in ${code} on a phone`);
      }
      await olga.page.setViewportSize({ width: 1280, height: 860 });
    }
    assert.deepEqual([olga.complaints, vera.complaints], [[], []]);
  });
});
