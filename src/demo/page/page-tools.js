/** The element with this id; the page and its scripts come together, so it is there. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element with attributes and children; texts are always texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Sets a text only when it differs, so that screen readers are not told the same twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets or removes the tone of an element: `good`, `bad`, `wait`, `trouble`, `info`. */
export function tone(element, name) {
  if (name === undefined) delete element.dataset.tone;
  else if (element.dataset.tone !== name) element.dataset.tone = name;
}

/** `JPY 1980`, as on the glass; amounts are whole smallest units as text, and the demo's currency has no decimal places. */
export function money({ currency, value }) {
  return `${currency} ${value}`;
}

const STATE_TONES = {
  received: 'wait',
  submitting: 'wait',
  awaiting_payer: 'info',
  in_doubt: 'wait',
  cancelling: 'wait',
  needs_attention: 'bad',
  paid: 'good',
  failed: 'bad',
  cancelled: undefined,
};

/** The tone in which a payment's state is shown. */
export function stateTone(state) {
  return STATE_TONES[state];
}

/** A state of the contract as a person reads it. */
export function stateWords(state) {
  return state.replaceAll('_', ' ');
}

/** Never left again. */
export function isFinal(state) {
  return state === 'paid' || state === 'failed' || state === 'cancelled';
}

/** Minutes and seconds, as on a clock. */
export function clockText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
