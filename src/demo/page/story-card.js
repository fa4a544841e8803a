import { atDesk } from './desk.js';
import { call } from './live.js';
import { byId, isFinal, make, say, stateTone, stateWords } from './page-tools.js';

const ASK_EVERY_MS = 700;
const NEAR_THE_END_PX = 40;
const TONES = { good: 'good', bad: 'bad', trouble: 'trouble' };

/** What the bridge did for one payment, in short lines. `find(id)` gives the payment as the till knows it. */
export function createStoryCard(find) {
  let id;
  let told = '';
  let asking = false;
  let askAgain = false;
  let atTheEnd = true;
  const list = byId('story');

  async function ask() {
    if (id === undefined) return;
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    const asked = id;
    const { ok, body } = await call('GET', atDesk(`/demo/payments/${asked}/story`));
    asking = false;
    if (ok && asked === id) show(body.lines);
    if (askAgain) {
      askAgain = false;
      await ask();
    }
  }

  function show(lines) {
    const text = JSON.stringify(lines);
    if (text === told) return;
    told = text;
    const start = lines[0]?.at ?? 0;
    list.replaceChildren(...lines.map((line) => lineOf(line, start)));
    byId('story-empty').hidden = lines.length > 0;
    toTheEnd();
  }

  /** The newest line stays in sight until somebody scrolls back, also when the box changes its height. */
  function toTheEnd() {
    if (atTheEnd) list.scrollTop = list.scrollHeight;
  }

  list.addEventListener('scroll', () => {
    atTheEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END_PX;
  });
  new ResizeObserver(toTheEnd).observe(list);

  setInterval(() => {
    const payment = find(id);
    if (payment !== undefined && !isFinal(payment.state) && !document.hidden) void ask();
  }, ASK_EVERY_MS);

  return {
    /** Tells the story of this payment from now on. */
    tell(payment) {
      if (id !== payment.paymentRequestId) told = '';
      id = payment.paymentRequestId;
      say(byId('story-of'), payment.saleReference);
      void ask();
    },
    told: () => id,
    refresh: () => void ask(),
  };
}

function lineOf({ at, text, tone, state, times }, start) {
  const words = make('span', {}, text);
  if (times > 1) words.append(make('span', { class: 'times' }, ` × ${times}`));
  if (state !== null) words.append(make('span', { class: 'to', 'data-tone': stateTone(state) }, stateWords(state)));
  return make('li', { 'data-tone': TONES[tone] }, make('time', {}, `+${((at - start) / 1000).toFixed(1)} s`), words);
}
