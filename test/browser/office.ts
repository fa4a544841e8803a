import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { addUser, PASSWORD } from '../support/back-office.js';
import type { Harness } from '../support/bridge-harness.js';
import { assertAccessible, assertNoSidewaysScroll } from './demo-page.js';

/** Somebody at a page of the back office. */
export interface OfficePage {
  readonly page: Page;
  /** What the browser complained about: scripts, policy, missing files. */
  readonly complaints: readonly string[];
  /** Goes to a page of the back office. */
  go(path: string): Promise<void>;
  /** Presses Tab until the thing with this accessible name has the focus, as somebody without a mouse does; throws after a whole round. */
  tabTo(name: string | RegExp): Promise<void>;
  /** The same, then Enter, and waits for the page that comes. */
  press(name: string | RegExp): Promise<void>;
  close(): Promise<void>;
}

const MOST_TABS = 250;

/** Opens the back office and stands before the login. */
export async function openOffice(browser: Browser, harness: Harness, options: BrowserContextOptions = {}): Promise<OfficePage> {
  const url = harness.bridge().urls.backOffice ?? '';
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(12_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${url}/`);
  const tabTo: OfficePage['tabTo'] = async (name) => {
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(focusedName);
      if (typeof name === 'string' ? focused === name : name.test(focused)) return;
    }
    throw new Error(`nothing called ${name} can be reached with Tab on ${page.url()}`);
  };
  return {
    page,
    complaints,
    tabTo,
    async press(name) {
      await tabTo(name);
      await enter(page);
    },
    async go(path) {
      await page.goto(`${url}${path}`);
    },
    close: () => context.close(),
  };
}

/** Presses Enter and waits for the page that comes. */
export async function enter(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')]);
}

/** What a screen reader would call the focused thing, as far as our pages name things. */
function focusedName(): string {
  const one = document.activeElement as HTMLInputElement | null;
  if (one === null) return '';
  const label = one.labels?.[0]?.querySelector('span')?.textContent ?? one.labels?.[0]?.textContent;
  return (one.getAttribute('aria-label') ?? label ?? one.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** Adds a person, opens the back office and logs in with the keyboard. */
export async function officeOf(
  browser: Browser,
  harness: Harness,
  role: string,
  { name = role, ...options }: BrowserContextOptions & { name?: string } = {},
): Promise<OfficePage> {
  await addUser(harness, name, role);
  const office = await openOffice(browser, harness, options);
  await logInByKeyboard(office, name);
  return office;
}

export async function logInByKeyboard({ page }: OfficePage, name: string): Promise<void> {
  // The field for the name has the focus by itself.
  await page.locator('input[name="name"]:focus').waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.locator('.person').waitFor();
}

/** axe-core in light and dark, and the width on a phone. The dark page differs in nothing but its colours. */
export async function assertGoodPage(page: Page, what: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page, `${what}, dark`, 'colours');
  await page.emulateMedia({ colorScheme: 'light' });
  await assertAccessible(page, `${what}, light`);
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 800 });
  await assertNoSidewaysScroll(page, `${what} on a phone`);
  if (before !== null) await page.setViewportSize(before);
}
