import { createBooksCard } from './books-card.js';
import { createCallPanel } from './call-panel.js';
import { createChargeCard } from './charge-card.js';
import { asTill, atDesk, beginDesk } from './desk.js';
import { createGlassCard } from './glass-card.js';
import { follow } from './live.js';
import { byId, say } from './page-tools.js';
import { createSalesList } from './sales-list.js';
import { createStoryCard } from './story-card.js';
import { createTillCard } from './till-card.js';
import { createTroubleCard } from './trouble-card.js';
import { createWalletCard } from './wallet-card.js';

let demo;

const sales = createSalesList((payment) => {
  till.news(payment);
  if (payment.paymentRequestId === story.told()) story.refresh();
  drawBooks();
});
const story = createStoryCard(sales.find);
const till = createTillCard({
  sales,
  shown(payment) {
    if (story.told() !== payment.paymentRequestId) story.tell(payment);
    if (demo.showsCode) wallet.look();
  },
});
const glass = createGlassCard();
const wallet = createWalletCard(till.showsCode);
const charge = createChargeCard();
const troubles = createTroubleCard();
const panel = createCallPanel();
const books = createBooksCard((payment) => {
  story.tell(payment);
  drawBooks();
});

function drawBooks() {
  if (demo === undefined) return;
  const { account, upstream, currency } = demo;
  books.show({ sales: sales.all(), account, name: upstream.name, currency, chosen: story.told() });
}

function link(id, is, word) {
  const item = byId(`link-${id}`);
  item.dataset.is = is;
  say(item.querySelector('.word'), word);
}

function onState(state) {
  // Another start of the demo has other books and other ids: everything on this page would be about a bridge that is gone.
  if (demo !== undefined && demo.startedAt !== state.startedAt) {
    location.reload();
    return;
  }
  const first = demo === undefined;
  demo = state;
  if (first) beginDesk(state);
  if (first && !state.showsCode) charge.begin();
  till.begin(state);
  glass.show(state.glass);
  if (state.showsCode) wallet.see(state.glass);
  else charge.see(state);
  troubles.show(state.troubles);
  panel.show(state);
  const cut = state.troubles.some(({ name, on }) => name === 'network' && on);
  link('network', cut ? 'bad' : 'good', cut ? 'cut' : 'up');
  const { plugged, lit } = state.glass;
  link('display', plugged ? (lit ? 'good' : 'wait') : 'bad', plugged ? (lit ? 'plugged in' : 'starting') : 'unplugged');
  drawBooks();
  story.refresh();
  if (first) followLane(state.laneId);
}

function followLane(laneId) {
  follow(
    asTill(`/v1/lanes/${laneId}/events`),
    {
      snapshot: (lane) => void till.lane(lane),
      payment: (payment) => sales.take(payment),
      display: (display) => void till.display(display),
    },
    (up) => link('bridge', up ? 'good' : 'wait', up ? 'running' : 'connecting'),
  );
}

follow(atDesk('/demo/live'), { state: onState }, (up) => {
  byId('lost').hidden = up;
  if (!up) link('bridge', 'bad', 'no answer');
});

// Boxes that scroll must be reachable by keyboard.
for (const box of document.querySelectorAll('[data-scrolls]')) box.tabIndex = 0;
