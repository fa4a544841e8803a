import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { loadConfig } from '#src/config/load-config.js';
import { BRIDGE_PUBLIC_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { siblingShop, TOKEN } from '../support/sibling-shops.js';
import { assertGoodPage, enter, type OfficePage, officeOf } from './office.js';
import { HOSTILE } from './office-shop.js';

const DATE = '2026-03-05';

describe('the timeline of a payment', function () {
  this.timeout(180_000);
  let browser: Browser;
  let harness: Harness;
  let olga: OfficePage;
  let paid = '';
  let cancelled = '';
  let foreign = '';

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness({ lanes: ['lane-1', 'lane-2'] });
    olga = await officeOf(browser, harness, 'operator', { name: 'olga' });
    await wholeLife();
    await cancelledSale();
    foreign = await clearedDay();
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  /** A sale that is paid, refunded by a person and cleared, a second between each. */
  async function wholeLife(): Promise<void> {
    const placed = await harness.place({ saleReference: 'LIFE-1', description: HOSTILE });
    paid = placed.paymentRequestId;
    await harness.clock.advance(1000);
    harness.simulator.pay(paid);
    await harness.untilState(paid, ['paid']);
    await harness.clock.advance(1000);
    await olga.go(`/payments/${paid}`);
    await olga.page.getByLabel(/^Amount/).fill('480');
    await olga.page.getByLabel(/^Reason/).fill(HOSTILE);
    await olga.page.getByRole('button', { name: 'Refund' }).click();
    await olga.page.getByText('The refund is written down and goes out once.').waitFor();
    await harness.clock.settle();
    await harness.clock.advance(1000);
  }

  async function cancelledSale(): Promise<void> {
    cancelled = (await harness.place({ saleReference: 'LIFE-2' })).paymentRequestId;
    await harness.clock.advance(1000);
    await harness.cancel(cancelled);
    await harness.untilState(cancelled, ['cancelled']);
    await harness.clock.advance(1000);
  }

  /** Takes the day's files in and compares it; a line of somebody else stands among ours. */
  async function clearedDay(): Promise<string> {
    const folder = join(harness.folder, 'reports');
    mkdirSync(folder);
    harness.simulator.setFaults([{ name: 'clearing_foreign_line' }]);
    const files = harness.simulator.clearingFiles(DATE).files.map(({ name, content }) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
    harness.simulator.setFaults([]);
    const kim = await officeOf(browser, harness, 'approver', { name: 'kim' });
    await kim.go('/days');
    await kim.page.locator('input[type="file"]').setInputFiles(files);
    await kim.page.getByRole('button', { name: 'Take in' }).click();
    await kim.page.getByRole('heading', { name: 'What became of the files' }).waitFor();
    await kim.go(`/days/${DATE}`);
    await kim.page.getByRole('button', { name: 'Compare now' }).click();
    await kim.page.getByText('The day was compared.').waitFor();
    const link = await kim.page
      .locator('.exceptions tr', { hasText: 'Not ours' })
      .getByRole('link', { name: /as read/ })
      .getAttribute('href');
    await kim.close();
    return link ?? '';
  }

  /** Kinds of the rows, top down, each with its words, without pauses and details. */
  const rows = () =>
    olga.page.locator('.timeline > tbody > tr').evaluateAll((all) =>
      all.map((row) => {
        const words = [...row.querySelectorAll('td:last-child > p:first-child')].map((one) => one.textContent ?? '').join(' ');
        return `${row.getAttribute('data-kind')}: ${words.replaceAll(/\s+/g, ' ').trim()}`;
      }),
    );

  /** Each expected row stands behind the one before it. */
  function assertInOrder(found: readonly string[], expected: readonly RegExp[]): void {
    let at = -1;
    for (const one of expected) {
      const next = found.findIndex((row, index) => index > at && one.test(row));
      assert.ok(next > at, `${one} behind row ${at}:\n${found.join('\n')}`);
      at = next;
    }
  }

  it('shows a whole life in its order: till, send, answer, glass, notification, refund, clearing line', async () => {
    await olga.go(`/payments/${paid}`);
    const found = await rows();
    assertInOrder(found, [
      /^till: Till T01 asked for JPY.1,980 on lane lane-1 till → bridge$/,
      /^journal: Weighed saleAccepted/,
      /^journal: Weighed callStarted received → submitting$/,
      /^message: Message pay about to leave bridge → upstream$/,
      /^message: Message pay 200 answered Signature: good upstream → bridge$/,
      /^journal: Weighed payAnswered submitting → awaiting payer$/,
      /^glass: Display virtual: code shown read back bridge → display$/,
      /^notification: Notification \/hooks.* Signature: good upstream → bridge$/,
      /^journal: Weighed notifiedPaid awaiting payer → paid$/,
      /^glass: Display virtual: code cleared read back bridge → display$/,
      /^act: Person olga asked for a refund of JPY.480 person → bridge$/,
      /^refund: Refund olga asked for JPY.480 back refunded person → bridge$/,
      /^journal: Weighed refundAsked/,
      /^message: Message refund about to leave/,
      /^message: Message refund 200 answered Signature: good/,
      /^journal: Weighed refundAnswered/,
      /^clearing: Clearing line \d+ of the day 2026-03-05 matched clearing file → bridge$/,
      /^clearing: Clearing line \d+ of the day 2026-03-05 matched clearing file → bridge$/,
    ]);
    assert.equal(found.filter((row) => row.startsWith('clearing')).length, 2, 'the payment and its refund');
    assert.equal(await olga.page.locator('main b[onclick]').count(), 0);
    assert.ok((await olga.page.locator('.timeline').getByText(HOSTILE, { exact: true }).count()) > 0);
    await olga.page.getByText('which are kept for 8 days').waitFor();
    for (const summary of await olga.page.locator('.timeline > tbody > tr > td > details > summary').all()) await summary.click();
    await assertGoodPage(olga.page, 'a whole life, unfolded');
    assert.deepEqual(olga.complaints, []);
  });

  it('shows who asked for a cancel, what was sent for it, and the glass being cleared', async () => {
    await olga.go(`/payments/${cancelled}`);
    assertInOrder(await rows(), [
      /^till: Till T01 asked for JPY/,
      /^glass: .*code shown/,
      /^till: Till T01 asked for a cancel/,
      /^journal: Weighed cancelAsked/,
      /^message: Message cancel about to leave/,
      /^message: Message cancel 200 answered Signature: good/,
      /^journal: Weighed cancelAnswered .*→ cancelled$/,
      /^glass: .*code cleared/,
    ]);
  });

  it('is followed from a clearing line to its bytes, and a line of somebody else leads to no payment', async () => {
    const { page } = olga;
    await olga.go(`/payments/${paid}`);
    await page
      .getByRole('link', { name: /^line \d+ as read$/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /^Line \d+ of transactionItems_/ }).waitFor();
    await page.locator(`a[href="/payments/${paid}"]`).click();
    await page.getByRole('heading', { name: 'Payment LIFE-1' }).waitFor();
    await page.getByRole('link', { name: 'the day' }).first().click();
    await page.getByRole('heading', { name: `Clearing day ${DATE}` }).waitFor();
    await olga.go(foreign);
    await page.getByRole('heading', { name: /^Line \d+ of transactionItems_/ }).waitFor();
    assert.equal(await page.locator('main a[href^="/payments/"]').count(), 0);
  });

  it('copies the exact bytes with the keyboard alone', async () => {
    const { page } = olga;
    await olga.go(`/payments/${paid}`);
    const [sent] = harness.calls('pay', paid);
    for (const summary of await page.locator('.timeline > tbody > tr > td > details > summary').all()) await summary.click();
    await olga.tabTo('What we sent: Exact bytes, as text');
    await page.keyboard.press('Control+A');
    const chosen = await page.evaluate(() => {
      const one = document.activeElement as HTMLTextAreaElement;
      return one.value.slice(one.selectionStart, one.selectionEnd);
    });
    assert.equal(chosen, sent?.body);
  });

  const verdict = async (part: string) => {
    await olga.go(`/payments/${paid}`);
    const link = olga.page.locator(`.timeline a[href*="/messages/${part}-"]`).first();
    await olga.go((await link.getAttribute('href')) ?? '');
    return olga.page.getByRole('status').textContent();
  };

  async function exchangeKey(pem: string): Promise<void> {
    writeFileSync(join(harness.folder, 'keys', 'theirs.pem'), pem);
    const loaded = await loadConfig(join(harness.folder, 'bridge.yaml'), {});
    assert.equal(loaded.kind, 'ok');
    if (loaded.kind === 'ok') await harness.bridge().reload(loaded.config);
  }

  it('verifies a message again: valid while the keys are those of then, invalid once theirs was exchanged, ours all the same', async () => {
    for (const part of ['request', 'answer', 'notification']) assert.match((await verdict(part)) ?? '', /^valid$/, part);
    const [sent] = harness.calls('pay', paid);
    await verdict('request');
    const shown = (await olga.page.locator('main').textContent()) ?? '';
    for (const text of [
      'POST ',
      '/v1/payments/pay',
      String(sent?.headers['request-time']),
      String(sent?.headers['client-id']),
      sent?.bodySha256,
    ])
      assert.ok(shown.includes(text ?? '?'), `${text} in ${shown}`);
    await assertGoodPage(olga.page, 'a signature verified again');
    await exchangeKey(BRIDGE_PUBLIC_PEM);
    try {
      for (const part of ['answer', 'notification']) assert.match((await verdict(part)) ?? '', /^invalid mismatch$/, part);
      assert.match((await olga.page.locator('main').textContent()) ?? '', /Verdict then\s*good/);
      await assertGoodPage(olga.page, 'a signature that fits no more');
      assert.match((await verdict('request')) ?? '', /^valid$/);
    } finally {
      await exchangeKey(UPSTREAM_PUBLIC_PEM);
    }
    assert.match((await verdict('answer')) ?? '', /^valid$/);
  });

  it('names no message that the payment has not', async () => {
    for (const name of ['answer-999999', 'request-0', 'answer-1x', 'glass-1']) {
      const answer = await olga.page.request.get(`${new URL(olga.page.url()).origin}/payments/${paid}/messages/${name}/verify`);
      assert.equal(answer.status(), 404, name);
    }
  });

  it('hides from a viewer the bytes that hold a code while it may be scanned, and from nobody afterwards', async () => {
    const vera = await officeOf(browser, harness, 'viewer', { name: 'vera', javaScriptEnabled: false });
    const open = await harness.place({ saleReference: 'LIFE-3' });
    const code = open.orderCode?.value ?? '?';
    const base64 = Buffer.from(harness.calls('pay', open.paymentRequestId)[0]?.answer?.body ?? '').toString('base64');
    await vera.go(`/payments/${open.paymentRequestId}`);
    const seen = await vera.page.content();
    assert.ok(!seen.includes(code) && !seen.includes(base64), 'neither as text nor in Base64');
    await vera.page.getByText('The bytes hold a code that may still be scanned').waitFor({ state: 'attached' });
    await olga.go(`/payments/${open.paymentRequestId}`);
    assert.ok((await olga.page.content()).includes(base64));
    await harness.cancel(open.paymentRequestId);
    await harness.untilState(open.paymentRequestId, ['cancelled']);
    await vera.go(`/payments/${open.paymentRequestId}`);
    assert.ok((await vera.page.content()).includes(base64));
    await vera.close();
  });

  it('is read in Chinese and Japanese, on a phone, and without scripts', async () => {
    const plain = await officeOf(browser, harness, 'viewer', {
      name: 'plain',
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    for (const [language, till, verify] of [
      ['简体中文', '请求收款', '重新验证'],
      ['日本語', '請求', '再検証'],
    ] as const) {
      await plain.go(`/payments/${paid}`);
      await plain.page.getByRole('link', { name: language }).click();
      assert.ok((await plain.page.locator('.timeline tr[data-kind="till"]').first().textContent())?.includes(till));
      assert.ok((await plain.page.getByText(verify).count()) > 0);
    }
    await plain.page.getByRole('link', { name: 'English' }).click();
    await plain.close();
  });

  it('says of a request with a token in it that it cannot be recomputed, and shows no token', async () => {
    const { options, sale } = siblingShop('rebell_agreement');
    const other = await startHarness(options);
    try {
      const placed = await other.place(sale);
      const seen = await other.untilState(placed.paymentRequestId, ['paid'], 10_000);
      const ora = await officeOf(browser, other, 'operator', { name: 'ora' });
      await ora.go(`/payments/${seen.paymentRequestId}`);
      assert.ok(!(await ora.page.content()).includes(TOKEN));
      const link = ora.page.locator('.timeline a[href*="/messages/request-"]').first();
      await ora.go((await link.getAttribute('href')) ?? '');
      assert.match((await ora.page.getByRole('status').textContent()) ?? '', /^cannot be recomputed$/);
      const page = (await ora.page.locator('main').textContent()) ?? '';
      assert.ok(page.includes(other.calls('pay', seen.paymentRequestId)[0]?.bodySha256 ?? '?'), 'the hash of what was signed');
      await ora.close();
    } finally {
      await other.stop();
    }
  });

  it('is paged by keyboard when it is long', async () => {
    const { page } = olga;
    const { paymentRequestId } = await harness.place({ saleReference: 'LIFE-4', laneId: 'lane-2' });
    for (let times = 0; times < 60; times += 1) {
      const answer = await page.request.post(`${new URL(page.url()).origin}/payments/${paymentRequestId}/inquire`, {
        form: { csrf: await page.locator('input[name="csrf"]').first().inputValue() },
        headers: { Origin: new URL(page.url()).origin },
      });
      assert.equal(answer.status(), 200);
      await harness.clock.advance(1000);
    }
    await olga.go(`/payments/${paymentRequestId}`);
    const told = (await page.getByText(/^1 to 200 of \d+ entries\.$/).textContent()) ?? '';
    const first = await rows();
    assert.equal(first.length, 200);
    await olga.tabTo('Later entries');
    await enter(page);
    const second = await rows();
    assert.equal(first.length + second.length, Number(/of (\d+)/.exec(told)?.[1]));
    assert.ok(second.length > 0 && second.every((row) => !row.startsWith('till: Till T01 asked for JPY')));
  });
});
