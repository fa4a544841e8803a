import assert from 'node:assert/strict';
import axe from 'axe-core';
import jsqr from 'jsqr';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { httpCall } from '../support/http-call.js';

/** The page of a demo, with the moves a visitor makes. */
export interface DemoPage {
  readonly page: Page;
  /** What the browser complained about: scripts, policy, missing files. */
  readonly complaints: readonly string[];
  /** Starts a sale by clicking. */
  startSale(): Promise<void>;
  /** Waits until the till says this state. */
  untilState(state: string): Promise<void>;
  /** Waits until this stands in an element; `attached`: also in one that is folded away. */
  untilText(selector: string, text: string | RegExp, state?: 'visible' | 'attached'): Promise<void>;
  /** Waits until a phone reads exactly this off the pixels of an element; null: no code at all. */
  untilCodeOn(selector: string, code: string | null): Promise<void>;
  trouble(name: string): Promise<void>;
  close(): Promise<void>;
}

/** One order as `/sim/orders` shows it. */
export interface SeenOrder {
  readonly paymentRequestId: string;
  readonly state: string;
  readonly code: string;
  readonly timesCharged: number;
}

const SEEN_WITHIN_MS = 12_000;
const LOOK_EVERY_MS = 150;

export async function openDemoPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<DemoPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(SEEN_WITHIN_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A refused payment is an answer, even if browsers call it an error.
    if (message.type() === 'error' && !message.text().includes('409 (Conflict)')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.locator('#link-bridge[data-is="good"]').waitFor();
  const untilText: DemoPage['untilText'] = async (selector, text, state = 'visible') => {
    await page.locator(selector).filter({ hasText: text }).first().waitFor({ state });
  };
  return {
    page,
    complaints,
    async startSale() {
      if (await page.locator('#new-sale').isVisible()) await page.locator('#new-sale').click();
      await page.locator('#start').click();
    },
    untilState: (state) => untilText('#sale-state', new RegExp(`^${state}$`)),
    untilText,
    async untilCodeOn(selector, code) {
      for (let left = SEEN_WITHIN_MS; left > 0; left -= LOOK_EVERY_MS) {
        if ((await readCode(page, selector)) === code) return;
        await page.waitForTimeout(LOOK_EVERY_MS);
      }
      assert.equal(await readCode(page, selector), code);
    },
    trouble: (name) => page.locator(`[data-trouble="${name}"]`).click(),
    close: () => context.close(),
  };
}

async function readCode(page: Page, selector: string): Promise<string | null> {
  const { data, width, height } = PNG.sync.read(await page.locator(selector).screenshot());
  const read = typeof jsqr === 'function' ? jsqr : (jsqr as { default: typeof import('jsqr').default }).default;
  return read(Uint8ClampedArray.from(data), width, height)?.data ?? null;
}

/** The upstream's account book, oldest first. */
export async function ordersOf(url: string): Promise<readonly SeenOrder[]> {
  return (await httpCall(`${url}sim/orders`)).json<{ readonly orders: readonly SeenOrder[] }>().orders;
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Fails with every violation that axe-core finds on the page as it stands; `colours`: only its rules about colours. */
export async function assertAccessible(page: Page, what: string, rules: 'all' | 'colours' = 'all'): Promise<void> {
  // Half a megabyte of script goes over once a page, not once a look.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(`(() => { ${axe.source} })()`);
  const only = {
    resultTypes: ['violations'],
    ...(rules === 'colours' && { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }),
  };
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(only)})`)) as AxeResult;
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(told, [], `axe-core on ${what}`);
}

/** Fails when the page can be moved sideways, and names what sticks out. */
export async function assertNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const tooWide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const all = [...document.querySelectorAll('body *')];
    return all.filter((one) => one.getBoundingClientRect().right > width + 1).map((one) => one.outerHTML.slice(0, 80));
  });
  assert.deepEqual(tooWide, [], `sideways scroll on ${what}`);
}
