import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { addUser } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { openBrowser } from '../support/browser.js';
import { httpCall } from '../support/http-call.js';
import { assertGoodPage, logInByKeyboard, officeOf, openOffice } from './office.js';

const MINUTE_MS = 60_000;

describe('frame of the back office pages', function () {
  this.timeout(60_000);
  let browser: Browser;
  let harness: Harness;

  before(async function () {
    browser = await openBrowser(this);
    harness = await startHarness();
  });
  after(async () => {
    await browser?.close();
    await harness?.stop();
  });

  it('lets a person in by the keyboard, back to the page that was wanted, and out again, without a script', async () => {
    await addUser(harness, 'frame', 'viewer');
    const office = await openOffice(browser, harness, { javaScriptEnabled: false });
    await office.go('/help?x=1');
    assert.match(office.page.url(), /\/login\?next=%2Fhelp%3Fx%3D1$/);
    await logInByKeyboard(office, 'frame');
    assert.match(office.page.url(), /\/help\?x=1$/);
    await office.tabTo('Log out');
    await office.page.keyboard.press('Enter');
    assert.equal(await office.page.getByRole('alert').textContent(), 'You are logged out.');
    await office.close();
  });

  it('says why somebody has to log in: a wrong password, a session that ended, a name that is locked', async () => {
    const office = await officeOf(browser, harness, 'viewer', { name: 'again' });
    const { page } = office;
    await harness.clock.advance(16 * MINUTE_MS);
    await office.go('/');
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Your session has ended/);
    await page.getByLabel('Name').fill('again');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    assert.equal(await page.getByRole('alert').textContent(), 'Name or password is wrong.');
    assert.equal(await page.getByLabel('Name').inputValue(), 'again');
    await page.locator('input[name="password"]:focus').waitFor();
    assert.deepEqual(office.complaints, []);
    await office.close();
  });

  it('speaks English, Chinese and Japanese: as the browser asks, and as somebody switched', async () => {
    const office = await openOffice(browser, harness, { locale: 'ja-JP' });
    const { page } = office;
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'ログイン');
    await page.getByRole('link', { name: '简体中文' }).click();
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), '登录');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
    await office.go('/');
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), '登录');
    await office.close();
  });

  it('is accessible before and after the login, light, dark and on a phone', async () => {
    const office = await openOffice(browser, harness);
    await assertGoodPage(office.page, 'login');
    await addUser(harness, 'axe', 'approver');
    await logInByKeyboard(office, 'axe');
    await assertGoodPage(office.page, 'front page');
    assert.deepEqual(office.complaints, []);
    await office.close();
  });

  it('lets no page be framed, cached or filled from elsewhere, and no style or script stand inline', async () => {
    const answer = await httpCall(`${harness.bridge().urls.backOffice}/login`);
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.equal(policy.includes('unsafe'), false);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.doesNotMatch(answer.text, /<style|style=|<script(?! type="module" src=)|\son\w+=/);
  });

  it('takes no form without the token of its session, and sends nobody to another site', async () => {
    const office = await officeOf(browser, harness, 'viewer', { name: 'forged' });
    const { page } = office;
    await page
      .locator('input[name="csrf"]')
      .first()
      .evaluate((field: HTMLInputElement) => {
        field.value = 'made-up';
      });
    await page.getByRole('button', { name: 'Log out' }).click();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Nothing was changed/);
    await office.go('/');
    assert.equal(await page.locator('.person').count(), 1, 'still logged in');
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      const answer = await httpCall(`${harness.bridge().urls.backOffice}/language?to=en&back=${encodeURIComponent(next)}`);
      assert.deepEqual([answer.status, answer.headers['location']], [303, '/'], next);
    }
    await page.getByRole('button', { name: 'Log out' }).click();
    assert.match(page.url(), /\/login\?why=out$/);
    await office.close();
  });
});
