const AGAIN_AFTER_MS = 1000;
const byId = (id) => document.getElementById(id);

/** Sets a text only when it differs, so that screen readers are not told the same twice. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function sayBad(id, text) {
  const element = byId(id);
  element.hidden = text === null;
  say(element, text ?? '');
}

function list(element, items, make) {
  const now = JSON.stringify(items);
  if (element.dataset.now === now) return false;
  element.dataset.now = now;
  element.replaceChildren(...items.flatMap(make));
  return true;
}

function make(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function post(name, body) {
  return fetch(`/troubles/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
}

/** The button of a trouble; made once and kept, so that it does not lose the focus. */
function buttonFor({ name, label, kind, on }) {
  let button = byId(`trouble-${name}`);
  if (button === null) {
    button = make('button', label);
    button.type = 'button';
    button.id = `trouble-${name}`;
    button.addEventListener('click', () => {
      if (kind === 'switch') void post(name, { on: button.getAttribute('aria-pressed') !== 'true' });
      else void post(name, kind === 'count' ? { count: Math.max(1, Math.floor(Number(byId('count').value)) || 1) } : {});
    });
    byId(kind === 'count' ? 'counts' : 'switches').append(button);
  }
  if (kind === 'switch') button.setAttribute('aria-pressed', String(on));
}

let look = 0;

function show(now) {
  say(byId('driver'), `${now.driver}, ${now.baudRate} baud`);
  say(byId('state'), now.state);
  say(byId('configuration'), now.configuration === '' ? 'plugged in nowhere' : now.configuration);
  sayBad('noise', now.hostBaudRate === null ? null : `The host speaks at ${now.hostBaudRate} baud: what arrives is noise.`);
  sayBad('problem', now.problem);
  byId('device').dataset.lit = now.lit ? 'yes' : 'no';
  const picture = byId('picture');
  if (now.look !== look) picture.src = `/glass.png?look=${now.look}`;
  picture.hidden = false;
  picture.alt = now.code === null ? 'The display, without a code' : 'The display with a QR code';
  look = now.look;
  const places = Object.entries(now.texts).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  list(byId('texts'), now.page === null ? places : [['page', now.page], ...places], ([name, text]) => [
    make('dt', name),
    make('dd', text),
  ]);
  say(byId('code'), now.code ?? '');
  now.troubles.forEach(buttonFor);
  const trace = byId('trace');
  const atEnd = trace.scrollTop + trace.clientHeight >= trace.scrollHeight - 30;
  if (list(trace, now.trace, (line) => [make('li', line)]) && atEnd) trace.scrollTop = trace.scrollHeight;
}

let source;
let again;

function open() {
  clearTimeout(again);
  source?.close();
  source = new EventSource('/live');
  source.onopen = () => {
    byId('lost').hidden = true;
  };
  source.onerror = () => {
    byId('lost').hidden = false;
    source.close();
    again = setTimeout(open, AGAIN_AFTER_MS);
  };
  source.addEventListener('state', (event) => show(JSON.parse(event.data)));
}

open();
