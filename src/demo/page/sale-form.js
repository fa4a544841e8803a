import { byId, make, say } from './page-tools.js';
import { startSale } from './terminal-calls.js';

const REPEAT_AFTER_MS = 1000;
const MOST_DIGITS = 9;

/** The form that starts a sale. `started(payment)` is called with what the terminal API answered. */
export function createSaleForm(started) {
  const form = byId('sale-form');
  const bodies = new Map();
  let demo = { terminalId: 'T01', currency: 'JPY', showsCode: true };
  const amount = wireAmount(form);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wrong = firstMistake(amount);
    say(byId('sale-error'), wrong?.says ?? '');
    if (wrong !== undefined) {
      wrong.field.focus();
      return;
    }
    const body = saleOf(demo, amount.digits());
    bodies.set(body.saleReference, body);
    byId('start').disabled = true;
    const { status, body: answer } = await startUntilKnown(body);
    byId('start').disabled = false;
    say(byId('sale-error'), status < 300 ? '' : (answer?.detail ?? `The bridge answered ${status}.`));
    if (status < 300) started(answer);
  });

  return {
    begin(state) {
      demo = state;
      say(byId('currency'), state.currency);
      byId('life-field').hidden = !state.showsCode;
      offerCustomers(state.customers);
    },
    /** What was posted under this reference from this page; undefined for a sale that somebody else started. */
    bodyOf: (saleReference) => bodies.get(saleReference),
    hasFocus: () => form.contains(document.activeElement),
    close() {
      form.hidden = true;
    },
    open() {
      form.hidden = false;
      amount.input.focus();
      amount.input.select();
    },
  };
}

/** Digits only, typed or by the keypad. */
function wireAmount(form) {
  const input = byId('amount');
  const digits = () => input.value.replace(/\D/g, '').replace(/^0+/, '').slice(0, MOST_DIGITS);
  input.addEventListener('input', () => {
    input.value = digits();
  });
  form.addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]')?.dataset.key;
    if (key === undefined) return;
    input.value = key === 'back' ? digits().slice(0, -1) : digits() + key;
    input.value = digits();
  });
  return { input, digits };
}

function firstMistake(amount) {
  if (amount.digits() === '') return { field: amount.input, says: 'Type an amount.' };
  const description = byId('description');
  return description.value.trim() === '' ? { field: description, says: 'Say what is sold.' } : undefined;
}

function offerCustomers(customers) {
  const list = byId('customer');
  byId('customer-field').hidden = customers.length === 0;
  if (list.options.length !== customers.length)
    list.replaceChildren(...customers.map(({ reference, label }) => make('option', { value: reference }, label)));
}

/** A code has a life that the till may choose; an agreement has a customer whom it names. */
function saleOf({ terminalId, currency, showsCode }, value) {
  const life = showsCode ? byId('life').value : '';
  return {
    saleReference: newReference(terminalId),
    amount: { currency, value },
    description: byId('description').value.trim(),
    ...(life === '' ? {} : { expiresInSeconds: Number(life) }),
    ...(showsCode ? {} : { buyer: { agreementReference: byId('customer').value } }),
  };
}

/** Silence and 5xx leave the outcome open: the same call again, with the same reference, until something is known. */
async function startUntilKnown(body) {
  for (;;) {
    const answer = await startSale(body);
    if (answer.status !== 0 && answer.status < 500) return answer;
    say(byId('sale-error'), 'The bridge does not answer. The till repeats the same sale; it cannot be charged twice.');
    await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS));
  }
}

/** Names one attempt for ever: the time, and two letters against two tabs in the same second. */
function newReference(terminalId) {
  const [time] = new Date().toTimeString().split(' ');
  const letters = Math.random().toString(36).slice(2, 4).toUpperCase().padEnd(2, 'X');
  return `${terminalId}-${time.replaceAll(':', '')}-${letters}`;
}
