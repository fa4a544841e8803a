import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { PROBLEM_STATUS } from '#src/http/problem.js';
import { STATES } from '#src/payment/payment.js';
import { NEXT_ACTIONS } from '#src/terminal/terminal-advice.js';
import { TERMINAL_ENDPOINTS } from '#src/terminal/terminal-api.js';
import { type Harness, startHarness, TILL_KEY } from '../support/bridge-harness.js';
import { readEvents } from '../support/event-reader.js';
import type { HttpAnswer } from '../support/http-call.js';
import { createNames, differences, type Names, type StoryStep, storyOf } from '../support/http-story.js';

const PAGE = 'docs/till-integration.md';
/** The payment of the page that its payer paid. */
const PAID = 'SHOP114-3e73488a0beef109395d7df9';

interface Telling {
  readonly shop: Harness;
  readonly names: Names;
  /** The newest payment of the story. */
  id: string;
}

/** What happens beside the calls, by the words of the page. */
const MEANWHILE: Readonly<Record<string, (telling: Telling) => Promise<void>>> = {
  async 'the payer pays'({ shop, id }) {
    shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
  },
  async 'the refund is answered'(telling) {
    const { shop, names } = telling;
    const id = names.real(PAID);
    await shop.clock.until(async () => (await shop.read(id)).refunded.value === '480', 'refunded');
  },
  async 'the undo is answered'({ shop, names }) {
    const id = names.real(PAID);
    await shop.clock.until(async () => (await shop.read(id)).undo?.state === 'done', 'undone');
  },
  async 'the cancel is answered'({ shop, id }) {
    await shop.clock.until(async () => (await shop.read(id)).state === 'cancelled', 'cancelled');
  },
};

type Request = Extract<StoryStep, { kind: 'request' }>;
type Answer = Extract<StoryStep, { kind: 'answer' }>;

async function send(telling: Telling, { method, path, message }: Request): Promise<HttpAnswer> {
  const { authorization: _placeholder, ...headers } = message.headers;
  const body = message.body === '' ? {} : { body: message.body };
  return telling.shop.till(telling.names.real(path), { method, headers, ...body });
}

async function follow(telling: Telling, { path }: Request, shown: Answer): Promise<string[]> {
  const stream = await readEvents(`${telling.shop.bridge().urls.terminal}${path}`, { Authorization: `Bearer ${TILL_KEY}` });
  await telling.shop.clock.until(() => stream.events.length > 0, 'an event');
  stream.close();
  const [first] = stream.events;
  const [, event = '', data = ''] = /event: (\w+)\ndata: (.+)$/.exec(shown.message.body) ?? [];
  assert.match(first?.id ?? '', /^\d+$/);
  assert.equal(stream.headers['content-type'], shown.message.headers['content-type']);
  return [
    ...differences(event, first?.event, telling.names, 'event'),
    ...differences(JSON.parse(data), first?.data, telling.names),
  ];
}

async function compare(telling: Telling, answer: HttpAnswer, shown: Answer): Promise<string[]> {
  const found = answer.status === shown.status ? [] : [`status: the page says ${shown.status}, the bridge ${answer.status}`];
  const body = differences(JSON.parse(shown.message.body), answer.json(), telling.names);
  const { paymentRequestId } = answer.json<{ paymentRequestId?: string }>();
  if (paymentRequestId !== undefined) telling.id = paymentRequestId;
  const headers = Object.entries(shown.message.headers).flatMap(([name, value]) =>
    differences(value, answer.headers[name], telling.names, name),
  );
  return [...found, ...body, ...headers];
}

describe('the page for till programmers', () => {
  let shop: Harness;
  before(async () => {
    shop = await startHarness();
  });
  after(() => shop.stop());

  it('shows requests and answers as they really are', async () => {
    const steps = storyOf(await readFile(PAGE, 'utf8'));
    assert.ok(steps.length > 20, 'the page tells its story in http blocks');
    const telling: Telling = { shop, names: createNames(), id: '' };
    for (const [index, step] of steps.entries()) {
      if (step.kind === 'meanwhile') await MEANWHILE[step.what]?.(telling);
      if (step.kind !== 'request') continue;
      const shown = steps[index + 1];
      assert.ok(shown?.kind === 'answer', `${PAGE}:${step.line}: a request is followed by its answer`);
      const isStream = step.message.headers['accept'] === 'text/event-stream';
      const wrong = isStream ? await follow(telling, step, shown) : await compare(telling, await send(telling, step), shown);
      assert.deepEqual(wrong, [], `${PAGE}:${shown.line}`);
    }
  });

  it('has a line for every code that the till can get, with its status', async () => {
    const page = await readFile(PAGE, 'utf8');
    const listed = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => `${code} ${status}`);
    const everywhere = [
      'method_not_allowed',
      'request_timeout',
      'headers_too_large',
      'host_not_allowed',
      'internal_error',
    ] as const;
    const codes = new Set([...TERMINAL_ENDPOINTS.flatMap(({ problems }) => problems), ...everywhere]);
    assert.deepEqual(listed.sort(), [...codes].map((code) => `${code} ${PROBLEM_STATUS[code]}`).sort());
  });

  it('explains every state and every action', async () => {
    const page = await readFile(PAGE, 'utf8');
    const explained = new Set([...page.matchAll(/^\| `(\w+)` \| [^|]+ \|$/gm)].map(([, word]) => word));
    assert.deepEqual(explained, new Set([...NEXT_ACTIONS, ...STATES]));
  });
});
