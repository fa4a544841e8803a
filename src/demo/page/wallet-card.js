import { atDesk } from './desk.js';
import { call } from './live.js';
import { byId, money, say } from './page-tools.js';
import { codePicture } from './terminal-calls.js';
import { tell } from './wallet-words.js';

const READY = { title: 'Ready to scan', text: 'The camera sees the customer display.' };
const IN_SIGHT = { title: 'A code is in sight', text: 'Choose below what the customer does.' };
const CLOSED_WORDS = {
  paid: 'This order is paid already.',
  closed: 'This order is closed.',
  cancelled: 'The shop cancelled this order.',
};

/** The customer's phone. It knows only what its camera reads; `tillShows()` names the payment whose code stands on the till, or null. */
export function createWalletCard(tillShows) {
  let glass = { showsCode: false, look: 0 };
  let saw = null;
  let scanned;

  /** Whose screen the camera looks at: `glass`, the payment whose code the till shows, or null. */
  const target = () => (glass.showsCode ? 'glass' : tillShows());

  function look() {
    const at = target();
    drawFinder(at, glass.look);
    if (saw === null && at !== null) {
      scanned = undefined;
      tell(IN_SIGHT);
    }
    saw = at;
    byId('pay-later').hidden = scanned === undefined;
  }

  function on(id, act) {
    byId(id).addEventListener('click', async () => {
      scanned = undefined;
      const order = await scan(target());
      if (order !== undefined) await act(order);
      look();
    });
  }

  on('scan-pay', pay);
  on('scan-decline', decline);
  on('scan-only', (order) => {
    scanned = order;
    tell({
      title: order.merchantName === null ? 'Pay?' : `Pay ${order.merchantName}?`,
      amount: money(order.amount),
      text: 'Scanned and left open.',
    });
  });
  byId('pay-later').addEventListener('click', async () => {
    const order = scanned;
    scanned = undefined;
    if (order !== undefined) await pay(order);
    byId('scan-pay').focus();
    look();
  });
  tell(READY);
  return {
    see(next) {
      glass = next;
      look();
    },
    look,
  };
}

function drawFinder(at, look) {
  byId('finder').dataset.sees = at === null ? 'nothing' : 'code';
  say(byId('finder-word'), at === null ? 'nothing in sight' : at === 'glass' ? 'code in sight' : 'code on the till');
  const picture = byId('finder-picture');
  const source = at === null || at === 'glass' ? atDesk(`/demo/glass.png?look=${look}`) : codePicture(at);
  if (picture.getAttribute('src') !== source) picture.src = source;
}

/** Reads the code off the picture and asks the upstream what it is; undefined, and said so, when there is nothing to pay. */
async function scan(at) {
  const seen = await call('POST', atDesk('/demo/look'), { tillShows: at === 'glass' ? null : at });
  if (!seen.ok || seen.body.code === null) {
    tell({ title: 'No code in sight', text: 'There is nothing to scan on the display.', tone: 'wait' });
    return undefined;
  }
  const found = await call('POST', '/sim/scan', { code: seen.body.code });
  if (!found.ok) {
    tell({ title: 'This code is not known', tone: 'bad' });
    return undefined;
  }
  const order = found.body;
  if (order.state === 'open') return order;
  tell({ title: CLOSED_WORDS[order.state], amount: money(order.amount), tone: 'bad' });
  return undefined;
}

async function pay(order) {
  const done = await call('POST', `/sim/orders/${order.paymentRequestId}/pay`);
  // Not every pay API says who is paid.
  const text = order.merchantName === null ? '' : `to ${order.merchantName}`;
  if (done.ok) tell({ title: 'Paid', amount: money(order.amount), text, tone: 'good' });
  else tell({ title: 'Not paid', text: CLOSED_WORDS[done.body?.order?.state] ?? 'The wallet got no answer.', tone: 'bad' });
}

async function decline(order) {
  await call('POST', `/sim/orders/${order.paymentRequestId}/decline`, { resultCode: 'USER_BALANCE_NOT_ENOUGH' });
  tell({ title: 'Your balance is too low', amount: money(order.amount), text: 'Nothing was paid.', tone: 'bad' });
}
