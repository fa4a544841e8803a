import { atDesk } from './desk.js';
import { call } from './live.js';
import { byId, make, say } from './page-tools.js';

const ON_MARKS = { network: 'cut', display: 'unplugged' };

/** The buttons that break things; what they are called and what to watch for comes from the server. */
export function createTroubleCard() {
  const buttons = new Map();

  function build({ name, label, watch }) {
    const mark = make('span', { class: 'mark', 'aria-hidden': 'true' });
    const hint = `watch-${name}`;
    const button = make(
      'button',
      { type: 'button', 'aria-pressed': 'false', 'aria-describedby': hint, 'data-trouble': name },
      label,
      mark,
    );
    button.addEventListener('click', async () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      const { ok, body } = await call('POST', atDesk(`/demo/troubles/${name}`), { on });
      if (ok) show(body.troubles);
    });
    byId('troubles').append(make('li', {}, button, make('p', { class: 'watch', id: hint }, watch)));
    buttons.set(name, { button, mark });
  }

  function show(troubles) {
    for (const trouble of troubles) {
      if (!buttons.has(trouble.name)) build(trouble);
      const { button, mark } = buttons.get(trouble.name);
      if (button.getAttribute('aria-pressed') !== String(trouble.on)) button.setAttribute('aria-pressed', String(trouble.on));
      say(mark, trouble.on ? (ON_MARKS[trouble.name] ?? 'armed') : 'off');
    }
  }

  return { show };
}
