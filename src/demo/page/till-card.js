import { byId, isFinal, say } from './page-tools.js';
import { createSaleForm } from './sale-form.js';
import { codeOnTill, drawCountdown, drawSale } from './sale-panel.js';
import { cancelSale, listPayments, readPayment, startSale } from './terminal-calls.js';

const TICK_MS = 250;
const SAME_SALE = 'Answer 200: the same payment came back. Nothing new was ordered, nobody is charged twice.';

/** The till: a form to start a sale, and the sale under way as the terminal API tells it. `shown(payment)` follows what it shows. */
export function createTillCard({ sales, shown }) {
  const panel = byId('sale');
  const form = createSaleForm(sales.take);
  const currentSale = () => sales.find(current);
  let laneDisplay;
  let shownState;
  let current;

  function show(payment) {
    const isNew = current !== payment.paymentRequestId;
    const focus = { form: form.hasFocus(), panel: panel.contains(document.activeElement) };
    current = payment.paymentRequestId;
    form.close();
    panel.hidden = false;
    if (payment.state !== shownState) say(byId('sale-note'), '');
    shownState = payment.state;
    drawSale(payment, form.bodyOf(payment.saleReference)?.description, laneDisplay);
    const over = isFinal(payment.state);
    const free = over || payment.state === 'needs_attention';
    byId('cancel').disabled = over || payment.state === 'cancelling';
    byId('repeat').disabled = form.bodyOf(payment.saleReference) === undefined;
    byId('new-sale').disabled = !free;
    moveFocus(focus, isNew, free);
    shown(payment);
  }

  byId('cancel').addEventListener('click', async () => {
    const { status, body } = await cancelSale(current);
    if (status > 0 && status < 300) sales.take(body);
    else say(byId('sale-note'), body?.detail ?? 'The bridge does not answer. Press Cancel again.');
  });

  byId('repeat').addEventListener('click', async () => {
    const body = form.bodyOf(currentSale()?.saleReference);
    if (body === undefined) return;
    const { status, body: answer } = await startSale(body);
    const same = status === 200 && answer.paymentRequestId === current;
    say(byId('sale-note'), same ? SAME_SALE : (answer?.detail ?? 'The bridge does not answer.'));
    if (status > 0 && status < 300) sales.take(answer);
  });

  byId('new-sale').addEventListener('click', () => {
    current = undefined;
    panel.hidden = true;
    form.open();
  });
  setInterval(() => drawCountdown(currentSale()), TICK_MS);

  return {
    begin: form.begin,
    ...laneFollower({ sales, currentSale, show, setDisplay: (display) => (laneDisplay = display) }),
    /** The payment whose code stands on the till's own screen, or null. */
    showsCode() {
      const payment = currentSale();
      return payment !== undefined && codeOnTill(payment) ? payment.paymentRequestId : null;
    },
  };
}

/** Enter goes on to the next step, but only for somebody who was at the till anyway. */
function moveFocus(before, isNew, free) {
  const at = document.activeElement;
  if (before.form && isNew) byId('sale-message').focus({ preventScroll: true });
  else if (before.panel && free && at !== byId('repeat')) byId('new-sale').focus({ preventScroll: true });
  else if (before.panel && at.disabled !== false && at !== byId('sale-message'))
    byId('sale-message').focus({ preventScroll: true });
}

/** What comes over the lane's stream of events. */
function laneFollower({ sales, currentSale, show, setDisplay }) {
  return {
    /** The lane as it stands when a stream begins: the session's sales are read, what is open is shown. */
    async lane(lane) {
      setDisplay(lane.displays[0]);
      for (const payment of await listPayments(lane.laneId)) sales.take(payment);
      if (lane.openPayment !== null) sales.take(lane.openPayment);
    },
    /** A change of the display leaves the payment's version; what the till should do may differ all the same. */
    async display(changed) {
      setDisplay(changed);
      const payment = currentSale();
      if (payment === undefined) return;
      show(payment);
      if (isFinal(payment.state)) return;
      const { status, body } = await readPayment(payment.paymentRequestId);
      if (status === 200) sales.take(body);
    },
    /** News about a payment: an open one comes onto the till, whoever started it. */
    news(payment) {
      const holds = !isFinal(payment.state) && payment.state !== 'needs_attention';
      if (holds || payment.paymentRequestId === currentSale()?.paymentRequestId) show(payment);
    },
  };
}
